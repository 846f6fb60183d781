select * from {{ ref('int_findings_of_cash_flow_years') }}
