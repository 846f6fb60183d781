{#- The columns name a row: together they never repeat, and none is null unless `nullable` lists it. -#}
{% test is_key(model, columns, nullable=[]) %}
select
    {{ columns | join(', ') }},
    count(*) as number_of_rows
from {{ model }}
group by {{ columns | join(', ') }}
having
    count(*) > 1
    {%- for column in columns if column not in nullable %}
    or {{ column }} is null
    {%- endfor %}
{% endtest %}
