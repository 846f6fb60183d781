{#- One contact in many accounts, and VAT reclaimed from a contact without a VAT number. -#}
{%- set coding, number = 'contact_in_many_accounts', 'vat_number_missing' %}
{%- set contact = 'coalesce(contact_name, contact_id)' %}
with lines as (
    select
        *,
        {{ comparable('description') }} as item
    from {{ beside(ref('invoice_lines')) }}
    where is_posted and contact_id is not null and invoice_type in ('purchase', 'purchase_credit')
),

contacts as (
    select * from {{ ref('stg_contacts') }}
),

-- two tests of a contact: the same thing in some accounts, everything in many
items as (
    select
        company_id,
        contact_id,
        contact_name,
        item,
        count(distinct nominal_code) as accounts,
        sum(base_net_amount) as amount,
        max(invoice_date) as last_date
    from lines
    where invoice_date > {{ days_ago(365) }}
    group by grouping sets ((company_id, contact_id, contact_name, item), (company_id, contact_id, contact_name))
),

many_accounts as (
    select
        company_id,
        contact_id,
        contact_name,
        max(accounts) as accounts,
        max(item) as item,
        max(amount) as amount,
        max(last_date) as last_date
    from items
    where
        accounts >= case
            when item is null then {{ threshold(coding, 'accounts') }}
            when item = '' then {{ threshold(coding, 'accounts') }}
            else {{ threshold(coding, 'accounts_of_one_item') }}
        end
    group by company_id, contact_id, contact_name
),

vat_schemes as (
    select
        *,
        lead(valid_from) over (partition by company_id order by valid_from) as next_from
    from {{ ref('stg_vat_schemes') }}
),

-- the flat rate reclaims no VAT, but for capital goods, which are not told apart here
without_number as (
    select
        lines.company_id,
        lines.contact_id,
        lines.contact_name,
        sum(lines.base_vat_amount) as amount,
        max(lines.invoice_date) as last_date
    from lines
    inner join contacts on lines.company_id = contacts.company_id and lines.contact_id = contacts.contact_id
    left join vat_schemes
        on
            lines.company_id = vat_schemes.company_id
            and vat_schemes.scheme = 'flat_rate'
            and lines.invoice_date >= vat_schemes.valid_from
            and (vat_schemes.next_from is null or lines.invoice_date < vat_schemes.next_from)
    where
        lines.invoice_date > {{ days_ago(365) }}
        and {{ comparable('contacts.vat_number') }} = ''
        and vat_schemes.scheme is null
    group by lines.company_id, lines.contact_id, lines.contact_name
    having sum(lines.base_vat_amount) >= {{ threshold(number, 'vat') }}
),

advice as (
    select
        company_id,
        {{ advice(coding, 'contact', 'contact_id', 'amount', 'last_date', sentence(
            'Purchases from {contact} are in {accounts} accounts within a year. Choose one for each kind of purchase.',
            contact=contact, accounts='accounts'
        )) }}
    from many_accounts
    union all
    select
        company_id,
        {{ advice(number, 'contact', 'contact_id', 'amount', 'last_date', sentence(
            'VAT of {amount} is reclaimed within a year from {contact}, who has no VAT number in AccBooks. Enter it from '
            ~ 'an invoice, or take the VAT out.', amount=amount_text('amount'), contact=contact
        )) }}
    from without_number
)

select * from advice
