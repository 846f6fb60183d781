with days as (
    select distinct date_day
    from {{ beside(ref('calendar')) }}
)

select * from days
