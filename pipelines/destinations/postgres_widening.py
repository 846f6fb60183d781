"""Widen columns in PostgreSQL, which does not allow it while a view depends on them.

Such views, including those of other users, are dropped and created again unchanged, in one transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from accbooks_warehouse.pipelines.destinations.widening import Outdated

DEPENDENTS = """
    with recursive dependents (oid, depth) as (
        select rules.ev_class, 1
        from pg_attribute as columns
        inner join pg_depend as uses
            on uses.refclassid = cast('pg_class' as regclass)
            and uses.refobjid = columns.attrelid and uses.refobjsubid = columns.attnum
        inner join pg_rewrite as rules
            on uses.classid = cast('pg_rewrite' as regclass) and uses.objid = rules.oid
        where columns.attrelid = to_regclass(%s) and columns.attname = any(%s)
        union
        select rules.ev_class, dependents.depth + 1
        from dependents
        inner join pg_depend as uses
            on uses.refclassid = cast('pg_class' as regclass) and uses.refobjid = dependents.oid
        inner join pg_rewrite as rules
            on uses.classid = cast('pg_rewrite' as regclass) and uses.objid = rules.oid
        where rules.ev_class <> dependents.oid
    )
    select dependents.oid
    from dependents
    group by dependents.oid
    order by max(dependents.depth)
"""
"""The views on some columns of a table, and views on these views; a view comes after those it depends on."""

DEFINITION = """
    select
        format('%%I.%%I', pg_namespace.nspname, pg_class.relname),
        case pg_class.relkind when 'm' then 'materialized view' else 'view' end,
        case when pg_class.reloptions is null then ''
            else ' with (' || array_to_string(pg_class.reloptions, ', ') || ')' end,
        rtrim(pg_get_viewdef(pg_class.oid), '; '),
        quote_ident(pg_get_userbyid(pg_class.relowner))
    from pg_class
    inner join pg_namespace on pg_class.relnamespace = pg_namespace.oid
    where pg_class.oid = %s
"""

GRANTS = """
    select format(
        'grant %%s on {name} to %%s%%s',
        acl.privilege_type,
        case acl.grantee when 0 then 'public' else quote_ident(pg_get_userbyid(acl.grantee)) end,
        case when acl.is_grantable then ' with grant option' else '' end
    )
    from pg_class, aclexplode(pg_class.relacl) as acl
    where pg_class.oid = %s and acl.grantee <> pg_class.relowner
"""

COMMENTS = """
    select format(
        'comment on %%s is %%L',
        case pg_description.objsubid
            when 0 then '{kind} {name}' else 'column {name}.' || quote_ident(pg_attribute.attname) end,
        pg_description.description
    )
    from pg_description
    left join pg_attribute
        on pg_description.objoid = pg_attribute.attrelid and pg_description.objsubid = pg_attribute.attnum
    where pg_description.classoid = cast('pg_class' as regclass) and pg_description.objoid = %s
"""

INDEXES = "select pg_get_indexdef(indexrelid) from pg_index where indrelid = %s"


@dataclass(frozen=True)
class View:
    """A view to drop, and the statements that create it again."""

    taking_down: str
    putting_up: tuple[str, ...]


def widen(cursor: Any, columns: Sequence[Outdated]) -> None:
    """Widen columns, in the transaction of the cursor."""
    for (schema, table), group in groupby(columns, lambda column: (column.schema, column.table)):
        _widen_table(cursor, f'"{schema}"."{table}"', list(group))


def _widen_table(cursor: Any, table: str, columns: Sequence[Outdated]) -> None:
    cursor.execute(f"lock table {table} in access exclusive mode")
    views = _views(cursor, table, [column.column for column in columns if column.views_depend_on_it])
    for view in reversed(views):
        cursor.execute(view.taking_down)
    cursor.execute(f"alter table {table} {', '.join(column.alteration for column in columns)}")
    for view in views:
        for statement in view.putting_up:
            cursor.execute(statement)


def _views(cursor: Any, table: str, columns: list[str]) -> list[View]:
    cursor.execute(DEPENDENTS, (table, columns))
    return [_view(cursor, oid) for (oid,) in cursor.fetchall()]


def _view(cursor: Any, oid: int) -> View:
    cursor.execute(DEFINITION, (oid,))
    name, kind, options, definition, owner = cursor.fetchone()
    doubled = name.replace("%", "%%").replace("'", "''")
    return View(
        f"drop {kind} {name}",
        (
            f"create {kind} {name}{options} as {definition}",
            *_statements(cursor, INDEXES, oid),
            *_statements(cursor, COMMENTS.format(kind=kind, name=doubled), oid),
            *_statements(cursor, GRANTS.format(name=doubled), oid),
            f"alter {kind} {name} owner to {owner}",
        ),
    )


def _statements(cursor: Any, query: str, oid: int) -> Iterable[str]:
    cursor.execute(query, (oid,))
    return [statement for (statement,) in cursor.fetchall()]
