{#- Nominal accounts with a category that AccBooks does not document. -#}
{%- set categories = [
    'fixed_assets', 'current_assets', 'current_liabilities', 'long_term_liabilities', 'capital_and_reserves',
    'turnover', 'cost_of_sales', 'other_income', 'overheads', 'taxation',
] %}

with odd_accounts as (
    select * from {{ ref('int_named_accounts') }}
    where category not in {{ quoted(categories) }}
),

findings as (
    select
        company_id,
        {{ finding(
            'unknown_value',
            sentence(
                "Nominal account {account} has category '{category}', which AccBooks' API does not document. It is in the"
                ~ ' trial balance and in no other statement. Run `accbooks check`.',
                account="nominal_code || coalesce(' (' || nominal_name || ')', '')",
                category='substring(category, 1, 100)',
            ),
            resource="'reports'",
            nominal_code='nominal_code',
            expected="'category: " ~ categories | join(', ') ~ "'",
            found="'category: ' || category",
        ) }}
    from odd_accounts
)

select * from findings
