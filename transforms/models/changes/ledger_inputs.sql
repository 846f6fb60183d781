{#- What the models were last built from: written last, so that a run cut off before is done again. -#}
-- depends_on: {{ ref('reconciliation') }}
-- depends_on: {{ ref('coverage') }}
-- depends_on: {{ ref('known_documents') }}
-- depends_on: {{ ref('reconciliation_history') }}
-- depends_on: {{ ref('reconciliation_suspects') }}
-- depends_on: {{ ref('ledger_findings') }}
-- depends_on: {{ ref('balance_findings') }}
-- depends_on: {{ ref('vat_findings') }}
{{ config(
    materialized='incremental',
    incremental_strategy='replace_where',
    partition_by=kept_partitions(['company_id']),
    incremental_predicates=["{{ of_this_run('company_id') }}"]
) }}

with current_inputs as (
    select * from {{ ref('current_inputs') }}
)

select * from current_inputs
