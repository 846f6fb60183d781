{#- The few values that reach into every month of the books. -#}
{{ config(materialized='ephemeral') }}

with conditions as (
    select
        company_id,
        'company' as input,
        coalesce(base_currency, '?') || ' ' || coalesce(financial_year_end, '?') as version
    from {{ ref('stg_company') }}
    union all
    select
        company_id,
        'vat_scheme' as input,
        coalesce(vat_scheme, '?') as version
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
        nominal_code || ' ' || coalesce(category, '?') || ' ' || coalesce(nominal_name, '?') as version
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
        'vat_schemes' as input,
        {{ as_text('valid_from') }} || ' ' || scheme || ' ' || periods || ' '
        || coalesce({{ as_text('stagger') }}, '?') || ' ' || coalesce({{ as_text('flat_rate_percent') }}, '?') || ' '
        || coalesce({{ as_text('is_limited_cost') }}, '?') || ' '
        || coalesce({{ as_text('registered_from') }}, '?') as version
    from {{ ref('stg_vat_schemes') }}
    union all
    select
        company_id,
        'rejected_records' as input,
        load_id as version
    from {{ ref('stg_rejected_records') }}
)

select * from conditions
