with raw_trial_balance as (
    select * from {{ source('accbooks_raw', 'trial_balance') }}
),

renamed as (
    select
        {{ as_text('company_id') }} as company_id,
        as_at as period_end,
        cast(line_number as integer) as line_number,
        currency,
        nominal_code,
        name as nominal_name,
        category,
        cast(debit as {{ money() }}) as debit,
        cast(credit as {{ money() }}) as credit,
        cast(total_debit as {{ money() }}) as total_debit,
        cast(total_credit as {{ money() }}) as total_credit,
        generated_at,
        _dlt_load_id as load_id
    from raw_trial_balance
)

select * from renamed
