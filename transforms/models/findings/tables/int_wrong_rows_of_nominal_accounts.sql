with postings as (
    select * from {{ ref('int_postings') }}
),

named_accounts as (
    select * from {{ ref('int_named_accounts') }}
),

expected as (
    select
        company_id,
        nominal_code,
        max(name) as name,
        max(category) as category
    from (
        select
            company_id,
            nominal_code,
            nominal_name as name,
            category
        from named_accounts
        union all
        select
            company_id,
            nominal_code,
            null as name,
            null as category
        from postings
    ) as known
    group by company_id, nominal_code
),

found as (
    select * from {{ ref('nominal_accounts') }}
),

{{ table_differences(
    'nominal_accounts',
    ['company_id', 'nominal_code'],
    amounts=[],
    texts=['name', 'category']
) }}

select * from differences
