{#- Windows whose pages never agreed, as they were last asked for. -#}
with reads as (
    select * from {{ ref('stg_sync_windows') }}
    where resource not in ('trial_balance', 'balance_sheet', 'profit_loss')
),

never_agreed as (
    select
        company_id,
        resource,
        window_start,
        window_end,
        max(fetched_at) as fetched_at
    from reads
    where outcome = 'never_agreed'
    group by company_id, resource, window_start, window_end
)

select * from never_agreed
