-- depends_on: {{ ref('touched_months') }}
with journals as (
    select * from {{ ref('stg_journals') }}
),

journal_lines as (
    select * from {{ ref('stg_journal_lines') }}
    where {{ not_left_out('company_id') }}
),

postings as (
    select
        journals.company_id,
        journals.journal_id,
        journal_lines.line_number,
        coalesce(journal_lines.nominal_code, '{{ var("unknown_nominal") }}') as nominal_code,
        -- a line usually fills one side only
        coalesce(journal_lines.debit, 0) as debit,
        coalesce(journal_lines.credit, 0) as credit,
        {{ as_text('null') }} as document_id,
        cast(null as bigint) as bank_account_id,
        {{ as_text('null') }} as currency,
        cast(null as {{ money() }}) as amount_in_currency,
        {{ as_text('null') }} as vat_rate,
        cast(null as integer) as vat_box,
        journals.journal_date,
        {{ as_text('null') }} as contact_id,
        coalesce(journal_lines.description, journals.description) as description,
        case when journal_lines.nominal_code is null then 'nominal_code_missing' end as flag
    from journals
    inner join journal_lines
        on
            journals.company_id = journal_lines.company_id
            and journals.journal_id = journal_lines.journal_id
    where {{ in_touched_months_for('ledger_postings', 'journals.company_id', 'journals.journal_date') }}
)

select * from postings
