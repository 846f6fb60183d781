{#- What is so before the first setting of VAT, and without any: the scheme that AccBooks names, if it needs no more
    than its name. -#}
{{ config(materialized='ephemeral') }}

with companies as (
    select * from {{ ref('stg_company') }}
),

-- a key need not have the permission to read the company
posting as (
    select company_id from companies
    union distinct
    select company_id from {{ ref('vat_movements') }}
),

configured as (
    select * from {{ ref('stg_vat_schemes') }}
),

first_settings as (
    select
        company_id,
        min(valid_from) as valid_from
    from configured
    group by company_id
),

unconfigured as (
    select
        posting.company_id,
        {{ earliest_date() }} as valid_from,
        case
            when first_settings.company_id is null and {{ known_vat_scheme('companies.vat_scheme') }} = 'cash'
                then 'cash'
            else 'standard'
        end as scheme,
        'quarterly' as periods,
        {{ stagger_group('posting.company_id') }} as stagger,
        cast(null as decimal(5, 2)) as flat_rate_percent,
        false as is_limited_cost,
        cast(null as date) as discount_until,
        false as is_configured
    from posting
    left join companies on posting.company_id = companies.company_id
    left join first_settings on posting.company_id = first_settings.company_id
    where first_settings.valid_from is null or first_settings.valid_from > {{ earliest_date() }}
)

select * from unconfigured
