-- depends_on: {{ ref('touched_companies') }}
{{ config(
    materialized=kept_table(),
    incremental_strategy='replace_companies',
    indexes=kept_indexes([['company_id', 'report', 'period_end']])
) }}

with compared_lines as (
    select * from {{ ref('int_compared_lines') }}
),

comparability as (
    select * from {{ ref('int_comparability') }}
),

nominal_accounts as (
    select * from {{ ref('nominal_accounts') }}
),

rejected_records as (
    select * from {{ ref('stg_rejected_records') }}
    where resource in ('transactions', 'invoices', 'journals', 'bank_accounts')
),

first_rejections as (
    select
        company_id,
        -- a record without a date may belong to any period
        min(coalesce(record_date, {{ earliest_date() }})) as rejected_from
    from rejected_records
    group by company_id
),

explained as (
    select
        compared_lines.*,
        case
            when comparability.cause is not null then comparability.cause
            -- the invoice a payment settles may lie before what was read, and with it the rate
            when
                compared_lines.report = 'profit_loss'
                and compared_lines.nominal_code = '{{ var("exchange_gains_and_losses") }}'
                and not comparability.has_earlier_invoices
                then 'partial_history'
        end as obstacle,
        case
            when first_rejections.rejected_from <= compared_lines.period_end then 'rejected_record'
            when compared_lines.nominal_code is not null and nominal_accounts.category is null then 'unmapped_account'
        end as suspicion
    from compared_lines
    inner join comparability
        on
            compared_lines.company_id = comparability.company_id
            and compared_lines.report = comparability.report
            and compared_lines.period_end = comparability.period_end
            and (
                compared_lines.period_start = comparability.period_start
                or (compared_lines.period_start is null and comparability.period_start is null)
            )
    left join nominal_accounts
        on
            compared_lines.company_id = nominal_accounts.company_id
            and compared_lines.nominal_code = nominal_accounts.nominal_code
    left join first_rejections on compared_lines.company_id = first_rejections.company_id
),

judged as (
    select
        company_id,
        report,
        period_start,
        period_end,
        nominal_code,
        api_amount,
        warehouse_amount,
        difference,
        case
            when obstacle is not null then 'not_comparable'
            when difference = 0 then 'match'
            when api_amount is null then 'missing_in_api'
            when warehouse_amount is null then 'missing_in_warehouse'
            else 'mismatch'
        end as status,
        case
            when obstacle is not null then obstacle
            when difference <> 0 then suspicion
        end as cause,
        {{ this_moment() }} as checked_at
    from explained
)

select * from judged
{%- if is_incremental() %}
where {{ of_touched_companies('company_id') }}
{%- endif %}
