{#- What is wrong with records and their fields; each harms nothing but its own record. A record has one row per check,
    which names all its fields. -#}
{{ config(materialized='view', schema='accbooks_staging') }}

with findings as (
    select * from {{ ref('int_findings_of_odd_records') }}
    union all
    select * from {{ ref('int_findings_of_rejected_records') }}
    union all
    select * from {{ ref('int_findings_of_odd_categories') }}
)

select * from findings
