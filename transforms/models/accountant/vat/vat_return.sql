{%- set boxes = [
    (1, 'VAT due on sales and other outputs', 'box_1'),
    (2, 'VAT due on acquisitions of goods from EU member states into Northern Ireland', '0'),
    (3, 'Total VAT due', 'box_1'),
    (4, 'VAT reclaimed on purchases and other inputs', 'box_4'),
    (5, 'Net VAT to pay, or to reclaim if negative', 'box_1 - box_4'),
    (6, 'Total value of sales and other outputs, without VAT', 'box_6'),
    (7, 'Total value of purchases and other inputs, without VAT', 'box_7'),
    (8, 'Total value of supplies of goods from Northern Ireland to EU member states, without VAT', '0'),
    (9, 'Total value of acquisitions of goods from EU member states into Northern Ireland, without VAT', '0'),
] %}

with periods as (
    select * from {{ beside(ref('vat_periods')) }}
),

amounts as (
    select * from {{ ref('int_vat_amounts') }}
),

totals as (
    select
        company_id,
        period_start,
        sum(case when box = 1 then amount else 0 end) as box_1,
        sum(case when box = 4 then amount else 0 end) as box_4,
        sum(case when box = 6 then amount else 0 end) as box_6,
        sum(case when box = 7 then amount else 0 end) as box_7
    from amounts
    group by company_id, period_start
),

returns as (
    select
        periods.*,
        coalesce(totals.box_1, 0) as box_1,
        coalesce(totals.box_4, 0) as box_4,
        coalesce(totals.box_6, 0) as box_6,
        coalesce(totals.box_7, 0) as box_7
    from periods
    left join totals
        on
            periods.company_id = totals.company_id
            and periods.period_start = totals.period_start
),

-- each return beside each box, so that a database computes the returns once
numbers as (
    {%- for box, _, _ in boxes %}
    select {{ box }} as box
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

boxes as (
    select
        returns.*,
        numbers.box,
        case numbers.box
            {%- for box, description, _ in boxes %}
            when {{ box }} then '{{ description }}'
            {%- endfor %}
        end as description,
        case numbers.box
            {%- for box, _, amount in boxes %}
            when {{ box }} then {{ amount }}
            {%- endfor %}
        end as amount
    from returns
    cross join numbers
),

lines as (
    select
        {{ as_text('company_id') }} as company_id,
        period_start,
        period_end,
        box,
        {{ as_text('description') }} as description,
        cast(amount as {{ money() }}) as amount,
        -- what HMRC takes: no sign in box 5, and no pence from box 6 on
        case
            when box = 5 then cast(abs(amount) as {{ money() }})
            when box > 5 then cast(round(amount, 0) as {{ money() }})
            else cast(amount as {{ money() }})
        end as filed_amount,
        {{ as_text('period_status') }} as period_status,
        {{ as_text('scheme') }} as scheme,
        {{ as_text('vat_scheme') }} as vat_scheme,
        {{ as_text('caution') }} as caution
    from boxes
)

select * from lines
