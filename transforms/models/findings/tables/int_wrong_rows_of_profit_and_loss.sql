with recomputed as (
    select * from {{ ref('recomputed_period_balances') }}
),

expected as (
    select
        recomputed.company_id,
        recomputed.month_end as period,
        recomputed.month_start as period_start,
        recomputed.nominal_code,
        accounts.name,
        accounts.category,
        categories.sign * sum(recomputed.debit - recomputed.credit) as amount
    from recomputed
    inner join {{ ref('nominal_accounts') }} as accounts
        on
            recomputed.company_id = accounts.company_id
            and recomputed.nominal_code = accounts.nominal_code
    inner join {{ ref('account_categories') }} as categories
        on
            accounts.category = categories.category
            and categories.statement = 'profit_and_loss'
    group by
        recomputed.company_id,
        recomputed.month_end,
        recomputed.month_start,
        recomputed.nominal_code,
        accounts.name,
        accounts.category,
        categories.sign
),

found as (
    select
        lines.*,
        lines.period_end as period
    from {{ ref('profit_and_loss') }} as lines
),

{{ table_differences(
    'profit_and_loss',
    ['company_id', 'period', 'nominal_code'],
    amounts=['amount'],
    texts=['period_start', 'name', 'category']
) }}

select * from differences
