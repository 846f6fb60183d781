{#- What is on the VAT accounts and in no return, and what no record tells: to be looked at, not guessed. -#}
with periods as (
    select * from {{ beside(ref('vat_periods')) }}
),


postings as (
    select * from {{ ref('int_vat_postings') }}
),

accounts as (
    select * from {{ beside(ref('nominal_accounts')) }}
),

journals as (
    select * from {{ ref('int_vat_journals') }}
    where is_reverse_charge
),

flat_rate as (
    select * from {{ ref('int_vat_limited_cost') }}
),

notes as (
    select
        company_id, period_start, posting_id as note_id,
        case when kind = 'adjustment' then 'not in the flat rate' else kind end as kind,
        posting_date, source_type, source_id, nominal_code, -posted as amount,
        case kind
            when 'payment' then 'Money on a VAT account, as paid to HMRC or by HMRC. It is in no box.'
            when 'opening' then 'A balance brought in by an opening journal. It is in no box.'
            when 'transfer' then 'A journal that moves what is owed to HMRC to another account. It is in no box.'
            else 'A journal or line on a VAT account, which the flat rate does not count. It is in no box.'
        end as note
    from postings
    where kind in ('payment', 'opening', 'transfer') or (kind = 'adjustment' and scheme = 'flat_rate')
    union all
    select
        postings.company_id, postings.period_start, postings.posting_id as note_id, 'reverse charge' as kind,
        postings.posting_date, postings.source_type, postings.source_id, postings.nominal_code,
        -postings.posted as amount,
        'A reverse charge or postponed import VAT is in boxes 1 and 4. AccBooks does not tell the net amount: add it to'
        || ' box 7, and to box 6 if it is for services from abroad.' as note
    from postings
    inner join journals
        on
            postings.company_id = journals.company_id
            and postings.source_type = 'journal'
            and postings.source_id = journals.journal_id
            and postings.box = 1
    where postings.scheme <> 'flat_rate'
    union all
    select
        postings.company_id, postings.period_start, postings.posting_id as note_id, 'asset sold' as kind,
        postings.posting_date, postings.source_type, postings.source_id, postings.nominal_code,
        -postings.posted as amount,
        'An asset was sold, and is in the turnover. If you reclaimed VAT on it, its VAT is due at its own rate instead.'
        as note
    from postings
    inner join accounts
        on
            postings.company_id = accounts.company_id
            and postings.nominal_code = accounts.nominal_code
            and accounts.category = 'fixed_assets'
    where postings.scheme = 'flat_rate' and postings.vat_box = 6
    union all
    select
        company_id, period_start, 'limited cost:' || {{ as_text('period_start') }} as note_id, 'limited cost' as kind,
        period_end as posting_date, {{ as_text('null') }} as source_type, {{ as_text('null') }} as source_id,
        {{ as_text('null') }} as nominal_code, purchases as amount, note
    from flat_rate
    union all
    select * from {{ ref('int_vat_unknown_payments') }}
)

select
    notes.period_start,
    periods.period_end,
    notes.posting_date,
    {%- for column in ['company_id', 'note_id', 'kind', 'source_type', 'source_id', 'nominal_code', 'note'] %}
    {{ as_text('notes.' ~ column) }} as {{ column }},
    {%- endfor %}
    cast(notes.amount as {{ money() }}) as amount
from notes
inner join periods
    on
        notes.company_id = periods.company_id
        and notes.period_start = periods.period_start
