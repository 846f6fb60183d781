{#- Not compared with today: reconciling next month must not call this month's tables wrong. The month that the
    tables were built in is the one that is compared without postings. -#}
with posting_months as (
    select distinct
        company_id,
        {{ first_day_of_month('posting_date') }} as month_start
    from {{ ref('ledger_postings') }}
    where {{ posts_an_amount('debit', 'credit') }}
),

held_months as (
    select
        held.*,
        held.month_start as period
    from {{ ref('months') }} as held
),

compared_months as (
    select
        company_id,
        month_start
    from posting_months
    union distinct
    select
        company_id,
        months.month_start
    from held_months as months
    inner join posting_months using (company_id)
    where months.is_compared and not months.has_postings
),

followed as (
    select
        earlier.company_id,
        earlier.month_start,
        {{ months_after('min(later.month_start)', 'earlier.month_start') }} - 1 as empty_months
    from compared_months as earlier
    left join compared_months as later
        on
            earlier.company_id = later.company_id
            and earlier.month_start < later.month_start
    group by earlier.company_id, earlier.month_start
),

month_starts as (
    select
        followed.company_id,
        {{ add_months('followed.month_start', number_of('numbers')) }} as month_start,
        {{ number_of('numbers') }} = 0 as is_compared
    from followed
    {{ with_numbers(
        '0',
        'case when followed.empty_months is null or ' ~ is_left_out('followed.empty_months')
        ~ ' then 0 else followed.empty_months end',
        'numbers'
    ) }}
),

expected as (
    select
        month_starts.company_id,
        month_starts.month_start as period,
        {{ dbt.last_day('month_starts.month_start', 'month') }} as month_end,
        posting_months.company_id is not null as has_postings,
        month_starts.is_compared
    from month_starts
    left join posting_months
        on
            month_starts.company_id = posting_months.company_id
            and month_starts.month_start = posting_months.month_start
),

found as (
    select * from held_months
),

{{ table_differences('months', ['company_id', 'period'], texts=['month_end', 'has_postings', 'is_compared']) }}

select * from differences
