{#- The VAT of closed VAT periods: what changed, and whether that adds up to the VAT return. -#}
with late_vat_limits as (
    select * from {{ beside(ref('late_vat_limits')) }}
),

compared as (
    select * from {{ ref('int_late_vat_totals') }}
),

findings as (
    select
        company_id,
        {{ finding(
            'late_vat',
            sentence(
                'VAT periods closed through {through} changed, as seen in the VAT period to {date}: net error {net}'
                ~ ' (documents: {errors}), and VAT of {late} on purchases entered late ({purchases}), which are no errors.'
                ~ ' The limit for correcting net errors on that return is {limit} (1% of box 6, {box_6}, but from 10000.00 to 50000.00).'
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
    from late_vat_limits
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
    from compared
    where expected <> found
)

select * from findings
