"""A role that may read the models and nothing else, for BI."""

from __future__ import annotations

from typing import Any

from accbooks_warehouse.pipelines.destinations.base import MODELS
from accbooks_warehouse.sources.accbooks import ConfigurationError
from dlt.destinations.sql_client import SqlClientBase


def grant(client: SqlClientBase[Any], role: str) -> str:
    """Let a role read every table in the models' schema, including future ones; returns the schema.

    Raises ConfigurationError if there is no such role.
    """
    quoted = checked_role(client, role)
    with client.begin_transaction():
        client.execute_sql(f"create schema if not exists {MODELS}")
        client.execute_sql(f"grant usage on schema {MODELS} to {quoted}")
        client.execute_sql(f"grant select on all tables in schema {MODELS} to {quoted}")
        client.execute_sql(f"alter default privileges in schema {MODELS} grant select on tables to {quoted}")
    return MODELS


def checked_role(client: SqlClientBase[Any], role: str) -> str:
    """Return a role's name in quotes; lets it connect to the database if it may not.

    The role has to exist, because creating one needs a right and a password that a loader should not have.
    Raises ConfigurationError if it does not.
    """
    quoted = client.escape_column_name(role, casefold=False)
    known = client.execute_sql(
        "select has_database_privilege(oid, current_database(), 'connect'), current_database()"
        " from pg_roles where rolname = %s",
        role,
    )
    if not known:
        raise ConfigurationError(
            f"There is no role '{role}'. Create it first, in psql: CREATE ROLE {quoted} LOGIN; and "
            f"\\password {quoted}. Then run this again."
        )
    may_connect, database = known[0]
    if not may_connect:
        named = client.escape_column_name(str(database), casefold=False)
        client.execute_sql(f"grant connect on database {named} to {quoted}")
    return quoted
