{#- The runs of months that are probably not those of the books: all but the one with most documents. -#}
with placed as (
    select * from {{ ref('int_placed_documents') }}
),

counted_runs as (
    select
        company_id,
        run_number,
        first_month,
        count(*) as number_of_documents
    from placed
    group by company_id, run_number, first_month
),

-- of as many, those not in the future, and of these the latest
ranked_runs as (
    select
        counted_runs.*,
        row_number() over (
            partition by counted_runs.company_id
            order by
                case when counted_runs.first_month > {{ day_of_reading() }} then 1 else 0 end asc,
                counted_runs.number_of_documents desc,
                counted_runs.first_month desc
        ) as place
    from counted_runs
),

odd_runs as (
    select * from ranked_runs
    where
        place > 1
        or first_month > {{ day_of_reading() }}
        -- books are not kept for so long
        or first_month < {{ date_of('1900', '1', '1') }}
)

select * from odd_runs
