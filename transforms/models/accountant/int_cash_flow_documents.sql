{#- What moves fixed assets, long-term liabilities or capital is investing or financing only as far as money moved: how
    far is decided here, document by document. Opening journals are left out: they bring balances in. -#}
with accounts as (
    select * from {{ ref('int_cash_flow_accounts') }}
),

opening_journals as (
    select
        company_id,
        'journal' as source_type,
        journal_id as source_id
    from {{ ref('stg_journals') }}
    where journal_type = 'opening'
),

documents as (
    select distinct
        general_ledger.company_id,
        general_ledger.source_type,
        general_ledger.source_id
    from {{ beside(ref('general_ledger')) }} as general_ledger
    inner join accounts
        on
            general_ledger.company_id = accounts.company_id
            and general_ledger.nominal_code = accounts.nominal_code
    left join opening_journals
        on
            general_ledger.company_id = opening_journals.company_id
            and general_ledger.source_type = opening_journals.source_type
            and general_ledger.source_id = opening_journals.source_id
    where
        accounts.kind in ('fixed_assets', 'long_term_liabilities', 'capital_and_reserves')
        and opening_journals.source_id is null
),

lines as (
    select
        general_ledger.company_id,
        general_ledger.source_type,
        general_ledger.source_id,
        general_ledger.posting_date,
        general_ledger.amount,
        accounts.kind,
        -- the first line of an invoice is that of its control account
        case when general_ledger.line_number = 1 then general_ledger.nominal_code end as control_code,
        case when general_ledger.line_number = 1 then general_ledger.amount else 0 end as gross,
        -- a line of nothing says nothing of what the document is
        case when accounts.kind = 'profit' and general_ledger.amount <> 0 then accounts.category end as category
    from {{ beside(ref('general_ledger')) }} as general_ledger
    inner join documents
        on
            general_ledger.company_id = documents.company_id
            and general_ledger.source_type = documents.source_type
            and general_ledger.source_id = documents.source_id
    inner join accounts
        on
            general_ledger.company_id = accounts.company_id
            and general_ledger.nominal_code = accounts.nominal_code
),

classes as (
    select
        company_id,
        source_type,
        source_id,
        posting_date,
        case when max(control_code) = '{{ var("trade_debtors") }}' then 'debtors' else 'creditors' end as control_kind,
        sum(gross) as gross,
        sum(case when kind = 'bank' then amount else 0 end) as bank,
        sum(case when kind = 'fixed_assets' then amount else 0 end) as fixed_assets,
        sum(case when kind = 'long_term_liabilities' then amount else 0 end) as long_term_liabilities,
        sum(case when kind = 'capital_and_reserves' then amount else 0 end) as capital_and_reserves,
        sum(case when kind = 'profit' then amount else 0 end) as profit,
        sum(case when category = 'overheads' and amount > 0 then amount else 0 end) as overheads,
        max(case when category in ('turnover', 'cost_of_sales', 'taxation') then 1 else 0 end) as has_trade
    from lines
    group by company_id, source_type, source_id, posting_date
),

treated as (
    select
        *,
        case
            when source_type = 'invoice' then 'invoice'
            when bank = 0 then 'non_cash'
            when fixed_assets < 0 and bank > 0 and has_trade = 0 then 'disposal'
            when fixed_assets < 0 then 'depreciation'
            else 'cash'
        end as treatment
    from classes
)

select * from treated
