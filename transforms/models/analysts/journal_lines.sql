with stg_journals as (
    select * from {{ ref('stg_journals') }}
),

stg_journal_lines as (
    select * from {{ ref('stg_journal_lines') }}
),

nominal_accounts as (
    select * from {{ beside(ref('nominal_accounts')) }}
),

journal_lines as (
    select
        company_id,
        journal_id,
        lines.line_number,
        lines.journal_date,
        journals.journal_type,
        {{ 'true' if 'journal' in var('ledger_sources') else 'false' }} as is_posted,
        journals.reference,
        coalesce(lines.description, journals.description) as description,
        nominal_code,
        nominal_accounts.name as nominal_name,
        nominal_accounts.category,
        cast(coalesce(lines.debit, 0) as {{ money() }}) as debit,
        cast(coalesce(lines.credit, 0) as {{ money() }}) as credit,
        cast(coalesce(lines.debit, 0) - coalesce(lines.credit, 0) as {{ money() }}) as amount,
        {% if 'journal' in var('ledger_sources') -%}
        {{ posting_id('journal', 'company_id', 'journal_id', 'lines.line_number') }}
        {%- else -%} {{ as_text('null') }} {%- endif %} as posting_id
    from stg_journal_lines as lines
    inner join stg_journals as journals using (company_id, journal_id)
    left join nominal_accounts using (company_id, nominal_code)
)

select * from journal_lines
