{#- The balances that opening journals bring in. -#}
{{ config(materialized='ephemeral') }}

with accounts as (
    select * from {{ ref('int_cash_flow_accounts') }}
),

opening_journals as (
    select * from {{ ref('stg_journals') }}
    where journal_type = 'opening'
),

openings as (
    select
        ledger_postings.company_id,
        ledger_postings.posting_date as counts_on,
        accounts.kind,
        ledger_postings.amount
    from opening_journals
    inner join {{ ref('ledger_postings') }} as ledger_postings
        on
            opening_journals.company_id = ledger_postings.company_id
            and opening_journals.journal_id = ledger_postings.source_id
    inner join accounts
        on
            ledger_postings.company_id = accounts.company_id
            and ledger_postings.nominal_code = accounts.nominal_code
    where ledger_postings.source_type = 'journal'
)

select * from openings
