{#- The documents in months that are probably not those of the books. -#}
with placed as (
    select * from {{ ref('int_placed_documents') }}
),

odd_runs as (
    select * from {{ ref('int_odd_months') }}
),

odd_documents as (
    select
        placed.*,
        {{ year_of('placed.posting_date') }} as odd_year,
        row_number() over (
            partition by placed.company_id, placed.run_number
            order by placed.posting_date, placed.source_type, placed.source_id
        ) as position
    from placed
    inner join odd_runs
        on
            placed.company_id = odd_runs.company_id
            and placed.run_number = odd_runs.run_number
)

select * from odd_documents
