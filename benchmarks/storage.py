"""How large a warehouse is, and what it holds."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import psycopg2

POSTINGS = "select count(*) from accbooks.general_ledger"
DATABASE_SIZE = """
    select sum(pg_total_relation_size(relations.oid))
    from pg_class as relations
    inner join pg_namespace as schemas on relations.relnamespace = schemas.oid
    where relations.relkind in ('r', 'm') and schemas.nspname like 'accbooks%'
"""


def size_of(warehouse: str) -> int:
    """Return the bytes of a DuckDB file, or of our tables and their indexes in a PostgreSQL database."""
    if warehouse.startswith("postgresql:"):
        return int(_asked(warehouse, DATABASE_SIZE))
    return Path(warehouse).stat().st_size


def postings_in(warehouse: str) -> int:
    """Return how many postings the ledger has."""
    return int(_asked(warehouse, POSTINGS))


def _asked(warehouse: str, sql: str) -> Any:
    if warehouse.startswith("postgresql:"):
        with closing(psycopg2.connect(warehouse)) as connection, connection.cursor() as cursor:
            cursor.execute(sql)
            return (cursor.fetchone() or (0,))[0]
    with duckdb.connect(warehouse, read_only=True) as connection:
        return (connection.execute(sql).fetchone() or (0,))[0]
