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
        general_ledger.company_id,
        general_ledger.posting_date as counts_on,
        accounts.kind,
        general_ledger.amount
    from opening_journals
    inner join {{ beside(ref('general_ledger')) }} as general_ledger
        on
            opening_journals.company_id = general_ledger.company_id
            and opening_journals.journal_id = general_ledger.source_id
    inner join accounts
        on
            general_ledger.company_id = accounts.company_id
            and general_ledger.nominal_code = accounts.nominal_code
    where general_ledger.source_type = 'journal'
)

select * from openings
