{#- What each payment makes due of an invoice's VAT and net amounts, pro rata: the shares of all payments add up to the
    whole. -#}
{{ config(materialized='ephemeral') }}

with portions as (
    select * from {{ ref('int_vat_cash_portions') }}
),

settings as (
    select * from {{ ref('int_vat_settings') }}
    where scheme = 'cash'
),

postings as (
    select * from {{ vat_postings() }}
    where
        scheme = 'cash'
        and source_type = 'invoice'
        and box is not null
        -- so that a database reads no postings of companies under other schemes
        and company_id in (select settings.company_id from settings)
),

lines as (
    select
        postings.company_id,
        postings.posting_id || ':' || {{ as_text('portions.tax_date') }} as line_id,
        {{ vat_period_start('portions.tax_date', 'settings') }} as period_start,
        postings.box,
        portions.tax_date,
        cast(case
            when portions.whole = 0 then postings.amount
            else
                {{ share_of('postings.amount', 'portions.part', 'portions.whole') }}
                - {{ share_of('postings.amount', 'portions.part_before', 'portions.whole') }}
        end as {{ money() }}) as amount,
        portions.kind,
        portions.whole,
        portions.part - portions.part_before as paid,
        postings.kind as posting_kind,
        postings.posting_date,
        postings.source_type,
        postings.source_id,
        postings.posting_id,
        postings.nominal_code,
        postings.contact_id,
        postings.description,
        postings.vat_rate
    from postings
    inner join portions
        on
            postings.company_id = portions.company_id
            and postings.source_id = portions.document_id
    inner join settings
        on
            portions.company_id = settings.company_id
            and portions.tax_date between settings.valid_from and settings.valid_to
)

select * from lines
