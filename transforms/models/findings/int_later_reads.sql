{#- Windows whose pages never agreed, beside what was read of them since, in one window or in several. -#}
with never_agreed as (
    select * from {{ ref('int_windows_never_agreed') }}
),

reads as (
    select * from {{ ref('stg_sync_windows') }}
    where resource not in ('trial_balance', 'balance_sheet', 'profit_loss')
),

-- read whole since, in one window or in several
read_since as (
    select
        never_agreed.company_id,
        never_agreed.resource,
        never_agreed.window_start,
        never_agreed.window_end,
        max(
            case
                when
                    coalesce(reads.window_start, {{ earliest_date() }})
                    <= coalesce(never_agreed.window_start, {{ earliest_date() }})
                    then 1
                else 0
            end
        ) as has_its_start,
        max(
            case
                when
                    coalesce(reads.window_end, {{ latest_date() }})
                    >= coalesce(never_agreed.window_end, {{ latest_date() }})
                    then 1
                else 0
            end
        ) as has_its_end
    from never_agreed
    inner join reads
        on
            never_agreed.company_id = reads.company_id
            and never_agreed.resource = reads.resource
            and never_agreed.fetched_at < reads.fetched_at
            and coalesce(reads.window_start, {{ earliest_date() }})
            <= coalesce(never_agreed.window_end, {{ latest_date() }})
            and coalesce(reads.window_end, {{ latest_date() }})
            >= coalesce(never_agreed.window_start, {{ earliest_date() }})
    where reads.outcome = 'complete'
    group by
        never_agreed.company_id,
        never_agreed.resource,
        never_agreed.window_start,
        never_agreed.window_end
)

select * from read_since
