{#- Under cash accounting, what the returns counted of invoices beside what the open documents, which are those of the
    control accounts, leave paid of them. -#}
-- depends_on: {{ ref('touched_companies') }}
with capped as (
    select * from {{ ref('int_vat_cash_paid') }}
),

ends as (
    select distinct
        company_id,
        period_end
    from capped
),

expected as (
    select
        capped.company_id,
        capped.period_end,
        postings.vat_box as box,
        sum(
            case when postings.vat_box in (1, 6) then -1 else 1 end
            * case
                when capped.whole = 0 then capped.part * postings.amount
                else {{ share_of('postings.amount', 'capped.paid', 'capped.whole') }}
            end
        ) as amount
    from capped
    inner join {{ ref('ledger_postings') }} as postings
        on
            capped.company_id = postings.company_id
            and postings.source_type = 'invoice'
            and capped.document_id = postings.source_id
    where
        postings.vat_box in (1, 4)
        or (postings.vat_box in (6, 7) and not {{ on_vat_accounts('postings.nominal_code') }})
    group by capped.company_id, capped.period_end, postings.vat_box
),

found as (
    select
        ends.company_id,
        ends.period_end,
        lines.box,
        sum(lines.amount) as amount
    from ends
    inner join {{ ref('vat_return_lines') }} as lines
        on
            ends.company_id = lines.company_id
            and ends.period_end >= lines.period_end
    where lines.kind in ('payment', 'allocation', 'scheme left', 'nothing to pay')
    group by ends.company_id, ends.period_end, lines.box
),

compared as (
    select
        coalesce(expected.company_id, found.company_id) as company_id,
        coalesce(expected.period_end, found.period_end) as period_end,
        coalesce(expected.box, found.box) as box,
        coalesce(expected.amount, 0) as expected,
        coalesce(found.amount, 0) as found
    from expected
    full outer join found
        on
            expected.company_id = found.company_id
            and expected.period_end = found.period_end
            and expected.box = found.box
)

select * from compared
