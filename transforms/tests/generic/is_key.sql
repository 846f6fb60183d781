{#- The columns name a row: together they never repeat, and none is null unless `nullable` lists it. Where `date` names
    a column, only the keys of the months touched since the tests last passed are looked at, but those everywhere. -#}
{% test is_key(model, columns, nullable=[], date=none) %}
with keys as (
    select {{ columns | join(', ') }}
    from {{ model }}
    {%- if date %}
    where {{ in_unchecked_months('company_id', date) }}
    {%- endif %}
),
{% if date %}
rows_of_keys as (
    select rows_of_model.{{ columns | join(', rows_of_model.') }}
    from {{ model }} as rows_of_model
    inner join (select distinct {{ columns | join(', ') }} from keys) as distinct_keys
        on
            {%- for column in columns %}
            rows_of_model.{{ column }} = distinct_keys.{{ column }}{% if not loop.last %} and{% endif %}
            {%- endfor %}
    union all
    select {{ columns | join(', ') }}
    from keys
    where {{ columns | join(' is null or ') }} is null
)
{%- else %}
rows_of_keys as (
    select * from keys
)
{%- endif %}

select
    {{ columns | join(', ') }},
    count(*) as number_of_rows
from rows_of_keys
group by {{ columns | join(', ') }}
having
    count(*) > 1
    {%- for column in columns if column not in nullable %}
    or {{ column }} is null
    {%- endfor %}
{% endtest %}
