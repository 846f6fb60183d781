{#- A record is there once, and a line has its document: what dlt's merge and the reader promise. -#}
with record_keys as (
    select * from {{ ref('int_duplicate_records') }}
),

orphans as (
    select * from {{ ref('int_lines_without_document') }}
),

findings as (
    select
        company_id,
        {{ finding(
            'duplicate_record',
            sentence(
                'The warehouse holds {rows} rows of {resource} {id}, so its amounts count more than once. Run `accbooks sync'
                ~ ' --from 1900-01-01`; if it stays, report it.',
                rows='number_of_rows',
                resource='resource',
                id='record_id',
            ),
            resource='resource',
            record_id='record_id',
            expected="'1'",
            found='number_of_rows',
        ) }}
    from record_keys
    union all
    select
        company_id,
        {{ finding(
            'line_without_document',
            sentence(
                'The warehouse holds {rows} of {resource} of {id}, but not the document, so they are in no account. Run'
                ~ ' `accbooks sync --from {date}`.',
                rows='number_of_rows',
                resource='resource',
                id='record_id',
                date='document_date',
            ),
            resource='resource',
            record_id='record_id',
            period_end='document_date',
            found='number_of_rows',
        ) }}
    from orphans
)

select * from findings
