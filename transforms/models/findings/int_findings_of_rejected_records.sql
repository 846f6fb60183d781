{#- Records that are in quarantine and not in the warehouse. -#}
with rejected_records as (
    select
        company_id,
        resource,
        record_id,
        record_date,
        reason,
        count(*) as number_of_records
    from {{ ref('stg_rejected_records') }}
    group by company_id, resource, record_id, record_date, reason
),

findings as (
    select
        company_id,
        {{ finding(
            'rejected_record',
            record_noun('resource') ~ " || ' ' || coalesce(nullif(record_id, ''), 'without an id that can be kept')
        || coalesce(', dated ' || " ~ as_text('record_date') ~ " || ',', '')
        || ' is not in the warehouse: ' || substring(reason, 1, 300)
        || case when number_of_records > 1 then ' (' || " ~ as_text('number_of_records') ~ " || ' records)' else '' end
        || case
            when record_date is not null or resource not in ('transactions', 'invoices', 'journals')
                then '. Correct it in AccBooks; the next sync reads it again.'
            when nullif(record_id, '') is null
                then
                    '. Without an id and a date it cannot be asked for: correct it in AccBooks, then run'
                    || ' `accbooks sync --from 1900-01-01`.'
            else '. Correct it in AccBooks; a sync asks for it by its id, for ten such records a run.'
        end",
            resource='resource',
            record_id='record_id',
            period_end='record_date',
            found='reason',
        ) }}
    from rejected_records
)

select * from findings
