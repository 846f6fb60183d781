{#- Everything the models of `accbooks` follow from, counted: which rows of which load each month of each raw table
    holds, and the few values that reach into every month. Whatever is added, changed, moved or deleted, also behind
    the pipeline's back, makes a count another one or a version appear or go. Reads staging alone, so that the
    pipeline can ask it what changed before dbt starts. -#}
with transactions as (
    select
        company_id,
        'transactions' as input,
        {{ first_day_of_month('transaction_date') }} as month_start,
        load_id as version,
        count(*) as number_of_rows
    from {{ ref('stg_transactions') }}
    group by company_id, {{ first_day_of_month('transaction_date') }}, load_id
),

invoices as (
    select
        company_id,
        'invoices' as input,
        {{ first_day_of_month('invoice_date') }} as month_start,
        load_id as version,
        count(*) as number_of_rows
    from {{ ref('stg_invoices') }}
    group by company_id, {{ first_day_of_month('invoice_date') }}, load_id
),

invoice_line_items as (
    select
        company_id,
        'invoice_line_items' as input,
        {{ first_day_of_month('invoice_date') }} as month_start,
        load_id as version,
        count(*) as number_of_rows
    from {{ ref('stg_invoice_line_items') }}
    group by company_id, {{ first_day_of_month('invoice_date') }}, load_id
),

journals as (
    select
        company_id,
        'journals' as input,
        {{ first_day_of_month('journal_date') }} as month_start,
        load_id as version,
        count(*) as number_of_rows
    from {{ ref('stg_journals') }}
    group by company_id, {{ first_day_of_month('journal_date') }}, load_id
),

journal_lines as (
    select
        company_id,
        'journal_lines' as input,
        {{ first_day_of_month('journal_date') }} as month_start,
        load_id as version,
        count(*) as number_of_rows
    from {{ ref('stg_journal_lines') }}
    group by company_id, {{ first_day_of_month('journal_date') }}, load_id
),

report_lines as (
    select
        company_id,
        'report_lines' as input,
        load_id as version
    from {{ ref('stg_trial_balance_lines') }}
    union all
    select
        company_id,
        'report_lines' as input,
        load_id as version
    from {{ ref('stg_balance_sheet_lines') }}
    union all
    select
        company_id,
        'report_lines' as input,
        load_id as version
    from {{ ref('stg_profit_loss_lines') }}
),

conditions as (
    select
        company_id,
        'company' as input,
        coalesce(base_currency, '?') || ' ' || coalesce(financial_year_end, '?') as version
    from {{ ref('stg_company') }}
    union all
    select
        company_id,
        'bank_accounts' as input,
        {{ as_text('account_id') }} || ' ' || coalesce(nominal_code, '?') as version
    from {{ ref('stg_bank_accounts') }}
    union all
    select
        company_id,
        'named_accounts' as input,
        nominal_code || ' ' || coalesce(category, '?') || ' ' || coalesce(name, '?') as version
    from {{ ref('int_named_accounts') }}
    union all
    select
        company_id,
        'coverage' as input,
        resource || ' ' || coalesce({{ as_text('covered_from') }}, '?') || ' '
        || coalesce({{ as_text('covered_to') }}, '?') as version
    from {{ ref('int_coverage') }}
    union all
    select
        company_id,
        'permissions' as input,
        resource || ' ' || case when is_forbidden then 'forbidden' else 'allowed' end || ' '
        || case when has_been_read then 'read' else 'unread' end as version
    from {{ ref('int_resource_permissions') }}
    union all
    select
        company_id,
        'reports' as input,
        report || ' ' || coalesce({{ as_text('period_start') }}, '?') || ' ' || {{ as_text('period_end') }} || ' '
        || outcome as version
    from {{ ref('int_latest_reports') }}
    union all
    select
        company_id,
        'rejected_records' as input,
        load_id as version
    from {{ ref('stg_rejected_records') }}
),

undated as (
    select * from report_lines
    union all
    select * from conditions
),

counted as (
    select
        company_id,
        input,
        cast(null as date) as month_start,
        version,
        count(*) as number_of_rows
    from undated
    group by company_id, input, version
),

inputs as (
    select * from transactions
    union all
    select * from invoices
    union all
    select * from invoice_line_items
    union all
    select * from journals
    union all
    select * from journal_lines
    union all
    select * from counted
)

select * from inputs
