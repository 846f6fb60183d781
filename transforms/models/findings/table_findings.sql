{#- The rows of kept tables that are not what their sources say, as of the last time the tables were compared. The
    pipeline has them compared when it is asked to: what it has just built it need not. -#}
{{ config(
    materialized='incremental',
    incremental_strategy='replace_where',
    incremental_predicates=["{{ of_this_run('company_id') }}"]
) }}

with findings as (
    select
        {{ finding_columns() }}
    {#- Where nothing is to be compared, the steps that would compare it are not part of the query. #}
    from {{ ref('int_findings_of_tables') if not execute or var('compare_tables') or not is_incremental() else this }}
    where {{ of_this_run('company_id') }} and {{ '1 = 1' if var('compare_tables') else '1 = 0' }}
)

select * from findings
