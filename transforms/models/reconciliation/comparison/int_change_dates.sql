{#- The days whose postings a change reached, and when it was seen. -#}
with change_log as (
    select * from {{ ref('change_log') }}
),

settlements as (
    select * from {{ ref('stg_transactions') }}
    where invoice_id is not null
),

dates as (
    select
        company_id,
        old_document_date as change_date,
        sync_began_at
    from change_log
    where old_document_date is not null
    union all
    select
        company_id,
        new_document_date as change_date,
        sync_began_at
    from change_log
    where new_document_date is not null
    union all
    -- a payment posts at its invoice's rate
    select
        settlements.company_id,
        settlements.transaction_date as change_date,
        change_log.sync_began_at
    from settlements
    inner join change_log
        on
            settlements.company_id = change_log.company_id
            and settlements.invoice_id = change_log.record_id
    where change_log.resource = 'invoices'
),

latest as (
    select
        company_id,
        change_date,
        max(sync_began_at) as sync_began_at
    from dates
    group by company_id, change_date
)

select * from latest
