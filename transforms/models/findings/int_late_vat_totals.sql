{#- The boxes of all closed VAT returns as they were closed, with what changed since, beside those of the VAT return.
    The one was recorded from vat_return, changes are of vat_return_lines. -#}
with judged as (
    select * from {{ ref('int_judged_closings') }}
    where kind = 'vat'
),

-- read once for all boxes
late_vat as (
    select * from {{ beside(ref('late_vat')) }}
),

parts as (
    select
        company_id,
        closed_through,
        balances.vat_box as box,
        0 as expected,
        balances.balance as found
    from {{ ref('stg_closed_balances') }} as balances
    inner join judged using (company_id, kind, closed_through, closed_at)
    {%- for box in [1, 4, 6, 7] %}
    union all
    select
        company_id,
        closed_through,
        {{ box }} as box,
        0 as expected,
        box_{{ box }} as found
    from late_vat
    {%- endfor %}
    union all
    select
        company_id,
        judged.closed_through,
        vat_return.box,
        vat_return.amount as expected,
        0 as found
    from {{ beside(ref('vat_return')) }} as vat_return
    inner join judged using (company_id)
    where vat_return.period_end <= judged.closed_through and vat_return.box in (1, 4, 6, 7)
),

compared as (
    select
        company_id,
        closed_through,
        box,
        sum(expected) as expected,
        sum(found) as found
    from parts
    group by company_id, closed_through, box
)

select * from compared
