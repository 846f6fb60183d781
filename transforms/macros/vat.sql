{#- VAT by HMRC's rules: the periods of returns, and which box a posting counts in. -#}

{#- The stagger group of a company without a setting of its own. -#}
{% macro stagger_group(company) -%}
    {%- set groups = var('vat_stagger_groups', {}) -%}
    {%- if not groups -%} {{ checked_stagger_group(var('vat_stagger_group', 1)) }}
    {%- else -%}
    case
        {%- for company_id, group in groups.items() %}
        when {{ is_company(company, company_id) }} then {{ checked_stagger_group(group) }}
        {%- endfor %}
        else {{ checked_stagger_group(var('vat_stagger_group', 1)) }}
    end
    {%- endif -%}
{%- endmacro %}

{% macro checked_stagger_group(group) -%}
    {%- if group | string not in ('1', '2', '3') -%}
        {{ exceptions.raise_compiler_error(
            'vat_stagger_group and vat_stagger_groups take 1, 2 or 3, as on the certificate of registration for VAT, not '
            ~ group ~ '.'
        ) }}
    {%- endif -%}
    {{ group | int }}
{%- endmacro %}

{#- The first day of the VAT period of a date. The quarters of stagger group 1 end in March, June, September and December,
    those of group 2 a month later, those of group 3 two; years begin with the month in which their calendar does. -#}
{% macro vat_period_start(date, setting) -%}
    greatest(
        {{ setting }}.calendar_from,
        case {{ setting }}.periods
            when 'monthly' then {{ first_day_of_month(date) }}
            when 'annual'
                then {{ add_months(
                    first_day_of_month(setting ~ '.calendar_from'),
                    '(' ~ months_after(date, setting ~ '.calendar_from') ~ ' - '
                    ~ months_after(date, setting ~ '.calendar_from') ~ ' % 12)'
                ) }}
            else {{ add_months(
                first_day_of_month(date),
                '(-((' ~ month_of(date) ~ ' + 12 - ' ~ setting ~ '.stagger) % 3))'
            ) }}
        end
    )
{%- endmacro %}

{#- The last day of the VAT period that begins on a day. -#}
{% macro vat_period_end(start, setting) -%}
    least(
        {{ setting }}.calendar_until,
        {{ dbt.last_day(
            add_months(start, "(case " ~ setting ~ ".periods when 'monthly' then 0 when 'annual' then 11 else 2 - (("
            ~ month_of(start) ~ " + 12 - " ~ setting ~ ".stagger) % 3) end)"),
            'month'
        ) }},
        {{ latest_date() }}
    )
{%- endmacro %}

{#- A VAT scheme by the name that AccBooks gives it; null where we know none of that name. -#}
{% macro known_vat_scheme(name) -%}
    case {{ name }}
        when 'standard' then 'standard'
        when 'cash' then 'cash'
        when 'cash_accounting' then 'cash'
        when 'flat_rate' then 'flat_rate'
    end
{%- endmacro %}

{% macro on_vat_accounts(nominal_code) -%}
    {{ nominal_code }} in ('{{ var("vat_on_sales") }}', '{{ var("vat_on_purchases") }}')
{%- endmacro %}

{#- What a posting is to the VAT return. A document's own VAT and net amounts are of the document; all else on the VAT
    accounts is an adjustment, unless it pays HMRC or moves what is owed. -#}
{% macro vat_kind(posting, journal) -%}
    case
        when {{ posting }}.vat_box in (1, 4) or not {{ on_vat_accounts(posting ~ '.nominal_code') }} then 'document'
        when {{ posting }}.source_type = 'invoice' then 'adjustment'
        when {{ posting }}.source_type = 'transaction' then 'payment'
        else coalesce({{ journal }}.treatment, 'adjustment')
    end
{%- endmacro %}

{#- The box a posting of this kind counts in. -#}
{% macro box_of(posting, kind) -%}
    case {{ kind }}
        when 'document' then {{ posting }}.vat_box
        when 'adjustment' then case when {{ posting }}.nominal_code = '{{ var("vat_on_sales") }}' then 1 else 4 end
    end
{%- endmacro %}

{#- Rows of postings or of their sums with kind and box, the setting of VAT on their day, and the amount as the box counts
    it. `columns` are what the rows have beside. -#}
{% macro vat_entries(relation, columns=()) -%}
with settings as (
    select * from {{ ref('int_vat_settings') }}
),

journals as (
    select * from {{ ref('int_vat_journals') }}
),

postings as (
    select * from {{ relation }}
    where vat_box is not null or {{ on_vat_accounts('nominal_code') }}
),

kinds as (
    select
        postings.*,
        {{ vat_kind('postings', 'journals') }} as kind
    from postings
    left join journals
        on
            postings.company_id = journals.company_id
            and postings.source_type = 'journal'
            and postings.source_id = journals.journal_id
),

boxes as (
    select
        kinds.*,
        {{ box_of('kinds', 'kinds.kind') }} as box
    from kinds
),

entries as (
    select
        boxes.company_id,
        boxes.posting_date,
        {{ vat_period_start('boxes.posting_date', 'settings') }} as period_start,
        boxes.nominal_code,
        boxes.source_type,
        boxes.source_id,
        {%- for column in columns %}
        boxes.{{ column }},
        {%- endfor %}
        boxes.kind,
        boxes.vat_box,
        boxes.box,
        boxes.amount as posted,
        case when boxes.box in (1, 6) then -boxes.amount else boxes.amount end as amount,
        settings.scheme,
        case
            when settings.scheme = 'flat_rate' and boxes.posting_date < settings.discount_until
                then settings.flat_rate_percent - 1
            else settings.flat_rate_percent
        end as flat_rate_percent
    from boxes
    inner join settings
        on
            boxes.company_id = settings.company_id
            and boxes.posting_date between settings.valid_from and settings.valid_to
)
{%- endmacro %}

{#- The postings that VAT returns are made of, one by one, as a subquery. A step of its own would be read by several others
    in one query, and PostgreSQL computes such a step whole, whatever is asked for. -#}
{% macro vat_postings() -%}
(
        {{ vat_entries(
            ref('ledger_postings'),
            ['posting_id', 'line_number', 'contact_id', 'description', 'vat_rate', 'document_id'],
        ) }}

        select * from entries
    ) as vat_postings
{%- endmacro %}

{#- What to know of a VAT return whose scheme nobody told us; null where it is the company's. -#}
{% macro vat_caution(named, setting, period) -%}
    case
        when {{ setting }}.is_configured and {{ setting }}.scheme_from > {{ period }}.period_start
            then 'The VAT scheme changed within the period, on ' || {{ as_text(setting ~ '.scheme_from') }}
            || ': each day counts by its own scheme.'
        when {{ setting }}.is_configured then null
        when {{ setting }}.calendar_until < {{ latest_date() }}
            then 'No setting of VAT is valid so early: these are the figures of the standard scheme.'
        when {{ named }} is null
            then 'AccBooks knows no VAT scheme of the company: these are the figures of the standard scheme.'
        when {{ known_vat_scheme(named) }} = 'cash'
            then 'AccBooks names the VAT scheme ' || {{ named }}
            || ', but not since when: these figures take it for all of the books.'
        when {{ named }} <> 'standard'
            then 'AccBooks names the VAT scheme ' || {{ named }}
            || ', and no setting says more of it: these are the figures of the standard scheme.'
    end
{%- endmacro %}

{#- Columns as texts: a union of models and nulls gives them types that differ from database to database. -#}
{% macro as_texts(relation, columns) -%}
    {%- for column in columns -%}
    {{ as_text(relation ~ '.' ~ column) }} as {{ column }}{{ ',\n        ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}
