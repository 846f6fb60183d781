{#- Every row of a kept table that is not what the table's sources say: somebody or something else has written into it. It
    computes the books again. -#}
{%- set tables = [
    'general_ledger',
    'general_ledger_export',
    'months',
    'financial_years',
    'nominal_accounts',
    'period_balances',
    'trial_balance',
    'balance_sheet',
    'profit_and_loss',
    'profit_and_loss_by_financial_year',
    'calendar',
] %}

with differences as (
    {%- for table in tables %}
    {%- if not loop.first %}
    union all
    {%- endif %}
    select * from {{ ref('int_differences_of_' ~ table) }}
    {%- endfor %}
),

findings as (
    select
        company_id,
        {{ finding(
            'table_differs',
            sentence(
                'A row of {table}{record}{account}{period} was not written by this program: its {measure} is {found}, and'
                ~ ' should be {expected}. Run `accbooks sync`, which builds the table again.',
                table='table_name',
                record="coalesce(', document ' || record_id, '')",
                account="coalesce(', account ' || nominal_code, '')",
                period="coalesce(', ' || " ~ as_text('period') ~ ", '')",
                measure='measure',
                expected='expected',
                found='found',
            ),
            resource='table_name',
            record_id='record_id',
            period_end='period',
            nominal_code='nominal_code',
            expected='expected',
            found='found',
        ) }}
    from differences
)

select * from findings
