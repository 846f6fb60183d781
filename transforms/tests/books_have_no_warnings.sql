{{ config(severity='warn') }}

select * from {{ ref('findings') }}
where severity = 'warning'
