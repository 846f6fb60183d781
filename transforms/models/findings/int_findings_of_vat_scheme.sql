{{ config(materialized='ephemeral') }}

with companies as (
    select * from {{ ref('stg_company') }}
    -- without a scheme a company is not registered
    where vat_scheme <> 'standard'
),

findings as (
    select
        company_id,
        'vat_scheme_not_supported' as check_name,
        'company' as resource,
        company_id as record_id,
        {{ as_text('null') }} as report,
        cast(null as date) as period_start,
        cast(null as date) as period_end,
        {{ as_text('null') }} as nominal_code,
        'standard' as expected,
        vat_scheme as found,
        'The company ' || coalesce(company_name, company_id) || ' is on the VAT scheme ' || vat_scheme
        || ', which is not supported yet. The boxes of vat_return are those of the standard scheme: do not declare'
        || ' them.' as message
    from companies
)

select * from findings
