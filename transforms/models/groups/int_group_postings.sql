{{ config(enabled=var('accbooks_groups', '') != '') }}
{#- What each account of a member moved by in a month, in the member's currency, and which part of the consolidation it
    is. What was posted before the member joined is moved to the month in which it did. -#}
with member_months as (
    select * from {{ ref('int_group_months') }}
),

members as (
    select distinct
        group_name,
        company_id,
        is_parent,
        acquired_on,
        first_month,
        joined_in
    from member_months
),

postings as (
    select * from {{ ref('ledger_postings') }}
),

opening_journals as (
    select * from {{ ref('stg_journals') }}
    where journal_type = 'opening'
),

nominal_accounts as (
    select * from {{ beside(ref('nominal_accounts')) }}
),

account_categories as (
    select * from {{ beside(ref('account_categories')) }}
),

placed as (
    select
        members.group_name,
        members.company_id,
        postings.nominal_code,
        nominal_accounts.category,
        account_categories.statement,
        postings.amount,
        greatest(members.joined_in, {{ first_day_of_month('postings.posting_date') }}) as month_start,
        postings.posting_date < members.first_month as is_earlier,
        -- an opening balance of reserves was there before anything the books know
        not members.is_parent
        and (postings.posting_date < members.acquired_on or opening_journals.journal_id is not null) as is_before
    from members
    inner join postings on members.company_id = postings.company_id
    left join nominal_accounts
        on
            postings.company_id = nominal_accounts.company_id
            and postings.nominal_code = nominal_accounts.nominal_code
    left join account_categories on nominal_accounts.category = account_categories.category
    left join opening_journals
        on
            postings.company_id = opening_journals.company_id
            and postings.source_type = 'journal'
            and postings.source_id = opening_journals.journal_id
),

parts as (
    select
        *,
        case
            when statement is null then 'balance'
            when statement = 'balance_sheet' and category <> 'capital_and_reserves' then 'balance'
            when is_before then 'before'
            when statement = 'balance_sheet' and is_earlier then 'earlier_capital'
            when statement = 'balance_sheet' then 'capital'
            when is_earlier then 'earlier'
            else 'profit'
        end as part
    from placed
),

group_postings as (
    select
        group_name,
        company_id,
        month_start,
        part,
        nominal_code,
        category,
        statement,
        sum(amount) as amount
    from parts
    group by group_name, company_id, month_start, part, nominal_code, category, statement
)

select * from group_postings
