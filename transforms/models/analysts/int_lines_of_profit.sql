{#- The postings to accounts of the profit and loss, with its signs and with the VAT of each: the posting after it. -#}
with general_ledger as (
    select * from {{ beside(ref('general_ledger')) }}
),

vat_postings as (
    select * from {{ ref('ledger_postings') }}
    where vat_box in (1, 4)
),

account_categories as (
    select * from {{ beside(ref('account_categories')) }}
    where statement = 'profit_and_loss'
),

lines as (
    select
        general_ledger.company_id,
        general_ledger.posting_id,
        general_ledger.posting_date,
        {{ first_day_of_month('general_ledger.posting_date') }} as period_start,
        general_ledger.period_end,
        general_ledger.financial_year,
        general_ledger.source_type,
        general_ledger.source_id,
        general_ledger.line_number,
        general_ledger.invoice_id,
        general_ledger.transaction_id,
        general_ledger.journal_id,
        general_ledger.document_number,
        general_ledger.description,
        general_ledger.contact_id,
        general_ledger.contact_name,
        general_ledger.nominal_code,
        general_ledger.nominal_name,
        general_ledger.category,
        general_ledger.vat_rate,
        general_ledger.currency,
        cast(account_categories.sign * general_ledger.amount_in_currency as {{ money() }}) as net_amount,
        cast(account_categories.sign * general_ledger.amount as {{ money() }}) as base_net_amount,
        cast(account_categories.sign * coalesce(vat_postings.amount, 0) as {{ money() }}) as base_vat_amount,
        general_ledger.is_closed
    from general_ledger
    inner join account_categories on general_ledger.category = account_categories.category
    left join vat_postings
        on
            general_ledger.company_id = vat_postings.company_id
            and general_ledger.source_type = vat_postings.source_type
            and general_ledger.source_id = vat_postings.source_id
            and general_ledger.line_number + 1 = vat_postings.line_number
)

select * from lines
