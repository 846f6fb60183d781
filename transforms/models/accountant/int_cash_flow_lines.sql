{#- The postings of documents that move fixed assets, long-term liabilities or capital. -#}
{{ config(materialized='ephemeral') }}

with accounts as (
    select * from {{ ref('int_cash_flow_accounts') }}
),

opening_journals as (
    select
        company_id,
        'journal' as source_type,
        journal_id as source_id
    from {{ ref('stg_journals') }}
    where journal_type = 'opening'
),

documents as (
    select distinct
        general_ledger.company_id,
        general_ledger.source_type,
        general_ledger.source_id
    from {{ beside(ref('general_ledger')) }} as general_ledger
    inner join accounts using (company_id, nominal_code)
    left join opening_journals using (company_id, source_type, source_id)
    where
        accounts.kind in ('fixed_assets', 'long_term_liabilities', 'capital_and_reserves')
        and opening_journals.source_id is null
),

lines as (
    select
        general_ledger.company_id,
        general_ledger.source_type,
        general_ledger.source_id,
        general_ledger.posting_date,
        general_ledger.amount,
        accounts.kind,
        -- the first line of an invoice is that of its control account
        case when general_ledger.line_number = 1 then general_ledger.nominal_code end as control_code,
        case when general_ledger.line_number = 1 then general_ledger.amount else 0 end as gross,
        -- a line of nothing says nothing of what the document is
        case when accounts.kind = 'profit' and general_ledger.amount <> 0 then accounts.category end as category
    from {{ beside(ref('general_ledger')) }} as general_ledger
    inner join documents using (company_id, source_type, source_id)
    inner join accounts using (company_id, nominal_code)
)

select * from lines
