{#- What the statements make of profit and balance sheet, or of the documents of a financial year, added to the opening
    cash, is what all bank accounts stand at. -#}
with statements as (
    select
        company_id,
        'cash_flow' as resource,
        'month' as length,
        {{ first_day_of_month('period_end') }} as period_start,
        period_end,
        expected,
        explained,
        changed,
        closing,
        'the bank accounts stand at ' || {{ amount_text('expected') }} || ' in the trial balance' as evidence
    from {{ ref('int_cash_of_months') }}
    union all
    select
        company_id,
        'cash_flow_by_financial_year' as resource,
        'financial year' as length,
        period_start,
        period_end,
        expected,
        explained,
        changed,
        closing,
        'the ledger has ' || {{ amount_text('expected') }} || ' on the bank accounts' as evidence
    from {{ ref('int_cash_of_financial_years') }}
),

compared as (
    select
        statements.*,
        -- the first of the three that is wrong, or a right one
        cast(
            case
                when statements.expected is distinct from statements.closing then statements.closing
                when statements.expected is distinct from statements.changed then statements.changed
                else statements.explained
            end as {{ money() }}
        ) as found
    from statements
),

findings as (
    select
        company_id,
        period_end as judged_on,
        {{ finding(
            'cash_flow_differs',
            sentence(
                'The cash flow statement of the {length} to {date} ends in {found}, {evidence}. Run `accbooks transform'
                ~ ' --full-refresh`; if it stays, report it.',
                length='length',
                date='period_end',
                found=amount_text('found'),
                evidence='evidence',
            ),
            resource='resource',
            period_start='period_start',
            period_end='period_end',
            expected=amount_text('expected'),
            found=amount_text('found'),
        ) }}
    from compared
    where expected is distinct from found
)

select * from findings
