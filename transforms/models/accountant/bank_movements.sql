{#- What daily bank balances are added up from: a ledger is long, and the days of its banks are few. -#}
-- depends_on: {{ ref('touched_months') }}
{{ config(
    materialized='incremental',
    incremental_strategy='replace_where',
    partition_by=kept_partitions(['company_id']),
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
        ledger_postings.company_id,
        ledger_postings.nominal_code,
        ledger_postings.bank_account_id,
        ledger_postings.posting_date,
        ledger_postings.currency,
        ledger_postings.amount,
        ledger_postings.amount_in_currency
    from {{ ref('ledger_postings') }} as ledger_postings
    inner join bank_nominals
        on
            ledger_postings.company_id = bank_nominals.company_id
            and ledger_postings.nominal_code = bank_nominals.nominal_code
    {%- if is_incremental() %}
    where {{ in_touched_months('ledger_postings.company_id', 'ledger_postings.posting_date') }}
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
