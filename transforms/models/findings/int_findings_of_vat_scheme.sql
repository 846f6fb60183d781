{#- A scheme that AccBooks names and we know is no unknown value; one that needs more than its name needs a setting. -#}
{{ config(materialized='ephemeral') }}
{%- set unexplained = ', and no setting says more of it. The boxes of vat_return are those of the standard scheme:'
    ~ ' do not declare them. Write the scheme under sources.accbooks.vat, then run `accbooks sync`.' %}

with companies as (
    select * from {{ ref('stg_company') }}
    -- without a scheme a company is not registered
    where vat_scheme <> 'standard'
),

latest as (
    select
        company_id,
        max(valid_from) as valid_from
    from {{ ref('stg_vat_schemes') }}
    where valid_from <= {{ day_of_reading() }}
    group by company_id
),

configured as (
    select
        schemes.company_id,
        schemes.scheme
    from {{ ref('stg_vat_schemes') }} as schemes
    inner join latest
        on
            schemes.company_id = latest.company_id
            and schemes.valid_from = latest.valid_from
),

compared as (
    select
        companies.company_id,
        coalesce(companies.company_name, companies.company_id) as company_name,
        companies.vat_scheme,
        {{ known_vat_scheme('companies.vat_scheme') }} as known_scheme,
        configured.scheme
    from companies
    left join configured on companies.company_id = configured.company_id
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
        coalesce(scheme, 'standard') as expected,
        vat_scheme as found,
        'AccBooks names the VAT scheme ' || vat_scheme || ' of the company ' || company_name
        || case when scheme is null then '{{ unexplained }}' else ', but its setting of VAT says ' || scheme || '. ' end
        || case when scheme is null then '' else 'Correct the one that is wrong: vat_return goes by the setting.' end
            as message
    from compared
    where
        case
            when scheme is null then coalesce(known_scheme, '') not in ('standard', 'cash')
            else known_scheme <> scheme
        end
)

select * from findings
