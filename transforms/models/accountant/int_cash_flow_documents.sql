{#- What moves fixed assets, long-term liabilities or capital is investing or financing only as far as money moved: how
    far is decided here, document by document. Opening journals are left out: they bring balances in. -#}
with lines as (
    select * from {{ ref('int_cash_flow_lines') }}
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
