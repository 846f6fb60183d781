{{ config(materialized='ephemeral') }}

with raw_closing_findings as (
    select * from {{ source('accbooks_raw', 'closing_findings') }}
),

renamed as (
    select
        {{ finding_columns() }}
    from raw_closing_findings
)

select * from renamed
