{#- What the lines of each changed document add up to. -#}
{{ config(materialized='ephemeral') }}

with lines as (
    select * from {{ ref('int_document_lines') }}
),

line_totals as (
    select
        company_id,
        resource,
        record_id,
        sum(amount) as amount
    from lines
    group by company_id, resource, record_id
)

select * from line_totals
