{#- What the statement makes of profit and balance sheet, added to the opening cash, is what all bank accounts
    stand at in the trial balance. -#}
with measured as (
    select * from {{ ref('int_cash_of_months') }}
),

compared as (
    select
        company_id,
        period_end,
        expected,
        -- the first of the three that is wrong, or a right one
        cast(
            case
                when expected is distinct from closing then closing
                when expected is distinct from changed then changed
                else explained
            end as {{ money() }}
        ) as found
    from measured
),

findings as (
    select
        company_id,
        period_end as judged_on,
        {{ finding(
            'cash_flow_differs',
            sentence(
                'The cash flow statement of the month to {date} ends in {found}, the bank accounts stand at {expected} in'
                ~ ' the trial balance. Run `accbooks transform --full-refresh`; if it stays, report it.',
                date='period_end',
                expected=amount_text('expected'),
                found=amount_text('found'),
            ),
            resource="'cash_flow'",
            period_start=first_day_of_month('period_end'),
            period_end='period_end',
            expected=amount_text('expected'),
            found=amount_text('found'),
        ) }}
    from compared
    where expected is distinct from found
)

select * from findings
