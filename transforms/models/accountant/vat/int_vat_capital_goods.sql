{#- Purchases of assets under the flat rate scheme: those of 2,000.00 or more with VAT are the only ones whose VAT is
    reclaimed (VAT Notice 733). Amounts are a purchase's debits, and a credit note's with their sign changed. -#}
{{ config(materialized='ephemeral') }}

with accounts as (
    select * from {{ beside(ref('nominal_accounts')) }}
    where category = 'fixed_assets'
),

settings as (
    select * from {{ ref('int_vat_settings') }}
    where scheme = 'flat_rate'
),

postings as (
    select * from {{ vat_postings() }}
    where
        scheme = 'flat_rate'
        and kind = 'document'
        and vat_box in (4, 7)
        -- so that a database reads no postings of companies under other schemes
        and company_id in (select settings.company_id from settings)
),

-- the VAT of a line is posted right behind its net amount
assets as (
    select
        net.*,
        coalesce(vat.amount, 0) as vat_amount,
        vat.posting_id as vat_posting_id,
        vat.nominal_code as vat_nominal_code,
        sum(net.amount + coalesce(vat.amount, 0)) over (
            partition by net.company_id, net.source_type, net.source_id
        ) as purchase
    from postings as net
    inner join accounts
        on
            net.company_id = accounts.company_id
            and net.nominal_code = accounts.nominal_code
    left join postings as vat
        on
            net.company_id = vat.company_id
            and net.source_type = vat.source_type
            and net.source_id = vat.source_id
            and net.line_number + 1 = vat.line_number
            and vat.vat_box = 4
    where net.vat_box = 7
)

select * from assets
