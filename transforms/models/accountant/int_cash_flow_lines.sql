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
        ledger_postings.company_id,
        ledger_postings.source_type,
        ledger_postings.source_id
    from {{ ref('ledger_postings') }} as ledger_postings
    inner join accounts
        on
            ledger_postings.company_id = accounts.company_id
            and ledger_postings.nominal_code = accounts.nominal_code
    left join opening_journals
        on
            ledger_postings.company_id = opening_journals.company_id
            and ledger_postings.source_type = opening_journals.source_type
            and ledger_postings.source_id = opening_journals.source_id
    where
        accounts.kind in ('fixed_assets', 'long_term_liabilities', 'capital_and_reserves')
        and opening_journals.source_id is null
),

lines as (
    select
        company_id,
        source_type,
        source_id,
        ledger_postings.posting_date,
        ledger_postings.amount,
        accounts.kind,
        -- the first line of an invoice is that of its control account
        case when ledger_postings.line_number = 1 then nominal_code end as control_code,
        case when ledger_postings.line_number = 1 then ledger_postings.amount else 0 end as gross,
        -- a line of nothing says nothing of what the document is
        case when accounts.kind = 'profit' and ledger_postings.amount <> 0 then accounts.category end as category
    from {{ ref('ledger_postings') }} as ledger_postings
    inner join documents using (company_id, source_type, source_id)
    inner join accounts using (company_id, nominal_code)
)

select * from lines
