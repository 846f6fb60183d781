{{ config(materialized='ephemeral', enabled=var('accbooks_rates', '') != '') }}

with configured_rows as (
    select * from {{ configured_relation('rates', 'exchange_rates') }}
),

renamed as (
    select
        {{ as_text('currency') }} as currency,
        cast(month as date) as month_start,
        cast(closing as decimal(18, 8)) as closing_rate,
        cast(average as decimal(18, 8)) as average_rate
    from configured_rows
)

select * from renamed
