{#- Postings without an amount, or on an account that they do not belong to. -#}
-- depends_on: {{ ref('touched_months') }}
with ledger_postings as (
    select * from {{ ref('ledger_postings') }}
    where {{ in_touched_months_for('ledger_findings', 'company_id', 'posting_date') }}
),

incomplete as (
    select
        company_id,
        posting_date as judged_on,
        {{ finding(
            'incomplete_posting',
            sentence(
                'Line {line} of the {kind} {id} of {date} {what}. Its {amount} is on account {account}, where it does not'
                ~ ' belong. Correct it in AccBooks, then run `accbooks sync --from {date}`.',
                line='line_number',
                kind='source_type',
                id='source_id',
                date='posting_date',
                amount=amount_text('amount'),
                account='nominal_code',
                what="case flag
                    when 'amount_missing' then 'has no amount'
                    when 'exchange_rate_missing' then 'has no exchange rate'
                    when 'nominal_code_missing' then 'has no nominal code'
                    when 'bank_account_missing'
                        then 'names the bank account ' || coalesce(" ~ as_text('bank_account_id') ~ ", 'nothing')
                            || ', which AccBooks does not list'
                    else 'cannot be posted'
                end",
            ),
            resource="source_type || 's'",
            record_id='source_id',
            period_end='posting_date',
            nominal_code='nominal_code',
            found="coalesce(flag, 'incomplete')",
        ) }}
    from ledger_postings
    where
        amount is null
        or debit is null
        or credit is null
        or nominal_code is null
        or source_type not in ('invoice', 'transaction', 'journal')
        or (
            flag <> 'invoice_missing'
            -- of a transaction without its bank account the other lines are where they belong
            and not (flag = 'bank_account_missing' and nominal_code <> '{{ var("unknown_nominal") }}')
        )
)

select * from incomplete
