{#- Every row belongs to a row of `parent`; unlike dbt's own test it can match on the company as well. -#}
{% test has_parent(model, parent, columns) %}
select
    child.{{ columns | join(', child.') }}
from {{ model }} as child
left join {{ parent }} as parent
    on
        {%- for column in columns %}
        child.{{ column }} = parent.{{ column }}{% if not loop.last %} and{% endif %}
        {%- endfor %}
where parent.{{ columns[0] }} is null
{% endtest %}
