{{ config(materialized='ephemeral', enabled=var('accbooks_statement_layout', '') != '') }}

with configured_rows as (
    select * from {{ configured_relation('statement_layout', 'statement_layout') }}
),

renamed as (
    select
        {{ as_text('statement') }} as statement,
        {{ as_text('nominal_from') }} as nominal_from,
        {{ as_text('nominal_to') }} as nominal_to,
        {{ as_text('category') }} as category,
        {{ as_text('line') }} as line,
        cast(line_order as integer) as line_order,
        {{ as_text('subtotal') }} as subtotal
    from configured_rows
)

select * from renamed
