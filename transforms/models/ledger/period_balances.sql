-- depends_on: {{ ref('touched_companies') }}
{{ config(
    materialized='incremental',
    incremental_strategy='replace_where',
    partition_by=kept_partitions(['company_id']),
    incremental_predicates=["{{ since_touched(this ~ '.company_id', 'month_start') }}"],
    indexes=kept_indexes([['company_id', 'period_start', 'nominal_code']])
) }}

with movements as (
    select * from {{ ref('period_movements') }}
    {%- if is_incremental() %}
    where {{ of_touched_companies('company_id') }}
    {%- endif %}
),

accounting_periods as (
    select * from {{ ref('int_accounting_periods') }}
    {%- if is_incremental() %}
    where {{ of_touched_companies('company_id') }}
    {%- endif %}
),

-- postings of zero alone make no month
accounts as (
    select
        company_id,
        movements.nominal_code,
        min(period_start) as first_period_start
    from movements
    inner join accounting_periods using (company_id, period_start)
    group by company_id, movements.nominal_code
),

account_periods as (
    select
        accounting_periods.*,
        accounts.nominal_code
    from accounts
    inner join accounting_periods
        on
            accounts.company_id = accounting_periods.company_id
            and accounts.first_period_start <= accounting_periods.period_start
),

account_movements as (
    select
        account_periods.*,
        coalesce(movements.debit, 0) as debit,
        coalesce(movements.credit, 0) as credit,
        coalesce(movements.debit, 0) - coalesce(movements.credit, 0) as amount
    from account_periods
    left join movements
        on
            account_periods.company_id = movements.company_id
            and account_periods.period_start = movements.period_start
            and account_periods.nominal_code = movements.nominal_code
),

balances as (
    select
        company_id,
        financial_year_start,
        financial_year_end,
        month_start,
        month_end,
        period_start,
        period_end,
        nominal_code,
        cast(debit as {{ money() }}) as debit,
        cast(credit as {{ money() }}) as credit,
        cast(amount as {{ money() }}) as amount,
        cast(sum(amount) over (
            partition by company_id, nominal_code, financial_year_start
            order by period_start
            rows between unbounded preceding and current row
        ) as {{ money() }}) as year_to_date,
        cast(sum(amount) over (
            partition by company_id, nominal_code
            order by period_start
            rows between unbounded preceding and current row
        ) as {{ money() }}) as balance
    from account_movements
)

-- balances run on from what went before, so all are added up, and only those that moved are written
select * from balances
{%- if is_incremental() %}
where {{ since_touched('balances.company_id', 'balances.month_start') }}
{%- endif %}
