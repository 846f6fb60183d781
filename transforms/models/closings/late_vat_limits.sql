{#- Where the errors of closed VAT periods stand against HMRC's limit for correcting them on the next return, by the VAT
    period in which they were seen. It is arithmetic, not a verdict: see VAT Notice 700/45. -#}
with late_vat as (
    select
        changes.*,
        coalesce(cast(changes.first_seen_at as date), {{ day_of_reading() }}) as discovered_on
    from {{ beside(ref('late_vat')) }} as changes
    left join {{ ref('stg_company') }} as companies on changes.company_id = companies.company_id
    -- the limit is one in pounds
    where coalesce(companies.base_currency, 'GBP') = 'GBP'
),

-- the last period of the books goes on until they are built again
vat_return as (
    select
        company_id,
        period_start,
        period_end,
        amount as sales_of_period,
        case
            when row_number() over (partition by company_id order by period_start desc) = 1 then {{ latest_date() }}
            else period_end
        end as discovered_until
    from {{ beside(ref('vat_return')) }}
    where box = 6
),

discovered as (
    select
        late_vat.company_id,
        late_vat.closed_through,
        late_vat.source_type,
        late_vat.treatment,
        late_vat.net_vat,
        late_vat.box_4,
        vat_return.period_start as discovered_in,
        vat_return.period_end,
        vat_return.sales_of_period
    from late_vat
    inner join vat_return
        on
            late_vat.company_id = vat_return.company_id
            and late_vat.discovered_on between vat_return.period_start and vat_return.discovered_until
),

totals as (
    select
        company_id,
        closed_through,
        discovered_in as period_start,
        period_end,
        sales_of_period,
        cast(sum(case when treatment = 'error' and source_type <> 'flat rate' then 1 else 0 end) as integer) as errors,
        cast(sum(case when treatment = 'error' then net_vat else 0 end) as {{ money() }}) as net_error,
        cast(sum(case when treatment = 'error' then 0 else 1 end) as integer) as late_purchases,
        cast(sum(case when treatment = 'error' then 0 else box_4 end) as {{ money() }}) as vat_on_late_purchases
    from discovered
    group by company_id, closed_through, discovered_in, period_end, sales_of_period
),

compared as (
    select
        company_id,
        closed_through,
        period_start,
        period_end,
        errors,
        net_error,
        late_purchases,
        vat_on_late_purchases,
        cast(sales_of_period as {{ money() }}) as box_6,
        cast(round(greatest(10000, least(50000, sales_of_period / 100)), 2) as {{ money() }}) as limit_amount
    from totals
)

select
    *,
    cast(limit_amount - abs(net_error) as {{ money() }}) as below_limit_by
from compared
