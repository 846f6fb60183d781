{#- The payments of each invoice that has lines of investing or financing, in order, and how much of it is settled after
    each. -#}
{{ config(materialized='ephemeral') }}

with accounts as (
    select * from {{ ref('int_cash_flow_accounts') }}
),

invoices as (
    select * from {{ ref('int_cash_flow_documents') }}
    where
        treatment = 'invoice'
        and (fixed_assets <> 0 or long_term_liabilities <> 0 or capital_and_reserves <> 0)
),

-- few invoices have such lines: payments of all others are not added up
paying as (
    select distinct
        ledger_postings.company_id,
        ledger_postings.source_id
    from {{ ref('ledger_postings') }} as ledger_postings
    inner join invoices
        on
            ledger_postings.company_id = invoices.company_id
            and ledger_postings.document_id = invoices.source_id
    where ledger_postings.source_type = 'transaction'
),

-- payments of these that moved money
payments as (
    select
        company_id,
        source_id,
        ledger_postings.posting_date,
        max(ledger_postings.document_id) as invoice_id,
        sum(case when ledger_postings.document_id is not null then ledger_postings.amount else 0 end) as settled
    from {{ ref('ledger_postings') }} as ledger_postings
    inner join paying using (company_id, source_id)
    inner join accounts using (company_id, nominal_code)
    where ledger_postings.source_type = 'transaction'
    group by company_id, source_id, ledger_postings.posting_date
    having
        max(ledger_postings.document_id) is not null
        -- without its bank account a payment moved no money
        and sum(case when accounts.kind = 'bank' then ledger_postings.amount else 0 end) <> 0
),

-- invoices beside their payments, not joined to them: a database that knows nothing of how many there are would
-- compare each with each
sides as (
    select
        company_id,
        invoice_id,
        source_id,
        posting_date,
        settled,
        {{ as_text('null') }} as control_kind,
        0 as gross,
        0 as fixed_assets,
        0 as long_term_liabilities,
        0 as capital_and_reserves
    from payments
    union all
    select
        company_id,
        source_id as invoice_id,
        {{ as_text('null') }} as source_id,
        cast(null as date) as posting_date,
        0 as settled,
        control_kind,
        gross,
        fixed_assets,
        long_term_liabilities,
        capital_and_reserves
    from invoices
),

settlements as (
    select
        company_id,
        source_id,
        posting_date,
        settled,
        sum(settled) over (
            partition by company_id, invoice_id
            order by posting_date, source_id
            rows between unbounded preceding and current row
        ) as settled_so_far,
        max(control_kind) over (partition by company_id, invoice_id) as control_kind,
        sum(gross) over (partition by company_id, invoice_id) as gross,
        sum(fixed_assets) over (partition by company_id, invoice_id) as fixed_assets,
        sum(long_term_liabilities) over (partition by company_id, invoice_id) as long_term_liabilities,
        sum(capital_and_reserves) over (partition by company_id, invoice_id) as capital_and_reserves
    from sides
)

select * from settlements
