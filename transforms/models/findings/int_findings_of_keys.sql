{{ config(materialized='view', schema='accbooks_staging') }}

with configured_companies as (
    select * from {{ ref('stg_configured_companies') }}
    where company_id is not null
),

answers as (
    select
        configured_name,
        company_id,
        last_seen_at,
        row_number() over (
            partition by configured_name order by last_seen_at desc, first_seen_at desc, company_id desc
        ) as recency,
        row_number() over (partition by configured_name order by first_seen_at, company_id) as seniority,
        max(last_seen_at) over (partition by company_id) as company_last_seen_at
    from configured_companies
),

-- a name that its company has left for another one is no longer in use
names_in_use as (
    select * from answers
    where recency = 1 and last_seen_at = company_last_seen_at
),

companies_in_use as (
    select
        company_id,
        min(configured_name) as configured_name
    from names_in_use
    group by company_id
),

changes as (
    select
        names_in_use.configured_name,
        names_in_use.company_id as present_id,
        answers.company_id as former_id,
        answers.last_seen_at,
        companies_in_use.configured_name as other_name
    from names_in_use
    inner join answers
        on
            names_in_use.configured_name = answers.configured_name
            and names_in_use.company_id <> answers.company_id
    left join companies_in_use on answers.company_id = companies_in_use.company_id
    -- once a mistake is mended, the name has its first company again, and the other one has a name of its own
    where names_in_use.seniority > 1 or companies_in_use.configured_name is null
),

former_companies as (
    select
        former_id as company_id,
        configured_name,
        former_id as expected,
        present_id as found,
        'The key of "' || configured_name || '" answered for ' || former_id || ' until '
        || {{ as_text('cast(last_seen_at as date)') }} || '. It now answers for ' || present_id || ', and '
        || coalesce(former_id || ' is read as "' || other_name || '"', 'nothing reads ' || former_id || ' any more')
        || '. If that is a mistake, restore the key. If not, give the key of ' || former_id
        || ' a new name in the configuration, or run `accbooks forget ' || former_id || '`.' as message
    from changes
),

present_companies as (
    select
        present_id as company_id,
        configured_name,
        {{ dbt.listagg('former_id', "', '", 'order by former_id') }} as expected,
        present_id as found,
        'The key of "' || configured_name || '" answers for ' || present_id || '. It answered for '
        || {{ dbt.listagg('former_id', "', '", 'order by former_id') }}
        || ' before. If that is a mistake, restore the key. If not, give the key of ' || present_id
        || ' a new name in the configuration, or run `accbooks forget ' || min(former_id) || '`.' as message
    from changes
    group by present_id, configured_name
),

all_companies as (
    select * from former_companies
    union all
    select * from present_companies
),

findings as (
    select
        company_id,
        {{ finding(
            'key_answers_for_another_company',
            'message',
            resource="'company'",
            record_id='configured_name',
            expected='expected',
            found='found',
        ) }}
    from all_companies
)

select * from findings
