{#- The reconciliation of the VAT accounts beside the trial balance, and beside box 5. -#}
-- depends_on: {{ ref('touched_companies') }}
with lines as (
    select * from {{ ref('vat_account_reconciliation') }}
    where {{ since_touched_for('vat_findings', 'company_id', 'period_end') }}
),

-- the books may have no month at the end of a quarter, because they end or because nothing is posted for ten years;
-- a period that ends within a month, because another setting begins, has no trial balance of its last day
last_days as (
    select
        lines.company_id,
        lines.period_start,
        max(months.month_end) as last_day
    from lines
    inner join {{ ref('months') }} as months
        on
            lines.company_id = months.company_id
            and lines.period_end >= months.month_end
    where
        lines.line_number = 6
        and lines.period_end = {{ dbt.last_day('lines.period_end', 'month') }}
    group by lines.company_id, lines.period_start
),

returned as (
    select
        company_id,
        period_start,
        sum(amount) as found
    from lines
    where line_number = 2
    group by company_id, period_start
),

compared as (
    select
        lines.company_id,
        lines.period_start,
        lines.period_end,
        lines.nominal_code,
        'account ' || lines.nominal_code as subject,
        -- an account that nothing was ever posted to is in no trial balance
        coalesce(trial_balance.credit - trial_balance.debit, 0) as expected,
        lines.amount as found
    from lines
    inner join last_days
        on
            lines.company_id = last_days.company_id
            and lines.period_start = last_days.period_start
    left join {{ ref('trial_balance') }} as trial_balance
        on
            lines.company_id = trial_balance.company_id
            and lines.nominal_code = trial_balance.nominal_code
            and last_days.last_day = trial_balance.as_at
    where lines.line_number = 6
    union all
    select
        vat_return.company_id,
        vat_return.period_start,
        vat_return.period_end,
        {{ as_text('null') }} as nominal_code,
        'box 5' as subject,
        vat_return.amount as expected,
        coalesce(returned.found, 0) as found
    from {{ ref('vat_return') }} as vat_return
    inner join {{ ref('vat_periods') }} as vat_periods
        on
            vat_return.company_id = vat_periods.company_id
            and vat_return.period_start = vat_periods.period_start
    left join returned
        on
            vat_return.company_id = returned.company_id
            and vat_return.period_start = returned.period_start
    where
        vat_return.box = 5
        -- under another scheme what is declared is not what documents post
        and vat_periods.is_standard
        and {{ since_touched_for('vat_findings', 'vat_return.company_id', 'vat_return.period_end') }}
)

select * from compared
