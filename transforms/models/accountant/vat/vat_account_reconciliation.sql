{#- From one balance of the VAT accounts to the next: what the return says, and what else was posted there, which is no
    VAT of the quarter: payments to HMRC, refunds, journals that move a period's VAT elsewhere. -#}
{%- set lines = [
    (1, 'Opening balance', 'closing - vat_of_the_return - payments - journals - documents'),
    (2, 'VAT of the return', 'vat_of_the_return'),
    (3, 'Payments and refunds posted to the account', 'payments'),
    (4, 'Journals', 'journals'),
    (5, 'Invoices and credit notes with a line on the account', 'documents'),
    (6, 'Closing balance', 'closing'),
] %}
with movements as (
    select * from {{ ref('int_vat_account_movements') }}
),

balances as (
    select
        movements.*,
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
        {% if number == 2 -%}
        case when is_standard then '{{ line }}' else 'VAT of documents by their dates' end as line,
        {%- else -%}
        '{{ line }}' as line,
        {%- endif %}
        cast({{ amount }} as {{ money() }}) as amount,
        {{ period_status('period_start', 'period_end') }} as period_status
    from balances
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
)

select * from reconciled
