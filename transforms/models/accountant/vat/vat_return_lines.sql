{#- What the boxes of VAT returns are made of, document by document. -#}
{%- set columns = [
    'company_id', 'line_id', 'period_start', 'box', 'tax_date', 'amount', 'kind', 'reason', 'source_type', 'source_id',
    'posting_id', 'nominal_code', 'contact_id', 'description', 'vat_rate',
] %}
{%- set why_adjusted %}
        case source_type
            when 'journal' then 'A journal on the VAT account.'
            else 'A line of a document that is coded to the VAT account.'
        end
{%- endset %}

with periods as (
    select * from {{ beside(ref('vat_periods')) }}
),

by_document_date as (
    select
        *,
        posting_id as line_id,
        posting_date as tax_date,
        case when kind = 'adjustment' then {{ why_adjusted }} end as reason
    from {{ vat_postings() }}
    where box is not null and (scheme = 'standard' or (scheme = 'cash' and source_type <> 'invoice'))
),

by_payment as (
    select
        company_id,
        line_id,
        period_start,
        box,
        tax_date,
        amount,
        case when posting_kind = 'adjustment' then 'adjustment' else kind end as kind,
        case
            when kind = 'scheme left' then 'Unpaid when the company left cash accounting.'
            when kind = 'nothing to pay' then 'The document adds up to nothing.'
            else
                {{ amount_text('abs(paid)') }} || ' of ' || {{ amount_text('abs(whole)') }}
                || case when kind = 'allocation' then ' set against other documents' else ' paid' end
        end || case when posting_kind = 'adjustment' then ' ' || {{ why_adjusted }} else '' end as reason,
        source_type,
        source_id,
        posting_id,
        nominal_code,
        contact_id,
        description,
        vat_rate
    from {{ ref('int_vat_cash_lines') }}
),

lines as (
    {%- for source in ['by_document_date', 'by_payment', ref('int_vat_flat_lines')] %}
    select
        {{ columns | join(',\n        ') }}
    from {{ source }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

with_periods as (
    select
        {{ as_texts('lines', ['company_id', 'line_id']) }},
        lines.period_start,
        periods.period_end,
        lines.box,
        lines.tax_date,
        cast(lines.amount as {{ money() }}) as amount,
        {{ as_texts('lines', [
            'kind', 'reason', 'source_type', 'source_id', 'posting_id', 'nominal_code', 'contact_id', 'description', 'vat_rate',
        ]) }}
    from lines
    inner join periods
        on
            lines.company_id = periods.company_id
            and lines.period_start = periods.period_start
    where lines.amount <> 0
)

select * from with_periods
