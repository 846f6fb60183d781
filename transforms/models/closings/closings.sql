with closings as (
    select * from {{ ref('stg_closings') }}
)

select * from closings
