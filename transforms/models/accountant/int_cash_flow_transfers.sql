{#- What is moved from one line of the cash flow statement to another, because it was no money, or not yet. -#}
{{ config(materialized='ephemeral') }}
{%- set long_term = ['fixed_assets', 'long_term_liabilities', 'capital_and_reserves'] -%}
with documents as (
    select * from {{ ref('int_cash_flow_documents') }}
),

settlements as (
    select * from {{ ref('int_settled_invoices') }}
),

-- a settlement has a share of the lines that its invoice has to such accounts; shares are rounded as they add up, so
-- that those of a debt paid in parts come to what the invoice's lines say
shares as (
    {%- for kind in long_term %}
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
    where source_id is not null and {{ kind }} <> 0
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

-- from one line of the statement to another
moved as (
    {%- for kind in long_term %}
    select
        company_id,
        posting_date as counts_on,
        '{{ kind }}' as from_kind,
        case when treatment = 'invoice' then control_kind else 'non-cash' end as to_kind,
        {{ kind }} as amount
    from documents
    where treatment in ('invoice', 'non_cash')
    union all
    {%- endfor %}
    select
        company_id,
        posting_date as counts_on,
        'non-cash' as from_kind,
        'fixed_assets' as to_kind,
        case when treatment = 'disposal' then profit else least(-fixed_assets, overheads) end as amount
    from documents
    where treatment in ('disposal', 'depreciation')
    union all
    select
        company_id,
        posting_date as counts_on,
        kind as from_kind,
        control_kind as to_kind,
        share as amount
    from shares
)

select * from moved
