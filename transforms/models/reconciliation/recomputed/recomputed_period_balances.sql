{#- What period_balances should hold, added up from the ledger without its running sums. -#}
with movements as (
    select
        company_id,
        financial_year_start,
        month_start,
        period_start,
        nominal_code,
        -- what has no amount moves nothing
        coalesce(debit, 0) as debit,
        coalesce(credit, 0) as credit
    from {{ ref('int_period_movements') }}
),

accounting_periods as (
    select * from {{ ref('int_accounting_periods') }}
),

added_up as (
    select
        accounting_periods.company_id,
        accounting_periods.financial_year_start,
        accounting_periods.financial_year_end,
        accounting_periods.month_start,
        accounting_periods.month_end,
        accounting_periods.period_start,
        accounting_periods.period_end,
        movements.nominal_code,
        sum(case when movements.period_start = accounting_periods.period_start then movements.debit else 0 end)
            as debit,
        sum(case when movements.period_start = accounting_periods.period_start then movements.credit else 0 end)
            as credit,
        sum(
            case
                when movements.financial_year_start = accounting_periods.financial_year_start
                    then movements.debit - movements.credit
                else 0
            end
        ) as year_to_date,
        sum(movements.debit - movements.credit) as balance
    from accounting_periods
    inner join movements
        on
            accounting_periods.company_id = movements.company_id
            and accounting_periods.period_start >= movements.period_start
    group by
        accounting_periods.company_id,
        accounting_periods.financial_year_start,
        accounting_periods.financial_year_end,
        accounting_periods.month_start,
        accounting_periods.month_end,
        accounting_periods.period_start,
        accounting_periods.period_end,
        movements.nominal_code
)

select * from added_up
