with stg_journals as (
    select * from {{ ref('stg_journals') }}
),

journals as (
    select
        company_id,
        journal_id,
        journal_date,
        journal_type,
        {{ 'true' if 'journal' in var('ledger_sources') else 'false' }} as is_posted,
        reference,
        description,
        created_at,
        updated_at
    from stg_journals
)

select * from journals
