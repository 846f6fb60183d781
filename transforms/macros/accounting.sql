{#- Base currency per unit. A missing rate is 1 only where the record is in the base currency; elsewhere it stays
    null, so the record posts nulls and the tests name it, rather than a guess. -#}
{% macro effective_rate(exchange_rate, currency, base_currency) -%}
    cast(
        case
            when {{ exchange_rate }} is not null then {{ exchange_rate }}
            when {{ currency }} is null or {{ currency }} = {{ base_currency }} then 1
        end
        as decimal(18, 8)
    )
{%- endmacro %}

{#- Base amount, halves away from zero. -#}
{% macro base_amount(amount, rate) -%}
    {{ product_in_pennies(amount, rate) }}
{%- endmacro %}

{#- What a part of a whole has of an amount, to the penny, halves away from zero. Nothing has no shares; that of sums
    that are longer than any amount the ledger takes is not known. -#}
{% macro share_of(amount, part, whole) -%}
    {%- set longest = '10000000000000000' -%}
    case
        when {{ whole }} = 0 then 0
        when abs({{ amount }}) < {{ longest }} and abs({{ part }}) < {{ longest }} and abs({{ whole }}) < {{ longest }}
            then
            case when {{ amount }} < 0 then -1 else 1 end
            * case when {{ part }} < 0 then -1 else 1 end
            * case when {{ whole }} < 0 then -1 else 1 end
            * {{ rounded_share('abs(' ~ amount ~ ')', 'abs(' ~ part ~ ')', 'abs(' ~ whole ~ ')') }}
    end
{%- endmacro %}

{#- A net amount split into a debit and a credit, one of them zero. Not greatest(), which would turn null into zero. -#}
{% macro debit_of(amount) -%}
    case when {{ amount }} > 0 then {{ amount }} when {{ amount }} <= 0 then 0 end
{%- endmacro %}

{% macro credit_of(amount) -%}
    case when {{ amount }} < 0 then -{{ amount }} when {{ amount }} >= 0 then 0 end
{%- endmacro %}

{#- The values of a list variable as SQL text, for use with `in`. -#}
{% macro quoted(values) -%}
    (
    {%- for value in values -%}
        {{ ', ' if not loop.first }}{{ dbt.string_literal(dbt.escape_single_quotes(value)) }}
    {%- endfor -%}
    )
{%- endmacro %}

{#- The same report of the same period, in a join: a balance has no start. -#}
{% macro same_report(one, other) -%}
    {{ one }}.company_id = {{ other }}.company_id
            and {{ one }}.report = {{ other }}.report
            and {{ one }}.period_end = {{ other }}.period_end
            and coalesce({{ one }}.period_start, {{ earliest_date() }})
            = coalesce({{ other }}.period_start, {{ earliest_date() }})
{%- endmacro %}

{#- The same line of the same report, in a join: the year's earnings have no account. -#}
{% macro same_line(one, other) -%}
    {{ same_report(one, other) }}
            and coalesce({{ one }}.nominal_code, '') = coalesce({{ other }}.nominal_code, '')
{%- endmacro %}

{#- Of a company whose books went on changing while they were read. -#}
{% macro in_flight(company) -%}
    {%- if var('in_flight', []) -%} {{ company }} in {{ quoted(var('in_flight')) }}
    {%- else -%} 1 = 0
    {%- endif -%}
{%- endmacro %}

{#- The number of a date's month in its financial year, 1 to 12. A year that ends within a month has days of a
    thirteenth: they count with the month beside them. -#}
{% macro financial_month(date, first_month) -%}
    cast(greatest(1, least(12, {{ months_after(date, first_month) }} + 1)) as integer)
{%- endmacro %}

{% macro quarter_of(month) -%}
    case when {{ month }} <= 3 then 1 when {{ month }} <= 6 then 2 when {{ month }} <= 9 then 3 else 4 end
{%- endmacro %}

{#- How long a document is overdue, as aged reports are cut. -#}
{% macro ageing_bucket(days_overdue) -%}
    case
        when coalesce({{ days_overdue }}, 0) <= 0 then 'current'
        when {{ days_overdue }} <= 30 then '1-30'
        when {{ days_overdue }} <= 60 then '31-60'
        when {{ days_overdue }} <= 90 then '61-90'
        else 'over 90'
    end
{%- endmacro %}

{#- Whether a period is over on the day someone reads it: what is posted until then may still change its figures. -#}
{% macro period_status(start, end) -%}
    case
        when {{ end }} < {{ day_of_reading() }} then 'finished'
        when {{ start }} > {{ day_of_reading() }} then 'future'
        else 'open'
    end
{%- endmacro %}

{#- The currencies of ISO 4217 that money is kept in. -#}
{% macro currencies() -%}
    {{ return(
        'AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP
        CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF
        IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD
        MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB
        RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD
        UYU UZS VED VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWG'.split()
    ) }}
{%- endmacro %}

{#- Whether a transaction of this status is in the ledger. -#}
{% macro transaction_is_posted(status='status') -%}
    {%- if 'transaction' in var('ledger_sources') -%} coalesce({{ status }}, '') not in ('draft', 'void')
    {%- else -%} false
    {%- endif -%}
{%- endmacro %}

{#- The name of a posting of a record. -#}
{% macro posting_id(source_type, company, record, line_number) -%}
    {{ company }} || ':{{ source_type }}:' || {{ record }} || ':' || {{ as_text(line_number) }}
{%- endmacro %}
