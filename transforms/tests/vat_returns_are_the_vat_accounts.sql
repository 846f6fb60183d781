{#- The reconciliation ends at what the trial balance says, and what it calls VAT of the return is box 5. -#}
with lines as (
    select * from {{ ref('vat_account_reconciliation') }}
    where {{ of_this_run('company_id') }}
),

-- the books may have no month at the end of a quarter, because they end or because nothing is posted for ten years
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
    where lines.line_number = 6
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
        lines.nominal_code,
        trial_balance.credit - trial_balance.debit as expected,
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
        'box 5' as nominal_code,
        vat_return.amount as expected,
        coalesce(returned.found, 0) as found
    from {{ ref('vat_return') }} as vat_return
    left join returned
        on
            vat_return.company_id = returned.company_id
            and vat_return.period_start = returned.period_start
    where vat_return.box = 5 and {{ of_this_run('vat_return.company_id') }}
)

select * from compared
where {{ differs('expected', 'found') }}
