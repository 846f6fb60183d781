"""What can be said in the databases nobody here has, as far as the models say it; from their SQL references.

Nothing is allowed for being unknown: a function, a type or a construct that is not listed is a complaint.
Whoever lists one has looked it up.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

UNITS = frozenset({"day", "week", "month", "quarter", "year"})

FUNCTIONS = """
    abs(value)
    coalesce(value, value)
    coalesce(value, value, value)
    count(distinct)
    count(star)
    count(value)
    extract(part)
    greatest(value, value)
    least(value, value)
    max(value)
    min(value)
    nullif(value, value)
    round(value, value)
    row_number()
    substring(value, value, value)
    sum(value)
    translate(value, text, text)
"""
"""Those all of them have, by their arguments: `text` is a literal, `unit` a bare word such as month, `part`
is `year from` something, `distinct` and `interval` are these words and something, `named` is `name => value`,
`ordered` is a literal and `order by` something, and `value` is anything else."""

CONSTRUCTS: Mapping[str, frozenset[str]] = {
    kind: frozenset(parts.split())
    for kind, parts in {
        "Add": "this expression",
        "Alias": "this alias",
        "And": "this expression",
        "Between": "this low high",
        "Boolean": "this",
        "CTE": "this alias",
        "Case": "this ifs default",
        "Cast": "this to",
        "Column": "this table db catalog",
        "Count": "this big_int",
        "DPipe": "this expression safe",
        "DataType": "this expressions",
        "DataTypeParam": "this",
        "Delete": "this where",
        "Distinct": "expressions",
        "EQ": "this expression",
        "From": "this",
        "GT": "this expression",
        "GTE": "this expression",
        "Group": "expressions",
        "Having": "this",
        "Identifier": "this quoted",
        "If": "this true",
        "In": "this expressions query",
        "Insert": "this expression",
        "Is": "this expression",
        "JSONPath": "expressions",
        "JSONPathKey": "this",
        "JSONPathRoot": "",
        "Join": "this kind side on",
        "LT": "this expression",
        "LTE": "this expression",
        "Like": "this expression",
        "Literal": "this is_string",
        "Mul": "this expression",
        "NEQ": "this expression",
        "Neg": "this",
        "Not": "this",
        "Null": "",
        "Or": "this expression",
        "Order": "expressions",
        "Ordered": "this desc nulls_first",
        "Paren": "this",
        "Schema": "this expressions",
        "Limit": "expression",
        "Select": "expressions from_ with_ where group distinct joins having order limit",
        "Star": "",
        "Sub": "this expression",
        "Subquery": "this alias",
        "Table": "this db catalog alias",
        "TableAlias": "this columns",
        "Union": "this expression distinct with_",
        "Var": "this",
        "Where": "this",
        "Window": "this partition_by order spec over",
        "WindowSpec": "kind start start_side end end_side",
        "With": "expressions",
    }.items()
}
"""Nodes of the parsed SQL, and the parts they may have; functions are looked at as they are written."""


@dataclass(frozen=True)
class Database:
    """What one database has beyond that, and where it ends.

    Decimals have so many digits (`precision`), of them so many on either side of the point; `earliest` and
    `latest` are years.
    """

    functions: str
    types: frozenset[str]
    precision: int
    reserved: frozenset[str]
    constructs: Mapping[str, str] = field(default_factory=dict)
    bare_functions: frozenset[str] = frozenset({"current_date", "current_timestamp"})
    scale: int = 38
    whole_digits: int = 38
    earliest: int = 1
    latest: int = 9999
    correlates: bool = True
    subtracts_dates: bool = True
    reads_aliases_in_having: bool = False
    folds_to_capitals: bool = False
    compares_in_joins: bool = True


def words(text: str) -> frozenset[str]:
    """Return the words of a text."""
    return frozenset(text.split())


DATABASES: Mapping[str, Database] = {
    "snowflake": Database(
        functions="""
            array_generate_range(value, value)
            date_from_parts(value, value, value)
            date_trunc(text, value)
            dateadd(unit, value, value)
            flatten(named)
            get_path(value, text)
            last_day(value)
            listagg(value, text)
            md5(value)
            mod(value, value)
            to_json(value)
        """,
        types=words("bigint date decimal integer timestamp_tz varchar"),
        precision=38,
        constructs={
            "Div": "this expression",
            "Mod": "this expression",
            "Order": "this",
            "Exists": "this",
            "Lateral": "this alias",
            "Kwarg": "this expression",
            "NullSafeNEQ": "this expression",
            "Transaction": "",
            "Commit": "",
        },
        folds_to_capitals=True,
        reserved=words(
            """
            account all alter and any as between by case cast check column connect connection constraint
            create cross current database delete distinct drop else exists false following for from full
            grant group gscluster having ilike in increment inner insert intersect into is issue join
            lateral left like localtime localtimestamp minus natural not null of on or order
            organization qualify regexp revoke right rlike row rows sample schema select set some start
            table tablesample then to trigger true try_cast union unique update using values view when
            whenever where with
            """
        ),
    ),
    "bigquery": Database(
        functions="""
            current_timestamp()
            date(value, value, value)
            date_add(value, interval)
            date_diff(value, value, unit)
            date_trunc(value, unit)
            div(value, value)
            generate_array(value, value)
            json_query(value, text)
            last_day(value, unit)
            md5(value)
            string_agg(value, ordered)
            to_hex(value)
            to_json_string(value)
            unnest(value)
        """,
        types=words("bigint bignumeric date decimal integer string timestamp"),
        precision=38,
        scale=9,
        whole_digits=29,
        constructs={
            "Exists": "this",
            "IntDiv": "this expression",
            "NullSafeNEQ": "this expression",
            "Order": "this",
            "Unnest": "expressions alias",
        },
        subtracts_dates=False,
        reads_aliases_in_having=True,
        reserved=words(
            """
            all and any array as asc assert_rows_modified at between by case cast collate contains
            create cross cube current default define desc distinct else end enum escape except exclude
            exists extract false fetch following for from full group grouping groups hash having if
            ignore in inner intersect interval into is join lateral left like limit lookup merge natural
            new no not null nulls of on or order outer over partition preceding proto qualify range
            recursive respect right rollup rows select set some struct tablesample then to treat true
            unbounded union unnest using when where window with within
            """
        ),
    ),
    "databricks": Database(
        functions="""
            add_months(value, value)
            array_join(value, text)
            array_sort(value)
            collect_list(value)
            current_timestamp()
            date_trunc(text, value)
            datediff(value, value)
            explode(value)
            get_json_object(value, text)
            last_day(value)
            make_date(value, value, value)
            md5(value)
            mod(value, value)
            named_struct(text, value, text, value)
            sequence(value, value)
        """,
        types=words("bigint date decimal integer string timestamp"),
        precision=38,
        constructs={
            "Div": "this expression",
            "Dot": "this expression",
            "Mod": "this expression",
            "PropertyEQ": "this expression",
            "Exists": "this",
            "Lateral": "this view alias",
            "NullSafeNEQ": "this expression",
            "Select": "laterals",
        },
        subtracts_dates=False,
        reserved=words(
            """
            all and any as authorization between both by case cast check collate column constraint
            create cross current_date current_time current_timestamp current_user delete distinct drop
            else end escape except exists extract false fetch filter for foreign from full grant group
            having in inner insert intersect into is join lateral leading left like natural not null
            offset on only or order outer overlaps primary references right select session_user set some
            table then time to trailing true union unique unknown update user using values when where
            window with
            """
        ),
    ),
    "clickhouse": Database(
        functions="""
            JSONExtractRaw(value, text, text)
            MD5(value)
            addMonths(value, value)
            arraySort(value)
            arrayStringConcat(value, text)
            dateDiff(text, value, value)
            groupArray(value)
            hex(value)
            intDiv(value, value)
            lower(value)
            makeDate32(value, value, value)
            now()
            range(value, value)
            today()
            toDate32(text)
            toInt256(value)
            toLastDayOfMonth(value)
            toStartOfMonth(value)
            tuple(value, value)
            tupleElement(value, value)
        """,
        types=words("bigint date datetime64 decimal integer varchar"),
        precision=76,
        scale=76,
        whole_digits=76,
        bare_functions=frozenset(),
        earliest=1900,
        latest=2299,
        correlates=False,
        compares_in_joins=False,
        reserved=words(
            """
            all and anti any array as asof between by case cast cross desc distinct else end except
            exists final from full global group having ilike in inner intersect interval into is join
            left like limit not null offset on or order outer prewhere qualify right sample select semi
            settings then union using when where window with
            """
        ),
    ),
}
