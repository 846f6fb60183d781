{#- Lines of AccBooks' reports that differ from ours, and why. -#}
with accounts as (
    select * from {{ beside(ref('nominal_accounts')) }}
),

lines as (
    select * from {{ beside(ref('reconciliation')) }}
    where status <> 'match'
),

changed_tables as (
    select distinct company_id from {{ ref('table_findings') }}
),

differing_lines as (
    select
        reconciliation.company_id,
        reconciliation.report,
        reconciliation.period_start,
        reconciliation.period_end,
        reconciliation.nominal_code,
        nominal_accounts.name as nominal_name,
        reconciliation.api_amount,
        reconciliation.warehouse_amount,
        reconciliation.difference,
        case
            when reconciliation.cause = 'unexplained' and changed_tables.company_id is not null then 'table_differs'
            else reconciliation.cause
        end as cause,
        reconciliation.explanation
    from lines as reconciliation
    left join accounts as nominal_accounts
        on
            reconciliation.company_id = nominal_accounts.company_id
            and reconciliation.nominal_code = nominal_accounts.nominal_code
    left join changed_tables on reconciliation.company_id = changed_tables.company_id
    where reconciliation.status <> 'not_comparable'
)

select * from differing_lines
