{#- The lines of a VAT return add up to its boxes: the one comes from postings one by one, the other from their sums by
    day. -#}
-- depends_on: {{ ref('touched_companies') }}
with sides as (
    select
        company_id,
        period_start,
        period_end,
        box,
        amount as expected,
        0 as found
    from {{ ref('vat_return') }}
    where box in (1, 4, 6, 7) and {{ of_views_since_touched_for('vat_findings', 'company_id', 'period_end') }}
    union all
    select
        company_id,
        period_start,
        period_end,
        box,
        0 as expected,
        amount as found
    from {{ ref('vat_return_lines') }}
    where
        {{ of_views_since_touched_for('vat_findings', 'company_id', 'period_end') }}
        -- what databases need not compute, because no period is longer than a year
        and {{ of_views_since_touched_for('vat_findings', 'company_id', 'tax_date', months_earlier=12) }}
),

compared as (
    select
        company_id,
        period_start,
        period_end,
        box,
        sum(expected) as expected,
        sum(found) as found
    from sides
    group by company_id, period_start, period_end, box
),

findings as (
    select
        company_id,
        period_end as judged_on,
        {{ finding(
            'vat_lines_differ',
            sentence(
                'In the VAT period to {date} box {box} is {expected}, but its lines add up to {found}. Run `accbooks'
                ~ ' transform --full-refresh`; if it stays, report it.',
                date='period_end',
                box='box',
                expected=amount_text('expected'),
                found=amount_text('found'),
            ),
            resource="'vat_return_lines'",
            record_id="'box ' || " ~ as_text('box'),
            period_start='period_start',
            period_end='period_end',
            expected=amount_text('expected'),
            found=amount_text('found'),
        ) }}
    from compared
    where expected is distinct from found
)

select * from findings
