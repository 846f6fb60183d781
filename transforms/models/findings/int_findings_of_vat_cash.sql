-- depends_on: {{ ref('touched_companies') }}
with compared as (
    select * from {{ ref('int_vat_cash_balances') }}
    where {{ since_touched_for('vat_findings', 'company_id', 'period_end') }}
),

findings as (
    select
        company_id,
        period_end as judged_on,
        {{ finding(
            'vat_paid_differs',
            sentence(
                'Under cash accounting box {box} counted {found} of invoices until {date}, but by the open documents'
                ~ ' {expected} of it is paid. Run `accbooks transform --full-refresh`; if it stays, report it.',
                date='period_end',
                box='box',
                expected=amount_text('expected'),
                found=amount_text('found'),
            ),
            resource="'vat_return_lines'",
            record_id="'box ' || " ~ as_text('box'),
            period_end='period_end',
            expected=amount_text('expected'),
            found=amount_text('found'),
        ) }}
    from compared
    where expected is distinct from found
)

select * from findings
