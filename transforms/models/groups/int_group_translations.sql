{{ config(enabled=var('accbooks_groups', '') != '') }}
{#- The movements of a month in the group's currency: of assets and liabilities what their balance at the closing rate
    changed by, of profit, capital and reserves what moved at the average rate, of what was there before the acquisition
    the sum at the rate of that time. What then remains of a member's month is its translation difference. -#}
with member_months as (
    select * from {{ ref('int_group_months') }}
),

postings as (
    select * from {{ ref('int_group_postings') }}
),

accounts as (
    select distinct
        group_name,
        company_id,
        nominal_code,
        category,
        statement
    from postings
    where part = 'balance'
),

balances as (
    select
        member_months.group_name,
        member_months.company_id,
        member_months.month_start,
        member_months.closing_rate,
        accounts.nominal_code,
        accounts.category,
        accounts.statement,
        sum(coalesce(postings.amount, 0)) over (
            partition by member_months.group_name, member_months.company_id, accounts.nominal_code
            order by member_months.month_start
        ) as balance
    from member_months
    inner join accounts
        on member_months.group_name = accounts.group_name and member_months.company_id = accounts.company_id
    left join postings
        on
            member_months.group_name = postings.group_name
            and member_months.company_id = postings.company_id
            and member_months.month_start = postings.month_start
            and accounts.nominal_code = postings.nominal_code
            and postings.part = 'balance'
),

translated_balances as (
    select
        *,
        {{ base_amount('balance', 'closing_rate') }} as amount
    from balances
),

moved as (
    select
        group_name,
        company_id,
        month_start,
        'balance' as part,
        nominal_code,
        category,
        statement,
        amount - coalesce(lag(amount) over (
            partition by group_name, company_id, nominal_code
            order by month_start
        ), 0) as amount
    from translated_balances
    union all
    select
        group_name,
        company_id,
        month_start,
        postings.part,
        postings.nominal_code,
        postings.category,
        postings.statement,
        {{ base_amount('postings.amount', 'member_months.average_rate') }} as amount
    from postings
    inner join member_months using (group_name, company_id, month_start)
    where postings.part in ('profit', 'capital', 'earlier_capital', 'earlier')
    union all
    select
        group_name,
        company_id,
        month_start,
        postings.part,
        {{ as_text('null') }} as nominal_code,
        'capital_and_reserves' as category,
        'balance_sheet' as statement,
        {{ base_amount('sum(postings.amount)', 'max(member_months.acquisition_rate)') }} as amount
    from postings
    inner join member_months using (group_name, company_id, month_start)
    where postings.part = 'before'
    group by group_name, company_id, month_start, postings.part
)

select * from moved
