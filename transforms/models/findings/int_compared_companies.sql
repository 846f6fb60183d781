{#- When each company was read and compared last. -#}
with reads as (
    select * from {{ ref('stg_sync_windows') }}
),

companies as (
    select
        company_id,
        max(
            case
                when resource in ('trial_balance', 'balance_sheet', 'profit_loss') and outcome = 'complete'
                    then cast(fetched_at as date)
            end
        ) as last_compared_on
    from reads
    group by company_id
)

select * from companies
