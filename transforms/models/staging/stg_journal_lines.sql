with raw_journal_lines as (
    select * from {{ source('accbooks_raw', 'journal_lines') }}
),

renamed as (
    select
        {{ as_text('company_id') }} as company_id,
        {{ as_text('journal_id') }} as journal_id,
        cast(line_number as integer) as line_number,
        date as journal_date,
        nominal_code,
        description,
        cast(debit as decimal(18, 2)) as debit,
        cast(credit as decimal(18, 2)) as credit,
        extra,
        row_hash,
        _dlt_load_id as load_id
    from raw_journal_lines
)

select * from renamed
