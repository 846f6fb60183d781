"""Looks for what cannot be said in a database, in SQL that is never run there."""

import re
from collections.abc import Iterator

import sqlglot
from portability import writing
from portability.databases import CONSTRUCTS, DATABASES, Database
from sqlglot import ErrorLevel, exp
from sqlglot.errors import SqlglotError

DAY = re.compile(r"(\d{4})-\d\d-\d\d")
DATES = re.compile(r"(^|_)(date|start|end|from|to|as_at|first_day|last_day|first_month|last_month)$")


def complaints(sql: str, dialect: str) -> list[str]:
    """Return what is wrong with some SQL, sorted; nothing if it can be said there."""
    database = DATABASES[dialect]
    try:
        statements = sqlglot.parse(sql, read=dialect, error_level=ErrorLevel.RAISE)
        found = set(writing.complaints(sql, dialect, database))
        for statement in statements:
            if statement is not None:
                found.update(_round_trip(statement, dialect), _tree(statement, database))
    except SqlglotError as error:
        return [f"it cannot be parsed: {str(error).splitlines()[0]}"]
    return sorted(found)


def _round_trip(statement: exp.Expression, dialect: str) -> Iterator[str]:
    """What is written out of what was understood must be understood as the same."""
    once = statement.sql(dialect, unsupported_level=ErrorLevel.RAISE, comments=False)
    again = sqlglot.parse_one(once, read=dialect).sql(dialect, comments=False)
    if again != once:
        yield f"it is understood as another thing: {once}"


def _tree(statement: exp.Expression, database: Database) -> Iterator[str]:
    for node in statement.walk():
        yield from _construct(node, database)
        match node:
            case exp.Identifier():
                yield from _name(node, database)
            case exp.Literal():
                yield from _day(node, database)
            case exp.Sub() if not database.subtracts_dates and _is_date(node.left) and _is_date(node.right):
                yield f"a date less a date is no number: {node.sql()}"
            case exp.Is() if not isinstance(node.expression, exp.Null):
                yield f"only null can be asked for by is: {node.sql()}"
            case exp.Count(this=exp.Distinct(expressions=several)) if len(several) > 1:
                yield f"several columns are counted together: {node.sql()}"
            case exp.Delete() if node.this.alias:
                yield "a delete has an alias"
            case exp.Join():
                yield from _join(node, database)
            case exp.Select():
                yield from _having(node, database)
                yield from _correlation(node, database)


def _construct(node: exp.Expression, database: Database) -> Iterator[str]:
    kind = type(node).__name__
    listed = CONSTRUCTS.get(kind, frozenset()) | set(database.constructs.get(kind, "").split())
    if kind not in CONSTRUCTS and kind not in database.constructs:
        if not isinstance(node, exp.Func) or isinstance(node, exp.Exists):
            yield f"there is no {kind}"
        return
    for part, value in node.args.items():
        if value and part not in listed:
            yield f"a {kind} has no {part}"


def _name(node: exp.Identifier, database: Database) -> Iterator[str]:
    if node.quoted:
        if database.folds_to_capitals and node.name != node.name.upper():
            yield f"a name in quotes is not in capitals: {node.name}"
    elif node.name.lower() in database.reserved:
        yield f"a reserved word is a name: {node.name}"


def _day(node: exp.Literal, database: Database) -> Iterator[str]:
    match = DAY.fullmatch(node.this) if node.is_string else None
    if match and not database.earliest <= int(match[1]) <= database.latest:
        yield f"there is no such day: {node.this}"


def _is_date(node: exp.Expression) -> bool:
    if isinstance(node, exp.Column):
        return bool(DATES.search(node.name.lower()))
    return isinstance(node, exp.Cast) and node.to.this is exp.DataType.Type.DATE


def _join(node: exp.Join, database: Database) -> Iterator[str]:
    """Some databases join by hashing alone."""
    condition = node.args.get("on")
    if condition is None or database.compares_in_joins:
        return
    parts = condition.flatten() if isinstance(condition, exp.And) else [condition]
    if not any(isinstance(part, exp.EQ) and len(_tables(part)) > 1 for part in parts):
        yield f"a join has no equality: {condition.sql()}"


def _having(node: exp.Select, database: Database) -> Iterator[str]:
    having = node.args.get("having")
    if having is None or not database.reads_aliases_in_having:
        return
    summed = {each.alias for each in node.selects if isinstance(each, exp.Alias) and each.find(exp.AggFunc)}
    for aggregate in having.find_all(exp.AggFunc):
        for column in aggregate.find_all(exp.Column):
            if column.name in summed and not column.table:
                yield f"having adds up what is added up already: {column.name}"


def _correlation(node: exp.Select, database: Database) -> Iterator[str]:
    """A subquery in an expression: by our style its columns of the query around it carry a table's name."""
    if not isinstance(node.parent, exp.Exists | exp.In | exp.Subquery):
        return
    if isinstance(node.parent, exp.Subquery) and isinstance(node.parent.parent, exp.From | exp.Join):
        return
    visible = {table.alias_or_name for table in node.find_all(exp.Table)}
    outer = [column for column in node.find_all(exp.Column) if column.table and column.table not in visible]
    if outer and not database.correlates:
        yield f"a subquery looks at the query around it: {outer[0].sql()}"
    elif outer and not any(isinstance(column.parent, exp.EQ) for column in outer):
        yield f"a subquery is not joined by an equality: {outer[0].sql()}"


def _tables(node: exp.Expression) -> set[str]:
    return {column.table for column in node.find_all(exp.Column)}
