with transaction_amounts as (
    select * from {{ ref('int_transaction_amounts') }}
),

postings as (
    select
        company_id,
        transaction_id,
        1 as line_number,
        bank_nominal_code as nominal_code,
        bank_sign * bank_amount as amount,
        currency,
        bank_sign * bank_in_currency as amount_in_currency,
        account_id as bank_account_id,
        {{ as_text('null') }} as document_id,
        {{ as_text('null') }} as vat_rate,
        cast(null as integer) as vat_box,
        transaction_date,
        contact_id,
        description,
        flag
    from transaction_amounts
    union all
    select
        company_id,
        transaction_id,
        2 as line_number,
        other_nominal_code as nominal_code,
        -bank_sign * other_amount as amount,
        other_currency as currency,
        -bank_sign * other_in_currency as amount_in_currency,
        transfer_account_id as bank_account_id,
        document_id,
        case when treatment = 'direct' then vat_rate end as vat_rate,
        -- without a rate and without VAT it is outside the scope of VAT
        case
            when treatment <> 'direct' or (vat_rate is null and vat_amount = 0) then null
            when transaction_type = 'money_in' then 6
            else 7
        end as vat_box,
        transaction_date,
        contact_id,
        description,
        flag
    from transaction_amounts
    union all
    select
        company_id,
        transaction_id,
        3 as line_number,
        case
            when transaction_type = 'money_in' then '{{ var("vat_on_sales") }}'
            else '{{ var("vat_on_purchases") }}'
        end as nominal_code,
        -bank_sign * vat_amount as amount,
        currency,
        -bank_sign * vat_in_currency as amount_in_currency,
        cast(null as bigint) as bank_account_id,
        {{ as_text('null') }} as document_id,
        vat_rate,
        case when transaction_type = 'money_in' then 1 else 4 end as vat_box,
        transaction_date,
        contact_id,
        description,
        flag
    from transaction_amounts
    where vat_amount <> 0
    union all
    -- what the bank moved beyond what the invoice was booked at: a gain or a loss on exchange
    select
        company_id,
        transaction_id,
        4 as line_number,
        '{{ var("exchange_gains_and_losses") }}' as nominal_code,
        -bank_sign * (bank_amount - other_amount - vat_amount) as amount,
        {{ as_text('null') }} as currency,
        cast(null as {{ money() }}) as amount_in_currency,
        cast(null as bigint) as bank_account_id,
        {{ as_text('null') }} as document_id,
        {{ as_text('null') }} as vat_rate,
        cast(null as integer) as vat_box,
        transaction_date,
        contact_id,
        description,
        flag
    from transaction_amounts
    where bank_amount <> other_amount + vat_amount
)

select * from postings
