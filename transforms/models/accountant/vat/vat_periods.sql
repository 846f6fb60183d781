with settings as (
    select * from {{ ref('int_vat_settings') }}
),

months as (
    select * from {{ ref('int_vat_months') }}
),

companies as (
    select * from {{ ref('stg_company') }}
),

registered as (
    select company_id from companies
    where vat_number is not null or vat_scheme is not null
    union distinct
    select company_id from settings
    where is_configured
    union distinct
    -- VAT posted without a registration is shown, so that somebody looks at it
    select company_id from {{ ref('vat_movements') }}
    where vat_box in (1, 4)
),

calendars as (
    select distinct
        company_id,
        settings.calendar_from,
        settings.calendar_until,
        settings.periods,
        settings.stagger
    from settings
    inner join registered using (company_id)
),

days as (
    select
        calendars.*,
        greatest(months.month_start, calendars.calendar_from) as first_day
    from calendars
    inner join months
        on
            calendars.company_id = months.company_id
            and calendars.calendar_from <= months.month_end
            and calendars.calendar_until >= months.month_start
),

starts as (
    select distinct
        days.company_id,
        days.calendar_until,
        days.periods,
        days.stagger,
        {{ vat_period_start('days.first_day', 'days') }} as period_start
    from days
),

spans as (
    select
        starts.company_id,
        starts.period_start,
        starts.periods,
        {{ vat_period_end('starts.period_start', 'starts') }} as period_end
    from starts
),

described as (
    select
        spans.company_id,
        spans.period_start,
        spans.period_end,
        {{ period_status('spans.period_start', 'spans.period_end') }} as period_status,
        spans.periods,
        settings.scheme,
        cast(settings.flat_rate_percent as decimal(5, 2)) as flat_rate_percent,
        settings.is_limited_cost,
        settings.scheme = 'standard' and settings.scheme_from <= spans.period_start as is_standard,
        companies.vat_scheme,
        {{ vat_caution('companies.vat_scheme', 'settings', 'spans') }} as caution
    from spans
    inner join settings
        on
            spans.company_id = settings.company_id
            and spans.period_end between settings.valid_from and settings.valid_to
    left join companies on spans.company_id = companies.company_id
)

select * from described
