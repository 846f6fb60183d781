{#- Costs that come every month much alike, and then do not. Journals do not count: wages and depreciation have their
    own reasons. -#}
{%- set check = 'sudden_change_of_cost' %}
{%- set last_month = add_months(first_day_of_month(days_ago(threshold(check, 'days'))), -1) %}
{%- set variation, times = threshold(check, 'variation'), threshold(check, 'times') %}
{%- set message = sentence(
    'In {month}, {account} has {amount}, and about {usual} in each of the twelve months before. Check for bills that are '
    ~ 'missing, or coded wrongly.',
    month='substring(' ~ as_text(last_month) ~ ', 1, 7)', account=account_text('nominal_code', 'name'),
    amount=amount_text('amount'), usual=amount_text('usual')
) %}
with postings as (
    select * from {{ ref('ledger_postings') }}
    where
        source_type <> 'journal'
        and posting_date >= {{ add_months(last_month, -12) }} and posting_date < {{ add_months(last_month, 1) }}
),

nominal_accounts as (
    select * from {{ beside(ref('nominal_accounts')) }}
    where category in ('overheads', 'cost_of_sales')
),

months as (
    select
        company_id,
        nominal_code,
        nominal_accounts.name,
        {{ first_day_of_month('postings.posting_date') }} as month_start,
        sum(postings.amount) as amount
    from postings
    inner join nominal_accounts using (company_id, nominal_code)
    group by
        company_id,
        nominal_code,
        nominal_accounts.name,
        {{ first_day_of_month('postings.posting_date') }}
),

costs as (
    select
        company_id,
        nominal_code,
        name,
        count(case when month_start < {{ last_month }} then 1 end) as months,
        min(case when month_start < {{ last_month }} then amount end) as least_amount,
        max(case when month_start < {{ last_month }} then amount end) as most_amount,
        sum(case when month_start < {{ last_month }} then amount else 0 end) / 12 as usual,
        sum(case when month_start = {{ last_month }} then amount else 0 end) as amount
    from months
    group by company_id, nominal_code, name
),

advice as (
    select
        company_id,
        {{ advice(check, 'account', 'nominal_code', 'amount', last_month, message) }}
    from costs
    where
        months = 12
        and least_amount >= (1 - {{ variation }}) * usual and most_amount <= (1 + {{ variation }}) * usual
        and abs(amount - usual) >= {{ threshold(check, 'amount') }}
        and (amount > {{ times }} * usual or {{ times }} * amount < usual)
)

select * from advice
