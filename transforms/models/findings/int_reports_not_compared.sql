{#- The reports that could not be compared, by reason. -#}
with lines as (
    select * from {{ beside(ref('reconciliation')) }}
    where status <> 'match'
),

not_compared as (
    select
        company_id,
        cause,
        min(period_end) as first_end,
        max(period_end) as last_end
    from lines
    where status = 'not_comparable' and cause in ('partial_history', 'year_end_unknown')
    group by company_id, cause
)

select * from not_compared
