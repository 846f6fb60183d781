{#- Where each account's movement belongs in a cash flow statement is decided here, by category: no codes are known but
    those of the control accounts. Opening journals are left out of the flows: they bring balances in. -#}
with period_movements as (
    select * from {{ ref('period_movements') }}
),

journals as (
    select * from {{ ref('stg_journals') }}
),

journal_postings as (
    select * from {{ beside(ref('general_ledger')) }}
    where source_type = 'journal'
),

nominal_accounts as (
    select * from {{ beside(ref('nominal_accounts')) }}
),

account_categories as (
    select * from {{ beside(ref('account_categories')) }}
),

banks as (
    select distinct
        company_id,
        nominal_code
    from {{ ref('stg_bank_accounts') }}
    where nominal_code is not null
),

accounts as (
    select
        nominal_accounts.company_id,
        nominal_accounts.nominal_code,
        case
            when banks.nominal_code is not null then 'bank'
            when nominal_accounts.nominal_code = '{{ var("trade_debtors") }}' then 'debtors'
            when nominal_accounts.nominal_code = '{{ var("trade_creditors") }}' then 'creditors'
            when nominal_accounts.nominal_code in ('{{ var("vat_on_sales") }}', '{{ var("vat_on_purchases") }}')
                then 'vat'
            when account_categories.statement = 'profit_and_loss' then 'profit'
            else coalesce(account_categories.category, 'unknown')
        end as kind
    from nominal_accounts
    left join banks
        on
            nominal_accounts.company_id = banks.company_id
            and nominal_accounts.nominal_code = banks.nominal_code
    left join account_categories on nominal_accounts.category = account_categories.category
),

journal_amounts as (
    select
        journal_postings.company_id,
        journal_postings.source_id,
        {{ first_day_of_month('journal_postings.posting_date') }} as month_start,
        accounts.kind,
        coalesce(journals.journal_type, '') = 'opening' as is_opening,
        sum(journal_postings.amount) as amount
    from journal_postings
    inner join accounts
        on
            journal_postings.company_id = accounts.company_id
            and journal_postings.nominal_code = accounts.nominal_code
    left join journals
        on
            journal_postings.company_id = journals.company_id
            and journal_postings.source_id = journals.journal_id
    group by
        journal_postings.company_id,
        journal_postings.source_id,
        {{ first_day_of_month('journal_postings.posting_date') }},
        accounts.kind,
        coalesce(journals.journal_type, '') = 'opening'
),

-- a journal between fixed assets and the profit and loss account: depreciation, or what a sale won or lost
fixed_asset_journals as (
    select
        company_id,
        source_id,
        month_start,
        sum(case when kind = 'profit' then amount else 0 end) as profit,
        sum(case when kind = 'fixed_assets' then amount else 0 end) as fixed_assets
    from journal_amounts
    where kind in ('profit', 'fixed_assets') and not is_opening
    group by company_id, source_id, month_start
),

non_cash as (
    select
        company_id,
        month_start,
        case when profit > 0 then least(profit, -fixed_assets) else -least(-profit, fixed_assets) end as amount
    from fixed_asset_journals
    where (profit > 0 and fixed_assets < 0) or (profit < 0 and fixed_assets > 0)
),

movements as (
    select
        period_movements.company_id,
        period_movements.month_start,
        accounts.kind,
        period_movements.debit - period_movements.credit as amount
    from period_movements
    inner join accounts
        on
            period_movements.company_id = accounts.company_id
            and period_movements.nominal_code = accounts.nominal_code
    union all
    select
        company_id,
        month_start,
        kind,
        -amount as amount
    from journal_amounts
    where is_opening
    union all
    select
        company_id,
        month_start,
        'opening bank' as kind,
        amount
    from journal_amounts
    where is_opening and kind = 'bank'
    union all
    -- out of the movement of fixed assets, and back to the profit
    select
        company_id,
        month_start,
        'fixed_assets' as kind,
        amount
    from non_cash
    union all
    select
        company_id,
        month_start,
        'non-cash' as kind,
        -amount as amount
    from non_cash
)

select * from movements
