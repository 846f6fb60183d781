{#- Trade debtors and creditors hold what is owed, worked out month by month from the documents alone. Without
    both kinds of postings there is nothing to agree with. -#}
-- depends_on: {{ ref('touched_months') }}
{%- set controls = "('" ~ var('trade_debtors') ~ "', '" ~ var('trade_creditors') ~ "')" %}
{%- set has_both = 'invoice' in var('ledger_sources') and 'transaction' in var('ledger_sources') %}
with payments as (
    select * from {{ ref('int_control_account_payments') }}
),

owed as (
    select * from {{ ref('int_control_account_movements') }}
),

general_ledger as (
    select * from {{ ref('general_ledger') }}
    where
        nominal_code in {{ controls }}
        and {{ in_touched_months_for('ledger_findings', 'company_id', 'posting_date') }}
),

-- what a bank or a transfer posts to a control account is owed by nobody
posted as (
    select
        general_ledger.company_id,
        {{ first_day_of_month('general_ledger.posting_date') }} as month_start,
        general_ledger.nominal_code,
        general_ledger.amount
    from general_ledger
    left join payments
        on
            general_ledger.company_id = payments.company_id
            and general_ledger.source_type = 'transaction'
            and general_ledger.source_id = payments.transaction_id
    where
        general_ledger.source_type = 'invoice'
        or (payments.transaction_id is not null and general_ledger.line_number = 2)
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
