{#- Worked out from the documents alone. Without both kinds of postings there is nothing to agree with. -#}
{{ config(enabled='invoice' in var('ledger_sources') and 'transaction' in var('ledger_sources')) }}

with general_ledger as (
    select * from {{ ref('general_ledger') }}
    where {{ in_unchecked_months('company_id', 'posting_date') }}
),

companies as (
    select * from {{ ref('stg_company') }}
),

invoices as (
    select
        documents.company_id,
        documents.invoice_id,
        documents.invoice_date,
        documents.status,
        case when documents.invoice_type in ('sales', 'sales_credit') then 'debtors' else 'creditors' end as side,
        case when documents.invoice_type in ('sales', 'purchase_credit') then 1 else -1 end as direction,
        {{ effective_rate('documents.exchange_rate', 'documents.currency', 'companies.base_currency') }} as rate
    from {{ ref('stg_invoices') }} as documents
    left join companies on documents.company_id = companies.company_id
    where documents.invoice_type in ('sales', 'purchase', 'sales_credit', 'purchase_credit')
),

invoiced as (
    select
        invoices.company_id,
        invoices.side,
        line_items.nominal_code,
        invoices.direction * {{ base_amount('line_items.net_amount', 'invoices.rate') }} as net_amount,
        invoices.direction * {{ base_amount('coalesce(line_items.vat_amount, 0)', 'invoices.rate') }} as vat_amount
    from invoices
    inner join {{ ref('stg_invoice_line_items') }} as line_items
        on
            invoices.company_id = line_items.company_id
            and invoices.invoice_id = line_items.invoice_id
    where
        coalesce(invoices.status, '') not in ('draft', 'void')
        and {{ in_unchecked_months('invoices.company_id', 'invoices.invoice_date') }}
),

payments as (
    select
        transactions.company_id,
        transactions.invoice_id,
        transactions.nominal_code,
        case
            when invoices.side is not null then invoices.side
            when transactions.transaction_type = 'money_in' then 'debtors'
            else 'creditors'
        end as side,
        case when transactions.transaction_type = 'money_in' then -1 else 1 end as direction,
        transactions.amount,
        transactions.net_amount,
        {{ effective_rate('transactions.exchange_rate', 'transactions.currency', 'companies.base_currency') }} as rate,
        invoices.rate as invoice_rate,
        invoices.invoice_id is not null as has_invoice
    from {{ ref('stg_transactions') }} as transactions
    left join invoices
        on
            transactions.company_id = invoices.company_id
            and transactions.invoice_id = invoices.invoice_id
    left join companies on transactions.company_id = companies.company_id
    where
        transactions.transaction_type in ('money_in', 'money_out')
        and coalesce(transactions.status, '') not in ('draft', 'void')
        and {{ in_unchecked_months('transactions.company_id', 'transactions.transaction_date') }}
),

owed as (
    select
        company_id,
        case side when 'debtors' then '{{ var("trade_debtors") }}' else '{{ var("trade_creditors") }}' end
            as nominal_code,
        net_amount + vat_amount as amount
    from invoiced
    union all
    -- a line may itself name a control account
    select
        company_id,
        nominal_code,
        -net_amount as amount
    from invoiced
    union all
    select
        company_id,
        case side when 'debtors' then '{{ var("trade_debtors") }}' else '{{ var("trade_creditors") }}' end
            as nominal_code,
        direction * case
            when has_invoice then {{ base_amount('amount', 'invoice_rate') }}
            else {{ base_amount('amount', 'rate') }}
        end as amount
    from payments
    where invoice_id is not null
    union all
    select
        company_id,
        nominal_code,
        direction * {{ base_amount('net_amount', 'rate') }} as amount
    from payments
    where invoice_id is null
),

compared as (
    select
        company_id,
        nominal_code,
        sum(expected) as expected,
        sum(found) as found
    from (
        select
            company_id,
            nominal_code,
            amount as expected,
            0 as found
        from owed
        union all
        select
            company_id,
            nominal_code,
            0 as expected,
            amount as found
        from general_ledger
        where source_type in ('invoice', 'transaction')
    ) as sides
    where nominal_code in ('{{ var("trade_debtors") }}', '{{ var("trade_creditors") }}')
    group by company_id, nominal_code
)

select * from compared
where {{ differs('expected', 'found') }}
