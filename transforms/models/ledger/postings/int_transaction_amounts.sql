with matched as (
    select * from {{ ref('int_matched_transactions') }}
),

other_sides as (
    select
        *,
        case
            when treatment = 'transfer' then transfer_nominal_code
            when treatment = 'direct' then nominal_code
            when invoice_type in ('sales', 'sales_credit') then '{{ var("trade_debtors") }}'
            when invoice_type in ('purchase', 'purchase_credit') then '{{ var("trade_creditors") }}'
            -- without its invoice only the direction tells whose debt it settles
            when transaction_type = 'money_in' then '{{ var("trade_debtors") }}'
            else '{{ var("trade_creditors") }}'
        end as other_nominal_code,
        case
            when treatment = 'direct' then net_amount
            else amount
        end as other_amount,
        case when treatment = 'settlement' and has_invoice then invoice_rate else rate end as other_rate,
        case when treatment = 'direct' then coalesce(vat_amount, 0) else 0 end as own_vat_amount
    from matched
),

base_amounts as (
    select
        company_id,
        transaction_id,
        transaction_date,
        transaction_type,
        contact_id,
        description,
        bank_sign,
        treatment,
        case when has_invoice and treatment = 'settlement' then invoice_id end as document_id,
        account_id,
        case when treatment = 'transfer' then transfer_account_id end as transfer_account_id,
        own_currency as currency,
        case when has_invoice and treatment = 'settlement' then invoice_currency else own_currency end
            as other_currency,
        vat_rate,
        coalesce(bank_nominal_code, '{{ var("unknown_nominal") }}') as bank_nominal_code,
        coalesce(other_nominal_code, '{{ var("unknown_nominal") }}') as other_nominal_code,
        {{ base_amount('other_amount', 'other_rate') }} as other_amount,
        {{ base_amount('own_vat_amount', 'rate') }} as vat_amount,
        case
            when treatment = 'direct' then cast(net_amount as {{ money() }}) + own_vat_amount
            else amount
        end as bank_in_currency,
        other_amount as other_in_currency,
        own_vat_amount as vat_in_currency,
        case
            when treatment = 'direct'
                then {{ base_amount('net_amount', 'rate') }} + {{ base_amount('own_vat_amount', 'rate') }}
            else {{ base_amount('amount', 'rate') }}
        end as bank_amount,
        case
            when rate is null or other_rate is null then 'exchange_rate_missing'
            when other_amount is null then 'amount_missing'
            when bank_nominal_code is null then 'bank_account_missing'
            when other_nominal_code is null and treatment = 'transfer' then 'bank_account_missing'
            when other_nominal_code is null then 'nominal_code_missing'
            when treatment = 'settlement' and not has_invoice then 'invoice_missing'
        end as flag
    from other_sides
)

select * from base_amounts
