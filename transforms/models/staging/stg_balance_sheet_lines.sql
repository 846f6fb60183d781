with raw_balance_sheet as (
    select * from {{ source('accbooks_raw', 'balance_sheet') }}
),

renamed as (
    select
        {{ as_text('company_id') }} as company_id,
        as_at as period_end,
        cast(line_number as integer) as line_number,
        currency,
        category,
        section_name,
        nominal_code,
        name as nominal_name,
        cast(amount as {{ money() }}) as amount,
        cast(section_total as {{ money() }}) as section_total,
        cast(net_assets as {{ money() }}) as net_assets,
        cast(total_capital_and_reserves as {{ money() }}) as total_capital_and_reserves,
        generated_at,
        _dlt_load_id as load_id
    from raw_balance_sheet
)

select * from renamed
