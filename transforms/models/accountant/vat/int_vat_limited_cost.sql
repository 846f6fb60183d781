{#- Whether a business under the flat rate scheme spends little on goods, in finished periods in which nobody told. What
    is goods is not known, but goods are no more than all purchases (VAT Notice 733, section 4). -#}
{{ config(materialized='ephemeral') }}
{%- set limited_cost = 'Goods are less than 2 % of turnover, or than the least of HMRC: the rate of a limited cost'
    ~ ' business, 16.5 %, is due. Set limited_cost = true.' %}
{%- set not_known = 'Whether goods are 2 % of turnover is not known. Work it out, and set limited_cost.' %}

with periods as (
    select * from {{ beside(ref('vat_periods')) }}
    -- what is spent until a period is over says nothing of all of it
    where scheme = 'flat_rate' and is_limited_cost is null and period_status = 'finished'
),

entries as (
    select * from {{ ref('int_vat_entries') }}
    where scheme = 'flat_rate' and kind = 'document' and vat_box is not null
),

sums as (
    select
        periods.company_id,
        periods.period_start,
        periods.period_end,
        case periods.periods when 'monthly' then 83.33 when 'annual' then 1000 else 250 end as least_spent,
        cast(sum(case when entries.vat_box in (1, 6) then entries.amount else 0 end) as {{ money() }}) as turnover,
        cast(sum(case when entries.vat_box in (4, 7) then entries.posted else 0 end) as {{ money() }}) as purchases
    from periods
    inner join entries
        on
            periods.company_id = entries.company_id
            and periods.period_start = entries.period_start
    group by periods.company_id, periods.period_start, periods.period_end, periods.periods
),

compared as (
    select
        *,
        50 * purchases < turnover or purchases < least_spent as is_limited_cost
    from sums
),

judged as (
    select
        company_id,
        period_start,
        period_end,
        purchases,
        'Purchases are ' || {{ amount_text('purchases') }} || ' with VAT, turnover ' || {{ amount_text('turnover') }}
        || '. ' || case when is_limited_cost then '{{ limited_cost }}' else '{{ not_known }}' end as note
    from compared
)

select * from judged
