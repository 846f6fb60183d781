{#- What the balance sheet calls earnings, retained or of the current year, moves each month by the month's profit
    and by what was posted to retained earnings itself; at a year-end on a month-end the current year's are the
    year's. -#}
-- depends_on: {{ ref('touched_companies') }}
with monthly as (
    select * from {{ ref('int_earnings_of_months') }}
),

yearly as (
    select * from {{ ref('int_earnings_of_financial_years') }}
),

nameless as (
    select distinct company_id
    from {{ ref('trial_balance') }}
    where
        nominal_code = '{{ var("retained_earnings") }}'
        and category is null
        and {{ of_touched_companies_for('balance_findings', 'company_id') }}
),

compared as (
    select * from monthly
    union all
    select * from yearly
),

findings as (
    select
        company_id,
        period_end as judged_on,
        {{ finding(
            'earnings_differ',
            sentence(
                'The earnings in the balance sheet at {date} are not the profit of the {period}: {expected} is the profit,'
                ~ ' {found} is in the balance sheet. Run `accbooks transform --full-refresh`; if it stays, report it.',
                date='period_end',
                period='period',
                expected=amount_text('expected'),
                found=amount_text('found'),
            ),
            report="'balance_sheet'",
            resource="'earnings of the ' || period",
            period_end='period_end',
            expected=amount_text('expected'),
            found=amount_text('found'),
        ) }}
    from compared
    where
        expected is distinct from found
        -- earlier years' profit is in no balance sheet then: a finding of its own
        and company_id not in (select nameless.company_id from nameless)
)

select * from findings
where {{ since_touched_for('balance_findings', 'company_id', 'judged_on') }}
