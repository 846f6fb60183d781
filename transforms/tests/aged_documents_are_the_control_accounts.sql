{#- What is open on all documents, and posted without any, is what the trial balance says, at every month-end. -#}
with lines as (
    select
        company_id,
        as_at,
        '{{ var("trade_debtors") }}' as nominal_code,
        outstanding as aged,
        0 as balance
    from {{ ref('aged_receivables') }}
    where {{ since_unchecked('company_id', 'as_at') }}
    union all
    select
        company_id,
        as_at,
        '{{ var("trade_creditors") }}' as nominal_code,
        -outstanding as aged,
        0 as balance
    from {{ ref('aged_payables') }}
    where {{ since_unchecked('company_id', 'as_at') }}
    union all
    select
        company_id,
        as_at,
        nominal_code,
        0 as aged,
        debit - credit as balance
    from {{ ref('trial_balance') }}
    where
        nominal_code in ('{{ var("trade_debtors") }}', '{{ var("trade_creditors") }}')
        and {{ since_unchecked('company_id', 'as_at') }}
),

compared as (
    select
        company_id,
        as_at,
        nominal_code,
        sum(balance) as expected,
        sum(aged) as found
    from lines
    group by company_id, as_at, nominal_code
)

select * from compared
where {{ differs('expected', 'found') }}
