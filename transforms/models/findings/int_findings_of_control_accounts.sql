{#- Trade debtors and creditors hold what is owed, worked out month by month from the documents alone. Without
    both kinds of postings there is nothing to agree with. -#}
{%- set controls = "('" ~ var('trade_debtors') ~ "', '" ~ var('trade_creditors') ~ "')" %}
{%- set has_both = 'invoice' in var('ledger_sources') and 'transaction' in var('ledger_sources') %}
with owed as (
    select * from {{ ref('int_control_account_movements') }}
),

posted as (
    select * from {{ ref('int_control_account_ledger') }}
),

sides as (
    select
        company_id,
        month_start,
        nominal_code,
        amount as expected,
        0 as found
    from owed
    where nominal_code in {{ controls }}
    union all
    select
        company_id,
        month_start,
        nominal_code,
        0 as expected,
        amount as found
    from posted
),

compared as (
    select
        company_id,
        month_start,
        nominal_code,
        sum(expected) as expected,
        sum(found) as found
    from sides
    {%- if not has_both %}
    where 1 = 0
    {%- endif %}
    group by company_id, month_start, nominal_code
),

findings as (
    select
        company_id,
        month_start as judged_on,
        {{ finding(
            'control_account_differs',
            sentence(
                'In the month from {month} invoices and payments move account {account} by {expected}, the ledger by'
                ~ ' {found}. Run `accbooks transform --full-refresh`; if it stays, report it.',
                month='month_start',
                account='nominal_code',
                expected=amount_text('expected'),
                found=amount_text('found'),
            ),
            resource="'general_ledger'",
            period_start='month_start',
            period_end=dbt.last_day('month_start', 'month'),
            nominal_code='nominal_code',
            expected=amount_text('expected'),
            found=amount_text('found'),
        ) }}
    from compared
    where expected is distinct from found
)

select * from findings
