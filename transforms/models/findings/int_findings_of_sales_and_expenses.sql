{#- Sales and expenses, line by line, add up to the profit and loss of every month. -#}
-- depends_on: {{ ref('touched_companies') }}
with profit_and_loss as (
    select * from {{ ref('profit_and_loss') }}
    where {{ of_views_since_touched_for('balance_findings', 'company_id', 'period_start') }}
),

sides as (
    select
        company_id,
        period_start,
        nominal_code,
        amount as expected,
        0 as found
    from profit_and_loss
    {%- for table in ['sales', 'expenses'] %}
    union all
    select
        company_id,
        period_start,
        nominal_code,
        0 as expected,
        base_net_amount as found
    from {{ ref(table) }}
    where {{ of_views_since_touched_for('balance_findings', 'company_id', 'posting_date') }}
    {%- endfor %}
),

compared as (
    select
        company_id,
        period_start,
        nominal_code,
        coalesce(sum(expected), 0) as expected,
        coalesce(sum(found), 0) as found
    from sides
    group by company_id, period_start, nominal_code
),

findings as (
    select
        company_id,
        period_start as judged_on,
        {{ finding(
            'sales_and_expenses_differ',
            sentence(
                'In the month from {month} account {account} is {expected} in profit_and_loss, and the lines of sales and'
                ~ ' expenses add up to {found}. Run `accbooks transform --full-refresh`; if it stays, report it.',
                month='period_start',
                account='nominal_code',
                expected=amount_text('expected'),
                found=amount_text('found'),
            ),
            resource="'profit_and_loss'",
            period_start='period_start',
            period_end=dbt.last_day('period_start', 'month'),
            nominal_code='nominal_code',
            expected=amount_text('expected'),
            found=amount_text('found'),
        ) }}
    from compared
    where expected <> found
)

select * from findings
