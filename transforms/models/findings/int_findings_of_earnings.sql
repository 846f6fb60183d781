{#- What the balance sheet calls earnings, retained or of the current year, moves each month by the month's profit
    and by what was posted to retained earnings itself; at a year-end on a month-end the current year's are the
    year's. -#}
-- depends_on: {{ ref('touched_companies') }}
with balance_sheet as (
    select * from {{ ref('balance_sheet') }}
    where {{ of_touched_companies_for('balance_findings', 'company_id') }}
),

account_categories as (
    select * from {{ ref('account_categories') }}
),

monthly_profit as (
    select
        lines.company_id,
        lines.period_end,
        -- signs undone: an amount's effect on profit is the opposite of its debit
        sum(-account_categories.sign * lines.amount) as amount
    from {{ ref('profit_and_loss') }} as lines
    inner join account_categories on lines.category = account_categories.category
    where {{ of_touched_companies_for('balance_findings', 'lines.company_id') }}
    group by lines.company_id, lines.period_end
),

yearly_profit as (
    select
        lines.company_id,
        lines.period_end,
        sum(-account_categories.sign * lines.amount) as amount
    from {{ ref('profit_and_loss_by_financial_year') }} as lines
    inner join account_categories on lines.category = account_categories.category
    where {{ of_touched_companies_for('balance_findings', 'lines.company_id') }}
    group by lines.company_id, lines.period_end
),

direct_postings as (
    select
        company_id,
        {{ dbt.last_day('month_start', 'month') }} as period_end,
        sum(credit - debit) as amount
    from {{ ref('period_movements') }}
    where nominal_code = '{{ var("retained_earnings") }}'
    group by company_id, {{ dbt.last_day('month_start', 'month') }}
),

earnings as (
    select
        company_id,
        as_at,
        sum(amount) as amount,
        sum(case when nominal_code is null then amount else 0 end) as current_year_amount
    from balance_sheet
    where nominal_code is null or nominal_code = '{{ var("retained_earnings") }}'
    group by company_id, as_at
),

movements as (
    select
        company_id,
        as_at,
        current_year_amount,
        amount - coalesce(
            max(amount) over (partition by company_id order by as_at rows between 1 preceding and 1 preceding), 0
        ) as amount
    from earnings
),

monthly as (
    select
        movements.company_id,
        movements.as_at,
        'month' as period,
        coalesce(monthly_profit.amount, 0) + coalesce(direct_postings.amount, 0) as expected,
        movements.amount as found
    from movements
    left join monthly_profit
        on
            movements.company_id = monthly_profit.company_id
            and movements.as_at = monthly_profit.period_end
    left join direct_postings
        on
            movements.company_id = direct_postings.company_id
            and movements.as_at = direct_postings.period_end
),

yearly as (
    select
        movements.company_id,
        movements.as_at,
        'financial year' as period,
        yearly_profit.amount as expected,
        movements.current_year_amount as found
    from movements
    inner join yearly_profit
        on
            movements.company_id = yearly_profit.company_id
            and movements.as_at = yearly_profit.period_end
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
        as_at as judged_on,
        {{ finding(
            'earnings_differ',
            sentence(
                'The earnings in the balance sheet at {date} are not the profit of the {period}: {expected} is the profit,'
                ~ ' {found} is in the balance sheet. Run `accbooks transform --full-refresh`; if it stays, report it.',
                date='as_at',
                period='period',
                expected=amount_text('expected'),
                found=amount_text('found'),
            ),
            report="'balance_sheet'",
            resource="'earnings of the ' || period",
            period_end='as_at',
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
