{#- From one balance of the VAT accounts to the next: what the return says, and what else was posted there, which is no
    VAT of the quarter: payments to HMRC, refunds, journals that move a quarter's VAT elsewhere or correct it. -#}
{%- set lines = [
    (1, 'Opening balance', 'closing - vat_of_the_return - payments - journals - documents'),
    (2, 'VAT of the return', 'vat_of_the_return'),
    (3, 'Payments and refunds posted to the account', 'payments'),
    (4, 'Journals', 'journals'),
    (5, 'Invoices and credit notes with a line on the account', 'documents'),
    (6, 'Closing balance', 'closing'),
] %}

with postings as (
    select
        vat_movements.company_id,
        {{ vat_quarter_start('vat_movements.company_id', 'vat_movements.month_start') }} as period_start,
        vat_movements.nominal_code,
        -vat_movements.amount as amount,
        case
            when vat_movements.vat_box in (1, 4) then 'return'
            else vat_movements.source_type
        end as reason
    from {{ ref('vat_movements') }} as vat_movements
    where vat_movements.nominal_code in ('{{ var("vat_on_sales") }}', '{{ var("vat_on_purchases") }}')
),

months as (
    select * from {{ beside(ref('months')) }}
),

accounts as (
    select
        company_id,
        nominal_code,
        min(period_start) as first_period_start
    from postings
    group by company_id, nominal_code
),

quarters as (
    select distinct
        months.company_id,
        accounts.nominal_code,
        {{ vat_quarter_start('months.company_id', 'months.month_start') }} as period_start
    from months
    inner join accounts on months.company_id = accounts.company_id
    where {{ dbt.last_day('months.month_start', 'month') }} >= accounts.first_period_start
),

movements as (
    select
        quarters.company_id,
        quarters.nominal_code,
        quarters.period_start,
        sum(case when postings.reason = 'return' then postings.amount else 0 end) as vat_of_the_return,
        sum(case when postings.reason = 'transaction' then postings.amount else 0 end) as payments,
        sum(case when postings.reason = 'journal' then postings.amount else 0 end) as journals,
        sum(case when postings.reason = 'invoice' then postings.amount else 0 end) as documents,
        sum(coalesce(postings.amount, 0)) as amount
    from quarters
    left join postings
        on
            quarters.company_id = postings.company_id
            and quarters.nominal_code = postings.nominal_code
            and quarters.period_start = postings.period_start
    group by quarters.company_id, quarters.nominal_code, quarters.period_start
),

balances as (
    select
        movements.*,
        least({{ dbt.last_day(add_months('movements.period_start', '2'), 'month') }}, {{ latest_date() }})
            as period_end,
        sum(movements.amount) over (
            partition by movements.company_id, movements.nominal_code
            order by movements.period_start
            rows between unbounded preceding and current row
        ) as closing
    from movements
),

reconciled as (
    {%- for number, line, amount in lines %}
    select
        company_id,
        period_start,
        period_end,
        nominal_code,
        {{ number }} as line_number,
        '{{ line }}' as line,
        cast({{ amount }} as {{ money() }}) as amount,
        {{ period_status('period_start', 'period_end') }} as period_status
    from balances
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
)

select * from reconciled
