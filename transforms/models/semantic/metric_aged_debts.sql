with months as (
    select * from {{ beside(ref('months')) }}
),

aged_receivables as (
    select * from {{ beside(ref('aged_receivables')) }}
),

debts as (
    select
        months.company_id,
        months.month_end as as_at,
        cast(coalesce(sum(aged_receivables.outstanding), 0) as {{ money() }}) as outstanding,
        cast(
            coalesce(sum(case when aged_receivables.bucket = 'over 90' then aged_receivables.outstanding end), 0)
            as {{ money() }}
        ) as over_90
    from months
    left join aged_receivables
        on
            months.company_id = aged_receivables.company_id
            and months.month_end = aged_receivables.as_at
    group by months.company_id, months.month_end
)

select * from debts
