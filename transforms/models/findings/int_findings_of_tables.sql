{#- Every row of a kept table that is not what the table's sources say: somebody or something else has written
    into it. It computes the books again. What follows from a wrong table is not said as well: the ledger comes
    first, then what is built from it, then the rest. -#}
{%- set tables = {
    'ledger_postings': 1,
    'months': 2,
    'financial_years': 2,
    'nominal_accounts': 2,
    'period_balances': 3,
    'general_ledger_export': 4,
    'trial_balance': 4,
    'balance_sheet': 4,
    'profit_and_loss': 4,
    'profit_and_loss_by_financial_year': 4,
    'calendar': 4,
} %}

with differences as (
    {%- for table, place in tables.items() %}
    {%- if not loop.first %}
    union all
    {%- endif %}
    select
        *,
        {{ place }} as place
    from {{ ref('int_wrong_rows_of_' ~ table) }}
    {%- endfor %}
),

first_differences as (
    select
        *,
        min(place) over (partition by company_id) as first_place
    from differences
),

wrong_rows as (
    select
        company_id,
        table_name,
        record_id,
        period,
        nominal_code,
        {{ dbt.listagg("measure || ' ' || coalesce(expected, 'nothing')", "', '", 'order by measure') }} as expected,
        {{ dbt.listagg("measure || ' ' || coalesce(found, 'nothing')", "', '", 'order by measure') }} as found
    from first_differences
    where place = first_place
    group by company_id, table_name, record_id, period, nominal_code
),

findings as (
    select
        company_id,
        {{ finding(
            'table_differs',
            sentence(
                'A row of {table}{record}{account}{period} is not as this program wrote it: {found}, and should be'
                ~ ' {expected}. Run `accbooks sync`, which builds the table again.',
                table='table_name',
                record="coalesce(', document ' || record_id, '')",
                account="coalesce(', account ' || nominal_code, '')",
                period="coalesce(', ' || " ~ as_text('period') ~ ", '')",
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
    from wrong_rows
)

select * from findings
