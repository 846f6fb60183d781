{#- What daily bank balances are added up from: a ledger is long, and the days of its banks are few. -#}
-- depends_on: {{ ref('touched_months') }}
{{ config(
    materialized='incremental',
    incremental_strategy='replace_where',
    incremental_predicates=["{{ in_touched_months('company_id', 'posting_date') }}"],
    schema='accbooks_staging'
) }}

with bank_nominals as (
    select distinct
        company_id,
        nominal_code
    from {{ ref('stg_bank_accounts') }}
    where nominal_code is not null
),

postings as (
    select
        general_ledger.company_id,
        general_ledger.nominal_code,
        general_ledger.bank_account_id,
        general_ledger.posting_date,
        general_ledger.currency,
        general_ledger.amount,
        general_ledger.amount_in_currency
    from {{ ref('general_ledger') }} as general_ledger
    inner join bank_nominals using (company_id, nominal_code)
    {%- if is_incremental() %}
    where {{ in_touched_months('general_ledger.company_id', 'general_ledger.posting_date') }}
    {%- endif %}
),

movements as (
    select
        company_id,
        nominal_code,
        bank_account_id,
        posting_date,
        currency,
        cast(sum(amount) as {{ money() }}) as amount,
        cast(sum(amount_in_currency) as {{ money() }}) as amount_in_currency,
        cast(sum(case when amount_in_currency is null then 1 else 0 end) as integer) as amounts_unknown
    from postings
    group by company_id, nominal_code, bank_account_id, posting_date, currency
)

select * from movements
