{#- Accounts whose balance at the end of the last finished month is not what it should be, or does not move. -#}
{%- set negative, stuck, suspense = 'negative_control_account', 'stuck_control_account', 'suspense_not_cleared' %}
{%- set vat, dormant = 'vat_not_cleared', 'dormant_account' %}
{%- set debtors, creditors = "'" ~ var('trade_debtors') ~ "'", "'" ~ var('trade_creditors') ~ "'" %}
{%- set on_sales, on_purchases = "'" ~ var('vat_on_sales') ~ "'", "'" ~ var('vat_on_purchases') ~ "'" %}
{%- set account = account_text('nominal_code', 'name') %}
with balances as (
    select
        company_id,
        nominal_code,
        sum(amount) as balance,
        max(period_end) as as_at,
        coalesce(max(case when balance = 0 then period_end end), min(period_start)) as at_nothing_until,
        max(case when amount <> 0 or debit <> 0 then period_end end) as last_moved_on
    from {{ beside(ref('period_balances')) }}
    where period_end < {{ first_day_of_month(day_of_reading()) }}
    group by company_id, nominal_code
),

nominal_accounts as (
    select * from {{ beside(ref('nominal_accounts')) }}
),

vat_schemes as (
    select * from {{ ref('stg_vat_schemes') }}
),

annual as (
    select distinct company_id from vat_schemes
    where periods = 'annual'
),

-- what takes VAT out of its account again; a credit note does as well, but clears nothing
clearings as (
    select
        company_id,
        nominal_code,
        max(posting_date) as cleared_on
    from {{ ref('ledger_postings') }}
    where
        source_type <> 'invoice'
        and ((nominal_code = {{ on_sales }} and debit > 0) or (nominal_code = {{ on_purchases }} and credit > 0))
    group by company_id, nominal_code
),

described as (
    select
        balances.*,
        nominal_accounts.name,
        nominal_accounts.category,
        balances.nominal_code in ({{ debtors }}, {{ creditors }}) as is_control,
        balances.nominal_code in ({{ on_sales }}, {{ on_purchases }}) as is_vat,
        {{ comparable('nominal_accounts.name') }} like '%suspense%' as is_suspense,
        greatest(clearings.cleared_on, balances.at_nothing_until) as cleared_on,
        case
            when annual.company_id is null then {{ threshold(vat, 'months') }}
            else {{ threshold(vat, 'months_if_annual') }}
        end as vat_months,
        {{ months_after(day_of_reading(), 'balances.last_moved_on') }} - 1 as months_at_rest
    from balances
    inner join nominal_accounts
        on
            balances.company_id = nominal_accounts.company_id
            and balances.nominal_code = nominal_accounts.nominal_code
    left join clearings
        on
            balances.company_id = clearings.company_id
            and balances.nominal_code = clearings.nominal_code
    left join annual on balances.company_id = annual.company_id
    where balances.balance <> 0
)

{%- set checks = [
    (negative, '(nominal_code = ' ~ debtors ~ ' and balance < 0) or (nominal_code = ' ~ creditors ~ ' and balance > 0)',
        'has the balance {amount} on the wrong side. Look for payments without invoices, or entered twice.'),
    (stuck, 'is_control and months_at_rest >= ' ~ threshold(stuck, 'months'),
        'has the balance {amount}, and has not moved since {day}. Settle or write off what is open.'),
    (suspense, 'is_suspense and abs(balance) >= ' ~ threshold(suspense, 'amount'),
        'has the balance {amount}. Find out what it is, and code it.'),
    (vat, 'is_vat and ' ~ months_after(day_of_reading(), 'cleared_on') ~ ' > vat_months',
        'has the balance {amount}, and no VAT return was posted from it since {cleared}.'),
    (dormant, 'not is_control and not is_vat and not is_suspense and months_at_rest >= ' ~ threshold(dormant, 'months')
        ~ " and category in ('current_assets', 'current_liabilities', 'long_term_liabilities') and abs(balance) >= "
        ~ threshold(dormant, 'amount'),
        'has the balance {amount}, and has not moved since {day}. Check that it is still owed or owned.'),
] %}

{%- for check, condition, what in checks %}
select
    company_id,
    {{ advice(check, 'account', 'nominal_code', 'balance', 'as_at', sentence(
        'At {as_at}, {account} ' ~ what,
        as_at='as_at', account=account, amount=amount_text('balance'), day='last_moved_on', cleared='cleared_on'
    )) }}
from described
where {{ condition }}
{%- if not loop.last %}
union all
{%- endif %}
{%- endfor %}
