with ledger_postings as (
    select * from {{ ref('ledger_postings') }}
),

accounting_periods as (
    select * from {{ ref('int_accounting_periods') }}
),

movements as (
    select
        ledger_postings.company_id,
        accounting_periods.financial_year_start,
        accounting_periods.month_start,
        accounting_periods.period_start,
        ledger_postings.nominal_code,
        sum(ledger_postings.debit) as debit,
        sum(ledger_postings.credit) as credit
    from ledger_postings
    inner join accounting_periods
        on
            ledger_postings.company_id = accounting_periods.company_id
            -- equal months first, so a database can hash what it then narrows
            and {{ first_day_of_month('ledger_postings.posting_date') }} = accounting_periods.month_start
            and ledger_postings.posting_date between accounting_periods.period_start and accounting_periods.period_end
    group by
        ledger_postings.company_id,
        accounting_periods.financial_year_start,
        accounting_periods.month_start,
        accounting_periods.period_start,
        ledger_postings.nominal_code
)

select * from movements
