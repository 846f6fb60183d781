{#- The amounts of a document by account, as text: "1100 120.00, 4000 -120.00". -#}
{% macro amounts_by_account(amount) -%}
    {{ dbt.listagg("nominal_code || ' ' || " ~ amount_text(amount), "', '", 'order by nominal_code') }}
{%- endmacro %}

{#- What happened to a document after its period was closed, as text after "was". -#}
{% macro change_text() -%}
    case
            when change <> 'moved' then change
            else 'moved from ' || {{ as_text('document_date_when_closed') }}
        end
{%- endmacro %}

{#- What a document's postings of a box add to it since it was closed. Boxes 1 and 6 are credits, 4 and 7 debits: by the
    standard scheme, as in vat_return. -#}
{% macro vat_box_effect(box) -%}
    cast(sum(case when vat_box = {{ box }} then
        {%- if box in [1, 6] %} amount_when_closed - amount_now {% else %} amount_now - amount_when_closed {% endif -%}
        else 0 end) as {{ money() }})
{%- endmacro %}

{#- The first day of the VAT quarter of a date, by the company's stagger group. -#}
{% macro vat_quarter_start(company, date) -%}
    {{ add_months(
        first_day_of_month(date),
        '(-((' ~ month_of(date) ~ ' + 12 - ' ~ stagger_group(company) ~ ') % 3))'
    ) }}
{%- endmacro %}
