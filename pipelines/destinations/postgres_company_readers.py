"""A schema of views for the readers of one company, where a role may read that company's rows and no others.

Row-level security would not do: our views run as their owner, who may read every row. A view here filters by
company, and `security_barrier` keeps functions of a reader's query from seeing rows before the filter does.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from accbooks_warehouse.pipelines.destinations.base import MODELS, RAW, STAGING, identifier
from accbooks_warehouse.pipelines.destinations.postgres_reader import checked_role
from accbooks_warehouse.sources.accbooks import ConfigurationError
from dlt.destinations.sql_client import SqlClientBase

Client = SqlClientBase[Any]
PREFIX = "accbooks_of_"
MARK = "accbooks grant-reader: "
"""How the comment of such a schema begins; the company's id follows. The dbt project knows it as well."""
LONGEST = 40
OF_NO_COMPANY = ("account_categories", "finding_checks")
"""The models without a company: what categories and checks there are is the same for everybody."""

SCHEMAS = """
    select pg_namespace.nspname, substr(obj_description(pg_namespace.oid, 'pg_namespace'), %s)
    from pg_namespace
    where starts_with(obj_description(pg_namespace.oid, 'pg_namespace'), %s)
    order by 1
"""
SCHEMAS_OF_ROLE = """
    select pg_namespace.nspname
    from pg_namespace
    cross join lateral aclexplode(pg_namespace.nspacl) as granted
    inner join pg_roles on granted.grantee = pg_roles.oid and granted.grantee <> pg_namespace.nspowner
    where starts_with(obj_description(pg_namespace.oid, 'pg_namespace'), %s) and pg_roles.rolname = %s
    group by pg_namespace.nspname
    order by 1
"""
COLUMNS = """
    select
        relations.relname,
        array_agg(columns.attname || ' ' || format_type(columns.atttypid, columns.atttypmod)
            order by columns.attnum),
        bool_or(columns.attname = 'company_id'),
        coalesce(array_to_string(relations.reloptions, ',') like '%%security_barrier=true%%', false)
    from pg_class as relations
    inner join pg_attribute as columns
        on relations.oid = columns.attrelid and columns.attnum > 0 and not columns.attisdropped
    where
        relations.relnamespace = to_regnamespace(%s)
        and relations.relkind in ('r', 'v', 'm', 'p')
        and position('__dbt_' in relations.relname) = 0
    group by relations.oid, relations.relname, relations.reloptions
"""


@dataclass(frozen=True)
class Relation:
    """The columns of a table or view with their types, in order, and whether it has a company's."""

    columns: tuple[str, ...]
    has_company: bool
    is_barrier: bool


def schema_of(company_id: str) -> str:
    """Return the schema's name; an id that is no plain name in small letters adds a part of its hash."""
    plain = identifier(company_id)[:LONGEST]
    if plain == company_id:
        return f"{PREFIX}{plain}"
    return f"{PREFIX}{plain}_{hashlib.sha256(company_id.encode()).hexdigest()[:8]}"


def grant_company(client: Client, role: str, company_id: str) -> str:
    """Let a role read the models of one company; returns the schema in which it finds them.

    Raises ConfigurationError if there is no such role, or if it can read other companies already.
    """
    quoted, schema = checked_role(client, role), schema_of(company_id)
    _check_sees_no_others(client, role, quoted)
    place = client.escape_column_name(schema, casefold=False)
    with client.begin_transaction():
        client.execute_sql(f"create schema if not exists {place}")
        client.execute_sql(f"comment on schema {place} is {_literal(MARK + company_id)}")
        client.execute_sql(f"revoke all on schema {place} from public")
        client.execute_sql(f"grant usage on schema {place} to {quoted}")
        client.execute_sql(f"alter default privileges in schema {place} grant select on tables to {quoted}")
        _refresh(client, schema, company_id)
        client.execute_sql(f"grant select on all tables in schema {place} to {quoted}")
    return schema


def check_reads_no_company(client: Client, role: str) -> None:
    """Raise ConfigurationError if a role may read single companies: without --company it would see all."""
    schemas = [schema for (schema,) in client.execute_sql(SCHEMAS_OF_ROLE, MARK, role) or []]
    if schemas:
        places = ", ".join(client.escape_column_name(each, casefold=False) for each in schemas)
        raise ConfigurationError(
            f"The role '{role}' reads single companies: it may use {', '.join(schemas)}. Add --company, take "
            f"another role, or first run, in psql: REVOKE ALL ON SCHEMA {places} FROM "
            f"{client.escape_column_name(role, casefold=False)};"
        )


def refresh_company_readers(client: Client) -> None:
    """Make the views of all such schemas follow the models, in one transaction: new ones, and new columns."""
    schemas = client.execute_sql(SCHEMAS, len(MARK) + 1, MARK) or []
    if schemas:
        with client.begin_transaction():
            for schema, company_id in schemas:
                _refresh(client, schema, company_id)


def forget_company_readers(client: Client, company_id: str) -> None:
    """Drop the schema of a company with its views; its readers have nothing to read then."""
    for schema, of_company in client.execute_sql(SCHEMAS, len(MARK) + 1, MARK) or []:
        if of_company == company_id:
            client.execute_sql(f"drop schema {client.escape_column_name(schema, casefold=False)} cascade")


def _check_sees_no_others(client: Client, role: str, quoted: str) -> None:
    for schema in (MODELS, STAGING, RAW):
        rows = client.execute_sql(
            "select coalesce(has_schema_privilege(%s, to_regnamespace(%s), 'usage'), false)", role, schema
        )
        if rows and rows[0][0]:
            raise ConfigurationError(
                f"The role '{role}' can read all companies: it may use the schema {schema}. Take a role that "
                f"may not, or first run, in psql: REVOKE ALL ON SCHEMA {schema} FROM {quoted};"
            )


def _refresh(client: Client, schema: str, company_id: str) -> None:
    models, views = _relations(client, MODELS), _relations(client, schema)
    for name in sorted(views.keys() - models.keys()):
        client.execute_sql(f"drop view {_named(client, schema, name)}")
    for name, model in models.items():
        if not model.has_company and name not in OF_NO_COMPANY:
            continue
        view = views.get(name)
        if view and view.is_barrier and view.columns == model.columns:
            continue
        if view and model.columns[: len(view.columns)] != view.columns:
            client.execute_sql(f"drop view {_named(client, schema, name)}")
        for statement in _statements(client, schema, name, model, company_id):
            client.execute_sql(statement)


def _statements(client: Client, schema: str, name: str, model: Relation, company_id: str) -> Iterator[str]:
    view, source = _named(client, schema, name), _named(client, MODELS, name)
    condition = f" where company_id = {_literal(company_id)}" if model.has_company else ""
    yield f"create or replace view {view} with (security_barrier = true) as select * from {source}{condition}"


def _relations(client: Client, schema: str) -> dict[str, Relation]:
    rows = client.execute_sql(COLUMNS, schema) or []
    return {
        name: Relation(tuple(columns), has_company, is_barrier)
        for name, columns, has_company, is_barrier in rows
    }


def _named(client: Client, schema: str, name: str) -> str:
    return ".".join(client.escape_column_name(each, casefold=False) for each in (schema, name))


def _literal(text: str) -> str:
    """Return a text as SQL has it; definitions take no parameters."""
    escaped = text.replace("'", "''")
    return "E'{}'".format(escaped.replace("\\", "\\\\")) if "\\" in text else f"'{escaped}'"
