{#- Companies whose books nobody compared with AccBooks' reports, or not for long. -#}
with reads as (
    select * from {{ ref('stg_sync_windows') }}
),

-- when each company was read and compared last
companies as (
    select
        company_id,
        max(
            case
                when resource in ('trial_balance', 'balance_sheet', 'profit_loss') and outcome = 'complete'
                    then cast(fetched_at as date)
            end
        ) as last_compared_on
    from reads
    group by company_id
),

compared as (
    select distinct company_id from {{ ref('compared_periods') }}
    where not is_overtaken
),

unread as (
    select configured_name
    from {{ ref('stg_configured_companies') }}
    where company_id is null
),

findings as (
    select
        configured_name as company_id,
        {{ finding(
            'not_compared',
            sentence(
                'No sync has read the books of {name} yet. Run `accbooks sync --company {name}`, and see what it says of the'
                ~ ' key.',
                name='configured_name',
            ),
        ) }}
    from unread
    union all
    select
        companies.company_id,
        {{ finding(
            'not_compared',
            sentence(
                'No report of AccBooks was compared with these books yet, so nothing shows that they are right. Run'
                ~ ' `accbooks sync`.'
            ),
        ) }}
    from companies
    left join compared on companies.company_id = compared.company_id
    where compared.company_id is null
    union all
    select
        company_id,
        {{ finding(
            'comparison_overdue',
            sentence(
                'The books were last compared with a report of AccBooks on {date}, {days} days ago. Run `accbooks sync`, or'
                ~ ' see why its schedule does not.',
                date='companies.last_compared_on',
                days=days_after(day_of_reading(), 'companies.last_compared_on'),
            ),
            period_end='companies.last_compared_on',
        ) }}
    from companies
    inner join compared using (company_id)
    where {{ days_after(day_of_reading(), 'companies.last_compared_on') }} > {{ var('overdue_after_days') }}
)

select * from findings
