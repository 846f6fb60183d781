{#- What changed in a closed period. Amounts are those of postings dated in it, so that the rows of an account add up to
    the difference of its balance. -#}
with changes as (
    select * from {{ ref('int_changed_postings') }}
),

seen as (
    select * from {{ ref('int_seen_since_closing') }}
    where kind = 'accounts'
),

nominal_accounts as (
    select * from {{ beside(ref('nominal_accounts')) }}
),

described as (
    select
        changes.company_id,
        changes.closed_through,
        changes.nominal_code,
        nominal_accounts.name as nominal_name,
        changes.source_type,
        changes.source_id,
        {{ named_documents('changes') }},
        changes.amount_when_closed,
        changes.amount_now,
        cast(changes.amount_now - changes.amount_when_closed as {{ money() }}) as difference,
        changes.change,
        coalesce(seen.first_seen_at, seen_invoices.first_seen_at) as first_seen_at
    from changes
    left join nominal_accounts
        on
            changes.company_id = nominal_accounts.company_id
            and changes.nominal_code = nominal_accounts.nominal_code
    {{ known_as('changes') }}
    left join seen as seen_invoices
        on
            changes.company_id = seen_invoices.company_id
            and seen_invoices.resource = 'invoices'
            and changes.settled_invoice_id = seen_invoices.record_id
)

select * from described
