{#- What each report needs to be compared, and what of it was read. -#}
with period_shapes as (
    select * from {{ ref('int_period_shapes') }}
),

period_coverage as (
    select * from {{ ref('int_period_coverage') }}
),

permissions as (
    select * from {{ ref('int_resource_permissions') }}
),

company_permissions as (
    select
        company_id,
        max(case when is_forbidden and resource = 'trial_balance' then 1 else 0 end) = 1 as trial_balance_forbidden,
        max(case when is_forbidden and resource = 'balance_sheet' then 1 else 0 end) = 1 as balance_sheet_forbidden,
        max(case when is_forbidden and resource = 'profit_loss' then 1 else 0 end) = 1 as profit_loss_forbidden,
        max(case when is_forbidden and resource in ('transactions', 'invoices', 'journals') then 1 else 0 end) = 1
            as records_forbidden,
        max(case when is_forbidden and resource = 'bank_accounts' then 1 else 0 end) = 1 as banks_forbidden,
        max(case when has_been_read and resource = 'bank_accounts' then 1 else 0 end) = 1 as banks_read,
        max(case when is_forbidden and resource = 'company' then 1 else 0 end) = 1 as company_forbidden
    from permissions
    group by company_id
),

needs as (
    select
        period_shapes.*,
        period_coverage.covered_resources,
        period_coverage.has_earlier_invoices,
        case period_shapes.report
            when 'trial_balance' then company_permissions.trial_balance_forbidden
            when 'balance_sheet' then company_permissions.balance_sheet_forbidden
            else company_permissions.profit_loss_forbidden
        end as report_forbidden,
        company_permissions.records_forbidden,
        company_permissions.banks_forbidden,
        company_permissions.banks_read,
        company_permissions.company_forbidden,
        period_shapes.report <> 'profit_loss' as needs_banks,
        not period_shapes.is_month and not period_shapes.is_empty_stretch as needs_year_end
    from period_shapes
    inner join company_permissions on period_shapes.company_id = company_permissions.company_id
    inner join period_coverage on {{ same_report('period_shapes', 'period_coverage') }}
)

select * from needs
