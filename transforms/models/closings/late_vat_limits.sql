{#- Where the errors of closed VAT periods stand against HMRC's limit for correcting them on the next return, by the VAT
    period in which they were seen. It is arithmetic, not a verdict: see VAT Notice 700/45. -#}
with late_vat as (
    select
        *,
        {{ vat_quarter_start('company_id', 'coalesce(cast(first_seen_at as date), ' ~ day_of_reading() ~ ')') }}
            as discovered_in
    from {{ beside(ref('late_vat')) }}
),

vat_return as (
    select * from {{ beside(ref('vat_return')) }}
    where box = 6
),

totals as (
    select
        company_id,
        closed_through,
        discovered_in as period_start,
        cast(sum(case when treatment = 'error' then 1 else 0 end) as integer) as errors,
        cast(sum(case when treatment = 'error' then net_vat else 0 end) as {{ money() }}) as net_error,
        cast(sum(case when treatment = 'error' then 0 else 1 end) as integer) as late_purchases,
        cast(sum(case when treatment = 'error' then 0 else box_4 end) as {{ money() }}) as vat_on_late_purchases
    from late_vat
    group by company_id, closed_through, discovered_in
),

limited as (
    select
        totals.*,
        cast(coalesce(vat_return.amount, 0) as {{ money() }}) as box_6,
        cast(round(greatest(10000, least(50000, coalesce(vat_return.amount, 0) / 100)), 2) as {{ money() }})
            as limit_amount
    from totals
    left join vat_return using (company_id, period_start)
),

compared as (
    select
        company_id,
        closed_through,
        period_start,
        least({{ dbt.last_day(add_months('period_start', '2'), 'month') }}, {{ latest_date() }}) as period_end,
        errors,
        net_error,
        late_purchases,
        vat_on_late_purchases,
        box_6,
        limit_amount,
        cast(limit_amount - abs(net_error) as {{ money() }}) as below_limit_by
    from limited
)

select * from compared
