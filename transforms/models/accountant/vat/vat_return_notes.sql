{#- What is on the VAT accounts and in no return, and what no record tells: to be looked at, not guessed. -#}
{%- set columns = [
    'company_id', 'period_start', 'note_id', 'kind', 'posting_date', 'source_type', 'source_id', 'nominal_code', 'amount',
    'note',
] %}
with periods as (
    select * from {{ beside(ref('vat_periods')) }}
),

of_postings as (
    select
        *,
        posting_id as note_id
    from {{ ref('int_vat_noted_postings') }}
),

of_periods as (
    select
        *,
        'limited cost:' || {{ as_text('period_start') }} as note_id,
        'limited cost' as kind,
        period_end as posting_date,
        {{ as_text('null') }} as source_type,
        {{ as_text('null') }} as source_id,
        {{ as_text('null') }} as nominal_code,
        purchases as amount
    from {{ ref('int_vat_limited_cost') }}
),

notes as (
    {%- for source in ['of_postings', 'of_periods', ref('int_vat_unknown_payments')] %}
    select
        {{ columns | join(',\n        ') }}
    from {{ source }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
)

select
    notes.period_start,
    periods.period_end,
    notes.posting_date,
    {{ as_texts('notes', ['company_id', 'note_id', 'kind', 'source_type', 'source_id', 'nominal_code', 'note']) }},
    cast(notes.amount as {{ money() }}) as amount
from notes
inner join periods
    on
        notes.company_id = periods.company_id
        and notes.period_start = periods.period_start
