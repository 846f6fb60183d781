{#- What the statement of a financial year makes of its documents is what the ledger moved the bank accounts by from the
    first to the last day of it, and its closing cash is what they stand at then. -#}
with measured as (
    select * from {{ ref('int_cash_of_financial_years') }}
),

compared as (
    select
        company_id,
        period_start,
        period_end,
        expected,
        -- the first of the three that is wrong, or a right one
        cast(
            case
                when expected is distinct from closing then closing
                when expected is distinct from changed then changed
                else explained
            end as {{ money() }}
        ) as found
    from measured
),

findings as (
    select
        company_id,
        period_end as judged_on,
        {{ finding(
            'cash_flow_differs',
            sentence(
                'The cash flow statement of the financial year to {date} ends in {found}, the ledger has {expected} on the'
                ~ ' bank accounts. Run `accbooks transform --full-refresh`; if it stays, report it.',
                date='period_end',
                expected=amount_text('expected'),
                found=amount_text('found'),
            ),
            resource="'cash_flow_by_financial_year'",
            period_start='period_start',
            period_end='period_end',
            expected=amount_text('expected'),
            found=amount_text('found'),
        ) }}
    from compared
    where expected is distinct from found
)

select * from findings
