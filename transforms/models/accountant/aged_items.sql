{#- What is open on the control accounts at each month-end: the one step of ageing that is kept, because a debt is open
    at many month-ends. What has no document, and the pennies that rounding leaves of settled foreign documents, are
    added up: one by one they would never go away. -#}
-- depends_on: {{ ref('touched_companies') }}
{{ config(
    materialized='incremental',
    incremental_strategy='replace_where',
    incremental_predicates=["{{ since_changed_debts(this ~ '.company_id', 'as_at') }}"],
    schema='accbooks_staging',
    indexes=kept_indexes([['company_id', 'as_at', 'nominal_code']])
) }}

with ledger_postings as (
    select * from {{ ref('general_ledger') }}
    where nominal_code in ('{{ var("trade_debtors") }}', '{{ var("trade_creditors") }}')
),

allocations as (
    select * from {{ ref('changed_allocations') }}
),

postings as (
    select
        company_id,
        nominal_code,
        case when document_id is null then 'unallocated' else 'document' end as kind,
        document_id,
        case when document_id is null then contact_id end as contact_id,
        posting_date,
        coalesce(amount, 0) as amount,
        coalesce(case when document_id is null then amount else amount_in_currency end, 0) as amount_in_currency
    from ledger_postings
    union all
    select
        company_id,
        nominal_code,
        kind,
        document_id,
        contact_id,
        posting_date,
        amount,
        amount_in_currency
    from allocations
    where is_current
),

last_months as (
    select
        company_id,
        max(month_start) as last_month
    from {{ ref('months') }}
    group by company_id
),

month_runs as (
    {{ runs_of_months(ref('months')) }}
),

-- what was open before the months to be computed begin is taken in as of the first of them
first_months as (
    {%- if is_incremental() and not var('everything', false) %}
    select
        changes.company_id,
        min(changes.first_month) as first_month
    from (
        select
            touched.company_id,
            touched.touched_from as first_month
        from {{ ref('touched_companies') }} as touched
        where touched.touched_from is not null
        union all
        select
            allocations.company_id,
            {{ first_day_of_month('allocations.posting_date') }} as first_month
        from allocations
        where allocations.is_changed
    ) as changes
    group by changes.company_id
    {%- else %}
    select
        last_months.company_id,
        {{ earliest_date() }} as first_month
    from last_months
    {%- if is_incremental() %}
    where {{ of_this_run('last_months.company_id') }}
    {%- endif %}
    {%- endif %}
),

control_postings as (
    select
        postings.company_id,
        postings.nominal_code,
        postings.kind,
        postings.document_id,
        postings.contact_id,
        greatest({{ first_day_of_month('postings.posting_date') }}, first_months.first_month) as month_start,
        postings.amount,
        postings.amount_in_currency
    from postings
    inner join first_months on postings.company_id = first_months.company_id
),

movements as (
    select
        control_postings.company_id,
        control_postings.nominal_code,
        control_postings.kind,
        control_postings.document_id,
        control_postings.contact_id,
        control_postings.month_start,
        sum(control_postings.amount) as amount,
        sum(control_postings.amount_in_currency) as amount_in_currency
    from control_postings
    group by
        control_postings.company_id,
        control_postings.nominal_code,
        control_postings.kind,
        control_postings.document_id,
        control_postings.contact_id,
        control_postings.month_start
    -- what moves nothing ends no stretch: most documents were settled before the first month
    having sum(control_postings.amount) <> 0 or sum(control_postings.amount_in_currency) <> 0
),

balances as (
    select
        company_id,
        nominal_code,
        kind,
        document_id,
        contact_id,
        month_start,
        sum(amount) over (
            partition by company_id, nominal_code, kind, document_id, contact_id
            order by month_start
            rows between unbounded preceding and current row
        ) as outstanding,
        sum(amount_in_currency) over (
            partition by company_id, nominal_code, kind, document_id, contact_id
            order by month_start
            rows between unbounded preceding and current row
        ) as outstanding_in_currency,
        max(month_start) over (
            partition by company_id, nominal_code, kind, document_id, contact_id
            order by month_start
            rows between 1 following and 1 following
        ) as next_month
    from movements
),

stretches as (
    select
        balances.company_id,
        balances.nominal_code,
        case
            when balances.kind = 'document' and balances.outstanding_in_currency = 0 then 'rounding'
            else balances.kind
        end as kind,
        case when balances.outstanding_in_currency <> 0 then balances.document_id end as document_id,
        balances.contact_id,
        balances.month_start,
        case
            when balances.next_month is null then last_months.last_month
            else {{ add_months('balances.next_month', '-1') }}
        end as last_month,
        balances.outstanding as amount,
        balances.outstanding_in_currency as amount_in_currency
    from balances
    inner join last_months on balances.company_id = last_months.company_id
    where balances.outstanding <> 0 or balances.outstanding_in_currency <> 0
),

-- months that are left out have no ends
runs as (
    select
        stretches.*,
        greatest(stretches.month_start, month_runs.first_month) as first_month,
        {{ months_after(
            'least(stretches.last_month, month_runs.last_month)',
            'greatest(stretches.month_start, month_runs.first_month)'
        ) }} as further_months
    from stretches
    inner join month_runs
        on
            stretches.company_id = month_runs.company_id
            and stretches.month_start <= month_runs.last_month
            and stretches.last_month >= month_runs.first_month
),

month_ends as (
    select
        runs.*,
        {{ dbt.last_day(add_months('runs.first_month', number_of('numbers')), 'month') }} as as_at
    from runs
    {{ with_numbers('0', 'runs.further_months', 'numbers') }}
),

items as (
    select
        company_id,
        as_at,
        nominal_code,
        kind,
        document_id,
        contact_id,
        cast(sum(amount) as {{ money() }}) as outstanding,
        cast(sum(amount_in_currency) as {{ money() }}) as outstanding_in_currency
    from month_ends
    group by company_id, as_at, nominal_code, kind, document_id, contact_id
    having sum(amount) <> 0 or sum(amount_in_currency) <> 0
)

select * from items
{%- if is_incremental() %}
where {{ since_changed_debts('items.company_id', 'items.as_at') }}
{%- endif %}
