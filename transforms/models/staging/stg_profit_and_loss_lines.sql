with raw_profit_loss as (
    select * from {{ source('accbooks_raw', 'profit_loss') }}
),

renamed as (
    select
        {{ as_text('company_id') }} as company_id,
        {{ adapter.quote('from') }} as period_start,
        {{ adapter.quote('to') }} as period_end,
        cast(line_number as integer) as line_number,
        currency,
        category,
        section_name,
        nominal_code,
        name as nominal_name,
        cast(amount as {{ money() }}) as amount,
        cast(section_total as {{ money() }}) as section_total,
        cast(gross_profit as {{ money() }}) as gross_profit,
        cast(net_profit as {{ money() }}) as net_profit,
        generated_at,
        _dlt_load_id as load_id
    from raw_profit_loss
)

select * from renamed
