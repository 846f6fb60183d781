{#- Months, quarters and years to date are those of the profit and loss, and so are those of a year before. -#}
with sides as (
    select * from {{ ref('int_comparative_months') }}
    union all
    select * from {{ ref('int_comparative_years') }}
),

compared as (
    select
        company_id,
        measure,
        period_start,
        nominal_code,
        sum(expected) as expected,
        sum(found) as found
    from sides
    group by company_id, measure, period_start, nominal_code
),

findings as (
    select
        company_id,
        {{ finding(
            'comparatives_differ',
            sentence(
                'The {measure} from {date} of account {account} is {found} in the comparative profit and loss and {expected}'
                ~ ' in the profit and loss. Run `accbooks transform --full-refresh`; if it stays, report it.',
                measure='measure',
                date='period_start',
                account='nominal_code',
                expected=amount_text('expected'),
                found=amount_text('found'),
            ),
            resource='measure',
            report="'profit_loss'",
            period_start='period_start',
            nominal_code='nominal_code',
            expected=amount_text('expected'),
            found=amount_text('found'),
        ) }}
    from compared
    where expected <> found
)

select * from findings
