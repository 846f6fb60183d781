{#- Windows whose pages never agreed, and that were not read since. -#}
with never_agreed as (
    select * from {{ ref('int_windows_never_agreed') }}
),

read_since as (
    select * from {{ ref('int_later_reads') }}
),

unread as (
    select
        never_agreed.company_id,
        never_agreed.resource,
        never_agreed.window_start,
        never_agreed.window_end
    from never_agreed
    left join read_since
        on
            never_agreed.company_id = read_since.company_id
            and never_agreed.resource = read_since.resource
            and coalesce(never_agreed.window_start, {{ earliest_date() }})
            = coalesce(read_since.window_start, {{ earliest_date() }})
            and coalesce(never_agreed.window_end, {{ latest_date() }})
            = coalesce(read_since.window_end, {{ latest_date() }})
    where coalesce(read_since.has_its_start, 0) = 0 or coalesce(read_since.has_its_end, 0) = 0
)

select * from unread
