{{ config(enabled=var('accbooks_groups', '') != '') }}
{#- The movements of a month with what belongs to others: of profit in a line of its own, of reserves out of their
    lines, all of it as minority interest. -#}
with translations as (
    select * from {{ ref('int_group_translations') }}
    where amount <> 0
),

members as (
    select distinct
        group_name,
        parent_id,
        company_id,
        share
    from {{ ref('int_group_months') }}
),

movements as (
    select * from translations
    union all
    select
        translations.group_name,
        translations.company_id,
        translations.month_start,
        'translation' as part,
        {{ as_text('null') }} as nominal_code,
        'capital_and_reserves' as category,
        'balance_sheet' as statement,
        -sum(translations.amount) as amount
    from translations
    group by translations.group_name, translations.company_id, translations.month_start
    having sum(translations.amount) <> 0
),

shared as (
    select
        group_name,
        company_id,
        movements.month_start,
        movements.part,
        case when movements.part <> 'profit' then movements.nominal_code end as nominal_code,
        case when movements.part <> 'profit' then movements.category else 'minority_interest' end as category,
        case when movements.part <> 'profit' then movements.statement else 'profit_and_loss' end as statement,
        movements.amount,
        1 - members.share as share_of_others
    from movements
    inner join members using (group_name, company_id)
    where movements.part <> 'balance' and members.share < 1
),

of_others as (
    select
        group_name,
        company_id,
        month_start,
        part,
        nominal_code,
        category,
        statement,
        {{ base_amount('sum(amount)', 'max(share_of_others)') }} as amount
    from shared
    group by group_name, company_id, month_start, part, nominal_code, category, statement
),

lines as (
    select * from movements
    union all
    select
        group_name,
        company_id,
        month_start,
        case when part = 'profit' then 'minority' else part end as part,
        nominal_code,
        category,
        statement,
        -amount as amount
    from of_others
    union all
    select
        group_name,
        company_id,
        month_start,
        'minority' as part,
        {{ as_text('null') }} as nominal_code,
        'capital_and_reserves' as category,
        'balance_sheet' as statement,
        amount
    from of_others
)

select
    lines.*,
    members.parent_id
from lines
inner join members
    on
        lines.group_name = members.group_name
        and lines.company_id = members.company_id
