{#- The reconciliation of the VAT accounts ends at what the trial balance says, and what it calls VAT of the return is
    box 5. -#}
with compared as (
    select * from {{ ref('int_vat_account_balances') }}
),

findings as (
    select
        company_id,
        period_end as judged_on,
        {{ finding(
            'vat_accounts_differ',
            sentence(
                'In the VAT period to {date} {subject} is {expected}, but the reconciliation of the VAT accounts ends in'
                ~ ' {found}. Run `accbooks transform --full-refresh`; if it stays, report it.',
                date='period_end',
                subject='subject',
                expected=amount_text('expected'),
                found=amount_text('found'),
            ),
            resource="'vat_account_reconciliation'",
            record_id='subject',
            period_start='period_start',
            period_end='period_end',
            nominal_code='nominal_code',
            expected=amount_text('expected'),
            found=amount_text('found'),
        ) }}
    from compared
    where expected is distinct from found
)

select * from findings
