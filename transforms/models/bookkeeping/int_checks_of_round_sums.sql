{#- Round sums that are journalled just before a year end, and in no other month. -#}
{%- set check = 'round_sum_journal' %}
{%- set multiple = threshold(check, 'multiple') %}
{%- set message = sentence(
    'Journal {id} of {day} posts the round sum {amount} shortly before the year end {year_end}. Check what it is for.',
    id='source_id', day='date', amount=amount_text('amount'), year_end='year_end'
) %}
with postings as (
    select * from {{ ref('ledger_postings') }}
    where source_type = 'journal' and debit >= {{ multiple }}
),

journals as (
    select * from {{ ref('stg_journals') }}
    where journal_type = 'manual'
),

financial_years as (
    select * from {{ beside(ref('financial_years')) }}
    where is_year_end_known and financial_year_end < {{ day_of_reading() }}
),

journalled as (
    select
        postings.company_id,
        postings.source_id,
        postings.posting_date,
        postings.debit,
        count(*) over (partition by postings.company_id, postings.nominal_code, postings.debit) as times
    from postings
    inner join journals on postings.company_id = journals.company_id and postings.source_id = journals.journal_id
),

round_sums as (
    select
        journalled.company_id,
        journalled.source_id,
        max(journalled.posting_date) as date,
        max(financial_years.financial_year_end) as year_end,
        sum(journalled.debit) as amount
    from journalled
    inner join financial_years
        on
            journalled.company_id = financial_years.company_id
            and journalled.posting_date <= financial_years.financial_year_end
            and journalled.posting_date > financial_years.financial_year_end - {{ threshold(check, 'days') }}
    where
        journalled.times = 1 and mod(journalled.debit, {{ multiple }}) = 0
        and journalled.posting_date > {{ days_ago(550) }}
    group by journalled.company_id, journalled.source_id
),

advice as (
    select
        company_id,
        {{ advice(check, 'journal', 'source_id', 'amount', 'date', message) }}
    from round_sums
)

select * from advice
