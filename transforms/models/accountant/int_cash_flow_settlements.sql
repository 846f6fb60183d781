{#- A settlement takes its share of the lines that its invoice has to fixed assets, long-term liabilities and capital.
    Shares are rounded as they add up, so that those of a debt paid in parts come to what the invoice's lines say. -#}
with settlements as (
    select * from {{ ref('int_settled_invoices') }}
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
    where source_id is not null and {{ kind }} <> 0
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
)

select * from shares
