with general_ledger as (
    select * from {{ ref('general_ledger') }}
),

accounting_periods as (
    select * from {{ ref('int_accounting_periods') }}
),

movements as (
    select
        general_ledger.company_id,
        accounting_periods.financial_year_start,
        accounting_periods.month_start,
        accounting_periods.period_start,
        general_ledger.nominal_code,
        sum(general_ledger.debit) as debit,
        sum(general_ledger.credit) as credit
    from general_ledger
    inner join accounting_periods
        on
            general_ledger.company_id = accounting_periods.company_id
            -- equal months first, so a database can hash what it then narrows
            and {{ first_day_of_month('general_ledger.posting_date') }} = accounting_periods.month_start
            and general_ledger.posting_date between accounting_periods.period_start and accounting_periods.period_end
    group by
        general_ledger.company_id,
        accounting_periods.financial_year_start,
        accounting_periods.month_start,
        accounting_periods.period_start,
        general_ledger.nominal_code
)

select * from movements
