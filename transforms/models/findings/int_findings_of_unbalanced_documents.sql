{#- Documents whose debits are not their credits. -#}
-- depends_on: {{ ref('touched_months') }}
with ledger_postings as (
    select * from {{ ref('ledger_postings') }}
    where {{ in_touched_months_for('ledger_findings', 'company_id', 'posting_date') }}
),

documents as (
    select
        company_id,
        source_type,
        source_id,
        min(posting_date) as posting_date,
        sum(debit) as debit,
        sum(credit) as credit
    from ledger_postings
    group by company_id, source_type, source_id
),

unbalanced as (
    select
        company_id,
        posting_date as judged_on,
        {{ finding(
            'document_does_not_balance',
            sentence(
                'The {kind} {id} of {date} does not balance: its debits are {debit}, its credits {credit}.'
                ~ ' Correct it in AccBooks, then run `accbooks sync --from {date}`.',
                kind='source_type',
                id='source_id',
                date='posting_date',
                debit=amount_text('debit'),
                credit=amount_text('credit'),
            ),
            resource="source_type || 's'",
            record_id='source_id',
            period_end='posting_date',
            expected=amount_text('debit'),
            found=amount_text('credit'),
        ) }}
    from documents
    where debit is distinct from credit
)

select * from unbalanced
