{#- Every foreign key of a model, as its `meta` declares them, leads to a row. One with a null in it leads nowhere. -#}
{% test has_parents(model, foreign_keys) %}
{%- for foreign_key in foreign_keys %}
{%- set columns = foreign_key.columns %}
{%- if not loop.first %}
union all
{%- endif %}
select
    '{{ columns | join(', ') }}' as foreign_key,
    '{{ foreign_key.to }}' as parent,
    child.company_id,
    {{ as_text('child.' ~ columns[-1]) }} as orphan
from {{ model }} as child
left join {{ ref(foreign_key.to) }} as parent
    on
        {%- for column in columns %}
        child.{{ column }} = parent.{{ foreign_key.to_columns[loop.index0] }}{% if not loop.last %} and{% endif %}
        {%- endfor %}
where
    parent.{{ foreign_key.to_columns[0] }} is null
    {%- for column in columns %}
    and child.{{ column }} is not null
    {%- endfor %}
{%- endfor %}
{% endtest %}
