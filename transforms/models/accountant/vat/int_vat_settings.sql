{#- The settings of VAT by the days they are valid on. Before the first one, and without any, a company is on the scheme
    that AccBooks names, if it needs no more than its name. -#}
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
),

settings as (
    select * from unconfigured
    union all
    select
        company_id,
        valid_from,
        scheme,
        periods,
        stagger,
        case when is_limited_cost then 16.5 else flat_rate_percent end as flat_rate_percent,
        is_limited_cost,
        {{ add_months('registered_from', '12') }} as discount_until,
        true as is_configured
    from configured
),

beside_each_other as (
    select
        *,
        case
            when
                lag(periods) over (partition by company_id order by valid_from) = periods
                and coalesce(lag(stagger) over (partition by company_id order by valid_from), 0) = coalesce(stagger, 0)
                and lag(is_configured) over (partition by company_id order by valid_from) = is_configured
                then 0
            else 1
        end as begins_calendar,
        case
            when lag(scheme) over (partition by company_id order by valid_from) = scheme then 0
            else 1
        end as begins_scheme,
        lead(valid_from) over (partition by company_id order by valid_from) as next_from
    from settings
),

numbered as (
    select
        *,
        coalesce(next_from - 1, {{ latest_date() }}) as valid_to,
        sum(begins_calendar) over (partition by company_id order by valid_from) as calendar_number,
        sum(begins_scheme) over (partition by company_id order by valid_from) as scheme_number
    from beside_each_other
),

-- periods end where other periods begin, and a scheme where another one does
bounded as (
    select
        *,
        min(valid_from) over (partition by company_id, calendar_number) as calendar_from,
        max(valid_to) over (partition by company_id, calendar_number) as calendar_until,
        min(valid_from) over (partition by company_id, scheme_number) as scheme_from,
        max(valid_to) over (partition by company_id, scheme_number) as scheme_until
    from numbered
)

select * from bounded
