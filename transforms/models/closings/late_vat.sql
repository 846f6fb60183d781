{#- What the VAT returns of closed periods are otherwise than when they were closed, by the company's own scheme. A
    purchase entered late is no error, because VAT is claimed when its invoice is held; a journal is no purchase. -#}
with changes as (
    select * from {{ ref('int_changed_vat') }}
),

seen as (
    select * from {{ ref('int_vat_seen_since_closing') }}
),

-- no record is of a flat rate: its VAT changes with the turnover of the period, that of a document that moved in two
turnover_seen as (
    select
        company_id,
        start_of_turnover,
        min(first_seen_at) as first_seen_at
    from (
        {%- for period_start in ['period_start', 'last_period_start'] %}
        select
            changes.company_id,
            changes.{{ period_start }} as start_of_turnover,
            seen.first_seen_at
        from changes
        inner join seen
            on
                changes.company_id = seen.company_id
                and changes.resource = seen.resource
                and changes.source_id = seen.record_id
        where changes.is_turnover
        {%- if not loop.last %}
        union all
        {%- endif %}
        {%- endfor %}
    ) as moments
    group by company_id, start_of_turnover
),

described as (
    select
        changes.company_id,
        changes.closed_through,
        changes.period_start,
        changes.source_type,
        changes.source_id,
        {{ named_documents('changes') }},
        changes.change,
        case
            when
                changes.change = 'added' and changes.source_type <> 'journal'
                and changes.box_1 = 0 and changes.box_6 = 0 and changes.box_4 >= 0
                then 'late_purchase'
            else 'error'
        end as treatment,
        changes.box_1,
        changes.box_4,
        changes.box_6,
        changes.box_7,
        cast(changes.box_1 - changes.box_4 as {{ money() }}) as net_vat,
        coalesce(seen.first_seen_at, turnover_seen.first_seen_at) as first_seen_at
    from changes
    {{ known_as('changes') }}
    left join turnover_seen
        on
            changes.company_id = turnover_seen.company_id
            and changes.period_start = turnover_seen.start_of_turnover
            and changes.source_type = 'flat rate'
)

select * from described
