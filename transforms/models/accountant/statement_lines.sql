{{ config(enabled=var('accbooks_statement_layout', '') != '', tags=['of_settings']) }}

with layout as (
    select * from {{ ref('stg_statement_layout') }}
),

accounts as (
    select
        nominal_accounts.company_id,
        account_categories.statement,
        nominal_accounts.nominal_code,
        nominal_accounts.name,
        nominal_accounts.category
    from {{ beside(ref('nominal_accounts')) }} as nominal_accounts
    inner join {{ beside(ref('account_categories')) }} as account_categories
        on nominal_accounts.category = account_categories.category
),

-- a range comes before a category
candidates as (
    select
        accounts.*,
        layout.line,
        layout.line_order,
        layout.subtotal,
        row_number() over (
            partition by accounts.company_id, accounts.statement, accounts.nominal_code
            order by case when layout.nominal_from is null then 1 else 0 end, layout.line_order, layout.line
        ) as place
    from accounts
    left join layout
        on
            accounts.statement = layout.statement
            and (
                accounts.category = layout.category
                or (
                    length(accounts.nominal_code) = length(layout.nominal_from)
                    and accounts.nominal_code >= layout.nominal_from
                    and accounts.nominal_code <= coalesce(layout.nominal_to, layout.nominal_from)
                )
            )
),

placed as (
    select
        company_id,
        statement,
        nominal_code,
        name,
        category,
        line,
        line_order,
        subtotal
    from candidates
    where place = 1
)

select * from placed
