with general_ledger as (
    select * from {{ beside(ref('general_ledger')) }}
),

lines as (
    select
        company_id,
        posting_id,
        posting_date,
        nominal_code,
        nominal_name,
        category,
        contact_name,
        source_type,
        source_id,
        line_number,
        document_number,
        description,
        debit,
        credit,
        -- by range, so that postings of one line, which there are if somebody doubled rows, have one balance
        cast(sum(amount) over (
            partition by company_id, nominal_code
            order by posting_date, source_type, source_id, line_number
            range between unbounded preceding and current row
        ) as {{ money() }}) as running_balance
    from general_ledger
)

select * from lines
