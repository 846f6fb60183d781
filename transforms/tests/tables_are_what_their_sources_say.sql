select * from {{ ref('int_findings_of_tables') }}
