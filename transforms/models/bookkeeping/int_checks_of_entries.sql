{#- When entries were made and for which date: bills of days to come, journals entered on weekends where nobody else
    enters any, entries long after their date. What was entered in the first months of the books, or many on one day,
    was brought over from elsewhere. -#}
{%- set future, weekend, backdated = 'future_bill', 'weekend_journal', 'backdated_entry' %}
{%- set entry = "upper(substring(kind, 1, 1)) || substring(kind, 2) || ' ' || id" %}
with records as (
    {%- for kind in ('invoice', 'transaction', 'journal') %}
    select
        company_id,
        '{{ kind }}' as kind,
        {{ kind }}_id as id,
        {{ kind }}_type as type,
        created_at
    from {{ ref('stg_' ~ kind ~ 's') }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

posted as (
    select
        company_id,
        source_type as kind,
        source_id as id,
        min(posting_date) as date,
        sum(debit) as amount
    from {{ ref('ledger_postings') }}
    group by company_id, source_type, source_id
),

entries as (
    select
        records.company_id,
        records.kind,
        records.id,
        records.type,
        posted.date,
        posted.amount,
        {{ day_of('records.created_at') }} as entered_on,
        min({{ day_of('records.created_at') }}) over (partition by records.company_id) as first_entered_on
    from records
    inner join posted
        on records.company_id = posted.company_id and records.kind = posted.kind and records.id = posted.id
),

late as (
    select
        *,
        count(*) over (partition by company_id, entered_on) as entered_together
    from entries
    where
        entered_on - date > {{ threshold(backdated, 'days') }}
        and entered_on - first_entered_on > {{ threshold(backdated, 'days') }}
        and entered_on > {{ days_ago(365) }}
        and type <> 'opening'
),

journals as (
    select
        *,
        count(*) over (partition by company_id) as journals,
        sum(case when {{ is_weekend('entered_on') }} then 1 else 0 end) over (partition by company_id) as on_weekends
    from entries
    where kind = 'journal' and type = 'manual' and entered_on > {{ days_ago(730) }}
),

advice as (
    select
        company_id,
        {{ advice(future, 'invoice', 'id', 'amount', 'date', sentence(
            'Bill {id} is dated {day}, which is still to come. Check the date: it is in the ledger on that day.',
            id='id', day='date'
        )) }}
    from entries
    where kind = 'invoice' and type = 'purchase' and date > {{ day_of_reading() }}
    union all
    select
        company_id,
        {{ advice(weekend, 'journal', 'id', 'amount', 'entered_on', sentence(
            'Journal {id} was entered on {day}, a weekend, when nearly no journal of these books is. Ask who did it.',
            id='id', day='entered_on'
        )) }}
    from journals
    where
        {{ is_weekend('entered_on') }} and entered_on > {{ days_ago(365) }}
        and journals >= {{ threshold(weekend, 'journals') }}
        and on_weekends <= {{ threshold(weekend, 'share') }} * journals
    union all
    select
        company_id,
        {{ advice(backdated, 'document', 'id', 'amount', 'date', sentence(
            '{entry} was entered on {entered}, {days} days after its date {day}. Check that the period is not closed.',
            entry=entry, entered='entered_on', days='entered_on - date', day='date'
        )) }}
    from late
    where entered_together <= {{ threshold(backdated, 'together') }}
)

select * from advice
