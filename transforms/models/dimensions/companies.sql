with company as (
    select * from {{ ref('stg_company') }}
),

companies as (
    select
        company_id,
        company_name as name,
        company_number,
        vat_number,
        vat_scheme,
        base_currency,
        financial_year_end,
        books_start_date,
        plan
    from company
)

select * from companies
