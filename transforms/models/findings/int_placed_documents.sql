{#- The documents of companies with a gap in their months, and the run of months that each is in. -#}
with month_runs as (
    {{ runs_of_months(ref('months')) }}
),

companies_with_gaps as (
    select distinct company_id from month_runs
    where run_number > 1
),

documents as (
    select
        company_id,
        source_type,
        source_id,
        posting_date
    from {{ ref('ledger_postings') }}
    where
        {{ posts_an_amount('debit', 'credit') }}
        and company_id in (select companies_with_gaps.company_id from companies_with_gaps)
    group by company_id, source_type, source_id, posting_date
),

placed as (
    select
        documents.*,
        month_runs.run_number,
        month_runs.first_month
    from documents
    inner join month_runs
        on
            documents.company_id = month_runs.company_id
            and documents.posting_date between month_runs.first_month and month_runs.last_day
)

select * from placed
