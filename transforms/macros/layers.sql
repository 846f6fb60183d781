{#- What a table holds against what its sources say now: one row per difference, in the columns layer, company_id,
    the key, measure, expected and found. `expected` and `found` are CTEs with the key and the measures; rows are
    counted as well, so a row that was doubled, lost or made up is named like one that was changed. Grouping, not
    joining, lets nulls in the key meet. -#}
{% macro layer_differences(layer, key, amounts=[], texts=[]) %}
sides as (
    select
        {{ key | join(', ') }},
        1 as expected_rows,
        0 as found_rows,
        {%- for amount in amounts %}
        {{ amount }} as expected_{{ amount }},
        cast(null as decimal(38, 2)) as found_{{ amount }},
        {%- endfor %}
        {%- for text in texts %}
        cast({{ text }} as varchar) as expected_{{ text }},
        cast(null as varchar) as found_{{ text }},
        {%- endfor %}
        'expected' as side
    from expected
    union all
    select
        {{ key | join(', ') }},
        0 as expected_rows,
        1 as found_rows,
        {%- for amount in amounts %}
        cast(null as decimal(38, 2)) as expected_{{ amount }},
        {{ amount }} as found_{{ amount }},
        {%- endfor %}
        {%- for text in texts %}
        cast(null as varchar) as expected_{{ text }},
        cast({{ text }} as varchar) as found_{{ text }},
        {%- endfor %}
        'found' as side
    from found
),

compared as (
    select
        {{ key | join(', ') }},
        sum(expected_rows) as expected_rows,
        sum(found_rows) as found_rows
        {%- for amount in amounts %},
        sum(expected_{{ amount }}) as expected_{{ amount }},
        sum(found_{{ amount }}) as found_{{ amount }}
        {%- endfor %}
        {%- for text in texts %},
        max(expected_{{ text }}) as expected_{{ text }},
        max(found_{{ text }}) as found_{{ text }}
        {%- endfor %}
    from sides
    group by {{ key | join(', ') }}
),

differences as (
    {%- for measure in ['rows'] + amounts + texts %}
    {%- if not loop.first %}
    union all
    {%- endif %}
    select
        '{{ layer }}' as layer,
        {{ key | join(', ') }},
        '{{ measure }}' as measure,
        cast(expected_{{ measure }} as varchar) as expected,
        cast(found_{{ measure }} as varchar) as found
    from compared
    where
        expected_{{ measure }} is distinct from found_{{ measure }}
        {%- if measure in texts %}
        and expected_rows > 0
        and found_rows > 0
        {%- endif %}
    {%- endfor %}
)
{% endmacro %}
