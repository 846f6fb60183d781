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

with movements as (
    select
        *,
        {{ vat_quarter_start('company_id', 'month_start') }} as period_start
    from {{ ref('vat_movements') }}
    where vat_box is not null
),

months as (
    select * from {{ beside(ref('months')) }}
),

companies as (
    select * from {{ ref('stg_company') }}
),

registered as (
    select company_id from companies
    where vat_number is not null or vat_scheme is not null
    union distinct
    -- VAT posted without a registration is shown, so that somebody looks at it
    select company_id from movements
    where vat_box in (1, 4)
),

quarter_starts as (
    select distinct
        months.company_id,
        {{ vat_quarter_start('months.company_id', 'months.month_start') }} as period_start
    from months
    inner join registered using (company_id)
),

quarters as (
    select
        company_id,
        period_start,
        least({{ dbt.last_day(add_months('period_start', '2'), 'month') }}, {{ latest_date() }}) as period_end
    from quarter_starts
),

totals as (
    select
        quarters.company_id,
        quarters.period_start,
        quarters.period_end,
        sum(case when movements.vat_box = 1 then -movements.amount else 0 end) as box_1,
        sum(case when movements.vat_box = 4 then movements.amount else 0 end) as box_4,
        sum(case when movements.vat_box = 6 then -movements.amount else 0 end) as box_6,
        sum(case when movements.vat_box = 7 then movements.amount else 0 end) as box_7
    from quarters
    left join movements using (company_id, period_start)
    group by quarters.company_id, quarters.period_start, quarters.period_end
),

described as (
    select
        totals.*,
        {{ period_status('totals.period_start', 'totals.period_end') }} as period_status,
        companies.vat_scheme,
        {{ vat_scheme_caution('companies.vat_scheme') }} as caution
    from totals
    left join companies using (company_id)
),

boxes as (
    {%- for box, description, amount in boxes %}
    select
        company_id,
        period_start,
        period_end,
        {{ box }} as box,
        '{{ description }}' as description,
        cast({{ amount }} as {{ money() }}) as amount,
        period_status,
        vat_scheme,
        caution
    from described
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
)

select * from boxes
