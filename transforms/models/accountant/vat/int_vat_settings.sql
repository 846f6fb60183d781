{#- The settings of VAT by the days they are valid on. -#}
{{ config(materialized='ephemeral') }}

with configured as (
    select * from {{ ref('stg_vat_schemes') }}
),

settings as (
    select * from {{ ref('int_vat_unconfigured') }}
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
