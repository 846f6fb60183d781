{#- The closings that books are judged by: the latest day that is closed includes all before it, so each document is
    judged once. -#}
with open_closings as (
    select * from {{ ref('stg_closings') }}
    where reopened_at is null
),

latest as (
    select
        company_id,
        kind,
        max(closed_through) as closed_through
    from open_closings
    group by company_id, kind
),

judged as (
    select
        company_id,
        kind,
        closed_through,
        open_closings.financial_year_start,
        open_closings.closed_at
    from open_closings
    inner join latest using (company_id, kind, closed_through)
)

select * from judged
