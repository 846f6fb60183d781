{#- How much of an invoice is paid, after each day on which that changes. -#}
{{ config(materialized='ephemeral') }}

with events as (
    select * from {{ ref('int_vat_cash_events') }}
),

days as (
    select
        company_id,
        document_id,
        whole,
        tax_date,
        min(kind) as kind,
        sum(amount) as amount
    from events
    group by company_id, document_id, whole, tax_date
),

running as (
    select
        *,
        sum(amount) over (
            partition by company_id, document_id
            order by tax_date
            rows between unbounded preceding and current row
        ) as paid
    from days
),

-- never less than nothing, and never more than all of it
capped as (
    select
        *,
        case when whole >= 0 then greatest(0, least(whole, paid)) else least(0, greatest(whole, paid)) end as part
    from running
),

portions as (
    select
        company_id,
        document_id,
        whole,
        tax_date,
        kind,
        part,
        coalesce(lag(part) over (partition by company_id, document_id order by tax_date), 0) as part_before
    from capped
)

select * from portions
where part <> part_before or whole = 0
