{#- A settlement takes its share of the lines that its invoice has to fixed assets, long-term liabilities and capital.
    Shares are rounded as they add up, so that those of a debt paid in parts come to what the invoice's lines say. -#}
with invoices as (
    select * from {{ ref('int_cash_flow_documents') }}
    where treatment = 'invoice'
),

accounts as (
    select * from {{ ref('int_cash_flow_accounts') }}
),

bank_lines as (
    select
        general_ledger.company_id,
        general_ledger.source_id
    from {{ beside(ref('general_ledger')) }} as general_ledger
    inner join accounts
        on
            general_ledger.company_id = accounts.company_id
            and general_ledger.nominal_code = accounts.nominal_code
    where
        general_ledger.source_type = 'transaction'
        and general_ledger.line_number = 1
        and general_ledger.amount <> 0
        and accounts.kind = 'bank'
),

settlements as (
    select
        settlements.company_id,
        settlements.source_id,
        settlements.posting_date,
        invoices.control_kind,
        invoices.gross,
        invoices.fixed_assets,
        invoices.long_term_liabilities,
        invoices.capital_and_reserves,
        settlements.amount as settled,
        sum(settlements.amount) over (
            partition by settlements.company_id, settlements.document_id
            order by settlements.posting_date, settlements.source_id
            rows between unbounded preceding and current row
        ) as settled_so_far
    from invoices
    inner join {{ beside(ref('general_ledger')) }} as settlements
        on
            invoices.company_id = settlements.company_id
            and invoices.source_id = settlements.document_id
    inner join bank_lines
        on
            settlements.company_id = bank_lines.company_id
            and settlements.source_id = bank_lines.source_id
    where settlements.source_type = 'transaction' and settlements.amount <> 0
),

shares as (
    {%- for kind in ['fixed_assets', 'long_term_liabilities', 'capital_and_reserves'] %}
    select
        company_id,
        source_id,
        posting_date,
        control_kind,
        '{{ kind }}' as kind,
        coalesce(
            {{ share_of('settled_so_far', kind, 'gross') }}
            - {{ share_of('(settled_so_far - settled)', kind, 'gross') }},
            0
        ) as share
    from settlements
    where {{ kind }} <> 0
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
)

select * from shares
