{#- Every row belongs to a row of `parent`; unlike dbt's own test it can match on the company as well. Where `date`
    names a column, only the months touched since the tests last passed are looked at. -#}
{% test has_parent(model, parent, columns, date=none) %}
select
    child.{{ columns | join(', child.') }}
from {{ model }} as child
left join {{ parent }} as parent
    on
        {%- for column in columns %}
        child.{{ column }} = parent.{{ column }}{% if not loop.last %} and{% endif %}
        {%- endfor %}
where
    parent.{{ columns[0] }} is null
    {%- if date %}
    and {{ in_unchecked_months('child.company_id', 'child.' ~ date) }}
    {%- endif %}
{% endtest %}
