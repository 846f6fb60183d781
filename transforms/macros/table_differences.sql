{#- What a table holds against what its sources say now: one row per difference, in the columns table_name, company_id,
    record_id, period, nominal_code, measure, expected and found. `expected` and `found` are CTEs with the key and the
    measures. The key may have `period`, `nominal_code`, and `source_id` with `line_number`. Rows are counted as well, so
    a row that was doubled, lost or made up is named like one that was changed. Grouping, not joining, lets nulls in the
    key meet; rows alike on both sides are dropped before anything is compared. -#}
{% macro table_differences(table_name, key, amounts=[], texts=[]) %}
sides as (
    select
        {{ (key + amounts + texts) | join(', ') }},
        1 as expected_rows,
        0 as found_rows
    from expected
    union all
    select
        {{ (key + amounts + texts) | join(', ') }},
        0 as expected_rows,
        1 as found_rows
    from found
),

unequal as (
    select
        {{ (key + amounts + texts) | join(', ') }},
        sum(expected_rows) as expected_rows,
        sum(found_rows) as found_rows
    from sides
    group by {{ (key + amounts + texts) | join(', ') }}
    having sum(sides.expected_rows) <> sum(sides.found_rows)
),

compared as (
    select
        {{ key | join(', ') }},
        sum(expected_rows) as expected_rows,
        sum(found_rows) as found_rows
        {%- for amount in amounts %},
        cast(sum(case when expected_rows > 0 then {{ amount }} * expected_rows end) as {{ money() }})
            as expected_{{ amount }},
        cast(sum(case when found_rows > 0 then {{ amount }} * found_rows end) as {{ money() }})
            as found_{{ amount }}
        {%- endfor %}
        {%- for text in texts %},
        max(case when expected_rows > 0 then {{ as_text(text) }} end) as expected_{{ text }},
        max(case when found_rows > 0 then {{ as_text(text) }} end) as found_{{ text }}
        {%- endfor %}
    from unequal
    group by {{ key | join(', ') }}
),

differences as (
    select
        '{{ table_name }}' as table_name,
        company_id,
        {{ 'source_id' if 'source_id' in key else as_text('null') }} as record_id,
        {{ 'period' if 'period' in key else 'cast(null as date)' }} as period,
        {{ 'nominal_code' if 'nominal_code' in key else as_text('null') }} as nominal_code,
        {{ "'line ' || " ~ as_text('line_number') ~ " || ' ' || measures.name" if 'line_number' in key else 'measures.name' }}
            as measure,
        {%- for side in ['expected', 'found'] %}
        case measures.name
            {%- for measure in ['rows'] + amounts + texts %}
            when '{{ measure }}' then {{ as_text(side ~ '_' ~ measure) }}
            {%- endfor %}
        end as {{ side }}{{ ',' if not loop.last }}
        {%- endfor %}
    from compared
    -- a database that computes a step wherever it is named computes the comparison once
    cross join (
        {%- for measure in ['rows'] + amounts + texts %}
        select '{{ measure }}' as name
        {%- if not loop.last %}
        union all
        {%- endif %}
        {%- endfor %}
    ) as measures
    where
        case measures.name
            {%- for measure in ['rows'] + amounts + texts %}
            when '{{ measure }}' then expected_{{ measure }} is distinct from found_{{ measure }}
            {%- if measure in texts %} and expected_rows > 0 and found_rows > 0 {%- endif %}
            {%- endfor %}
        end
)
{% endmacro %}
