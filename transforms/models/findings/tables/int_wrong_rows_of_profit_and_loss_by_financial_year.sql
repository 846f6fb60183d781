with recomputed as (
    select * from {{ ref('recomputed_period_balances') }}
),

expected as (
    select
        recomputed.company_id,
        recomputed.financial_year_end as period,
        recomputed.financial_year_start as period_start,
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
    inner join {{ ref('financial_years') }} as financial_years
        on
            recomputed.company_id = financial_years.company_id
            and recomputed.financial_year_start = financial_years.financial_year_start
            and financial_years.is_year_end_known
    group by
        recomputed.company_id,
        recomputed.financial_year_end,
        recomputed.financial_year_start,
        recomputed.nominal_code,
        accounts.name,
        accounts.category,
        categories.sign
),

found as (
    select
        lines.*,
        lines.period_end as period
    from {{ ref('profit_and_loss_by_financial_year') }} as lines
),

{{ table_differences(
    'profit_and_loss_by_financial_year',
    ['company_id', 'period', 'nominal_code'],
    amounts=['amount'],
    texts=['period_start', 'name', 'category']
) }}

select * from differences
