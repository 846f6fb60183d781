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
