with needs as (
    select * from {{ ref('int_report_needs') }}
),

comparability as (
    select
        company_id,
        report,
        period_start,
        period_end,
        has_earlier_invoices,
        is_overtaken,
        fetched_at,
        content_hash,
        case
            when report <> 'profit_loss' then 'month-end'
            when is_month then 'month'
            when is_empty_stretch then 'empty stretch'
            else 'financial year'
        end as kind,
        case
            when report_forbidden or records_forbidden then 'permission_missing'
            when needs_banks and banks_forbidden then 'permission_missing'
            when needs_year_end and company_forbidden then 'permission_missing'
            when is_inconsistent then 'report_inconsistent'
            when covered_resources < 3 or (needs_banks and not banks_read) then 'partial_history'
            when needs_year_end and not is_year_end_known then 'year_end_unknown'
        end as cause
    from needs
    -- a report held from before a year end moved, or a future-dated document went, is of no period any more
    where is_rebuilt or not is_year_end_known
)

select * from comparability
