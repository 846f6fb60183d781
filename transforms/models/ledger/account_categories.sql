{#- Signs are decided here: `sign` turns debit minus credit into the figure its statement prints. -#}
{{ config(
    materialized='incremental',
    incremental_strategy='replace_where',
    incremental_predicates=["1 = 1"]
) }}
{%- set listed = [
    ('fixed_assets', 'balance_sheet', 1),
    ('current_assets', 'balance_sheet', 1),
    ('current_liabilities', 'balance_sheet', -1),
    ('long_term_liabilities', 'balance_sheet', -1),
    ('capital_and_reserves', 'balance_sheet', -1),
    ('turnover', 'profit_and_loss', -1),
    ('other_income', 'profit_and_loss', -1),
    ('cost_of_sales', 'profit_and_loss', 1),
    ('overheads', 'profit_and_loss', 1),
    ('taxation', 'profit_and_loss', 1),
] %}

with categories as (
    {%- for category, statement, sign in listed %}
    select
        '{{ category }}' as category,
        '{{ statement }}' as statement,
        {{ sign }} as sign
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
)

select * from categories
