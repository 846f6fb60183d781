{#- What changed in closed periods: documents, one finding each, whatever the number of accounts; the VAT of closed VAT
    periods; and what does not add up to the reports. The view of all findings reads what the pipeline stored of this: to
    plan it takes longer than all other checks, and most companies have closed nothing. -#}
{{ config(materialized='view') }}

with changes as (
    select * from {{ beside(ref('prior_period_changes')) }}
),

documents as (
    select
        company_id,
        closed_through,
        source_type,
        source_id,
        change,
        document_date,
        document_date_when_closed,
        max(document_number) as document_number,
        cast(sum(case when difference > 0 then difference else 0 end) as {{ money() }}) as amount,
        {{ amounts_by_account('amount_when_closed') }} as amounts_when_closed,
        {{ amounts_by_account('amount_now') }} as amounts_now,
        {{ amounts_by_account('difference') }} as differences
    from changes
    group by
        company_id,
        closed_through,
        source_type,
        source_id,
        change,
        document_date,
        document_date_when_closed
),

findings as (
    select
        company_id,
        {{ finding(
            'prior_period_change',
            sentence(
                '{noun} {document} of {date} was {change}, by {amount} ({accounts}), after the books were closed through'
                ~ ' {through}. Correct it in AccBooks, or reopen and close the period again to accept it.',
                noun=record_noun("source_type || 's'"),
                document=record_text('source_id', 'document_number'),
                date='document_date',
                change=change_text(),
                through='closed_through',
                amount=amount_text('amount'),
                accounts='differences',
            ),
            resource="source_type || 's'",
            record_id='source_id',
            period_end='document_date',
            expected='amounts_when_closed',
            found='amounts_now',
        ) }}
    from documents
    union all
    select
        company_id,
        {{ finding(
            'late_vat',
            sentence(
                'VAT periods closed through {through} changed: net error {net} in {errors} documents seen in the quarter to'
                ~ ' {date}, and VAT of {late} on {purchases} purchases entered late, which are no errors. The limit for'
                ~ ' correcting net errors on that return is {limit} (1% of box 6, {box_6}, but from 10000.00 to 50000.00).'
                ~ ' Careless errors may have to be notified below it: see late_vat and VAT Notice 700/45.',
                through='closed_through',
                net='net_error',
                errors='errors',
                date='period_end',
                late='vat_on_late_purchases',
                purchases='late_purchases',
                limit='limit_amount',
                box_6='box_6',
            ),
            resource="'late_vat'",
            period_start='period_start',
            period_end='period_end',
            expected=amount_text('limit_amount'),
            found=amount_text('net_error'),
        ) }}
    from {{ beside(ref('late_vat_limits')) }}
    union all
    select
        company_id,
        {{ finding(
            'closed_balances_differ',
            sentence(
                'Account {account} was closed through {date} with what is {found} today, changes since included, but its line'
                ~ ' in the trial balance is {expected}. Run `accbooks transform --full-refresh`; if it stays, report it.',
                account='nominal_code',
                date='closed_through',
                expected=amount_text('expected'),
                found=amount_text('found'),
            ),
            resource="'closed_balances'",
            period_end='closed_through',
            nominal_code='nominal_code',
            expected=amount_text('expected'),
            found=amount_text('found'),
        ) }}
    from {{ ref('int_closed_balance_totals') }}
    where expected <> found
    union all
    select
        company_id,
        {{ finding(
            'late_vat_differs',
            sentence(
                'Box {box} of all VAT returns through {date} adds up to {expected}, but what was closed, changes since'
                ~ ' included, to {found}. Run `accbooks transform --full-refresh`; if it stays, report it.',
                box='box',
                date='closed_through',
                expected=amount_text('expected'),
                found=amount_text('found'),
            ),
            resource="'late_vat'",
            record_id="'box ' || " ~ as_text('box'),
            period_end='closed_through',
            expected=amount_text('expected'),
            found=amount_text('found'),
        ) }}
    from {{ ref('int_late_vat_totals') }}
    where expected <> found
)

select
    {{ finding_columns() }}
from findings
