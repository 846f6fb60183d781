{#- The boxes of all closed VAT periods as they were closed, with what changed since, beside those of the VAT return:
    only where a VAT period ends on the day that was closed, and the return is by the standard scheme. -#}
with judged as (
    select * from {{ ref('int_judged_closings') }}
    where kind = 'vat'
),

late_vat as (
    select * from {{ beside(ref('late_vat')) }}
),

vat_return as (
    select * from {{ beside(ref('vat_return')) }}
    where caution is null
),

closed as (
    select
        company_id,
        closed_through,
        balances.vat_box as box,
        balances.balance as found
    from {{ ref('stg_closed_balances') }} as balances
    inner join judged using (company_id, kind, closed_through, closed_at)
),

parts as (
    select
        company_id,
        closed_through,
        box,
        found
    from closed
    {%- for box in [1, 4, 6, 7] %}
    union all
    select
        company_id,
        closed_through,
        {{ box }} as box,
        box_{{ box }} as found
    from late_vat
    {%- endfor %}
),

found as (
    select
        company_id,
        closed_through,
        box,
        sum(found) as found
    from parts
    group by company_id, closed_through, box
),

expected as (
    select
        company_id,
        judged.closed_through,
        vat_return.box,
        sum(vat_return.amount) as expected
    from vat_return
    inner join judged using (company_id)
    where vat_return.period_end <= judged.closed_through and vat_return.box in (1, 4, 6, 7)
    group by company_id, judged.closed_through, vat_return.box
    having max(vat_return.period_end) = judged.closed_through
),

compared as (
    select
        company_id,
        closed_through,
        box,
        expected.expected,
        coalesce(found.found, 0) as found
    from expected
    left join found using (company_id, closed_through, box)
)

select * from compared
