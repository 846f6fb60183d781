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
        transaction_date,
        contact_id,
        description,
        flag
    from transaction_amounts
    where bank_amount <> other_amount + vat_amount
)

select * from postings
