with postings as (
    select * from {{ ref('int_postings') }}
)

select * from postings
