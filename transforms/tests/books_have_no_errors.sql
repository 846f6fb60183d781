select * from {{ ref('findings') }}
where severity = 'error'
