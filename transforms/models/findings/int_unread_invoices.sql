{#- Invoices that AccBooks may list although the warehouse does not hold them: any, where not the whole list was read,
    and those in quarantine. -#}
with companies as (
    select distinct company_id from {{ ref('stg_sync_windows') }}
),

read_whole as (
    select company_id from {{ ref('int_coverage') }}
    where resource = 'invoices' and covered_from is null and covered_to is null
),

forbidden as (
    select company_id from {{ ref('int_resource_permissions') }}
    where resource = 'invoices' and is_forbidden
),

unread_invoices as (
    select
        companies.company_id,
        {{ as_text('null') }} as invoice_id
    from companies
    left join read_whole on companies.company_id = read_whole.company_id
    left join forbidden on companies.company_id = forbidden.company_id
    where read_whole.company_id is null or forbidden.company_id is not null
    union all
    select
        company_id,
        record_id as invoice_id
    from {{ ref('stg_rejected_records') }}
    where resource = 'invoices' and record_id is not null
)

select * from unread_invoices
