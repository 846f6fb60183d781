{#- Postings to be looked at before a VAT return is filed: what is on the VAT accounts and in no box, and what the box
    alone does not tell. -#}
{{ config(materialized='ephemeral') }}
{%- set notes = {
    'payment': 'Money on a VAT account, as paid to HMRC or by HMRC. It is in no box.',
    'opening': 'A balance brought in by an opening journal. It is in no box.',
    'transfer': 'A journal that moves what is owed to HMRC to another account. It is in no box.',
    'not in the flat rate': 'A journal or line on a VAT account, which the flat rate does not count. It is in no box.',
    'reverse charge': 'A reverse charge or postponed import VAT is in boxes 1 and 4. AccBooks does not tell the net'
    ~ ' amount: add it to box 7, and to box 6 if it is for services from abroad.',
    'asset sold': 'An asset was sold, and is in the turnover. If you reclaimed VAT on it, its VAT is due at its own'
    ~ ' rate instead.',
} %}

with postings as (
    select * from {{ vat_postings() }}
),

assets as (
    select * from {{ beside(ref('nominal_accounts')) }}
    where category = 'fixed_assets'
),

reverse_charges as (
    select * from {{ ref('int_vat_journals') }}
    where is_reverse_charge
),

kinds as (
    select
        postings.company_id,
        postings.period_start,
        postings.posting_id,
        postings.posting_date,
        postings.source_type,
        postings.source_id,
        postings.nominal_code,
        -postings.posted as amount,
        case
            when postings.kind in ('payment', 'opening', 'transfer') then postings.kind
            when postings.kind = 'adjustment' and postings.scheme = 'flat_rate' then 'not in the flat rate'
            when reverse_charges.journal_id is not null and postings.box = 1 then 'reverse charge'
            when assets.nominal_code is not null and postings.scheme = 'flat_rate' and postings.vat_box = 6
                then 'asset sold'
        end as kind
    from postings
    left join assets
        on
            postings.company_id = assets.company_id
            and postings.nominal_code = assets.nominal_code
    left join reverse_charges
        on
            postings.company_id = reverse_charges.company_id
            and postings.source_type = 'journal'
            and postings.source_id = reverse_charges.journal_id
),

noted as (
    select
        *,
        case kind
            {%- for kind, note in notes.items() %}
            when '{{ kind }}' then '{{ note }}'
            {%- endfor %}
        end as note
    from kinds
    where kind is not null
)

select * from noted
