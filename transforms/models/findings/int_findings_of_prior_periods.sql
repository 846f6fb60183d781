{#- Documents that changed in a closed period, one finding each, whatever the number of accounts. -#}
with changes as (
    select * from {{ beside(ref('prior_period_changes')) }}
),

documents as (
    select
        company_id,
        closed_through,
        source_type || 's' as resource,
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
                noun=record_noun('resource'),
                document=record_text('source_id', 'document_number'),
                date='document_date',
                change=change_text(),
                through='closed_through',
                amount=amount_text('amount'),
                accounts='differences',
            ),
            resource='resource',
            record_id='source_id',
            period_end='document_date',
            expected='amounts_when_closed',
            found='amounts_now',
        ) }}
    from documents
)

select * from findings
