"""That a view is what its model says, whatever stood in its place, and that the database describes it."""

from __future__ import annotations

from typing import Any

import pytest

LINES = "select count(*) from accbooks.accbooks.aged_receivables"
DESCRIBED = (
    "select comment from duckdb_columns() where table_name = 'aged_receivables' and comment is not null"
)


@pytest.mark.parametrize(
    "instead",
    [
        ("create or replace view accbooks.accbooks.aged_receivables as select 1 as number",),
        ("drop view accbooks.accbooks.aged_receivables",),
        (
            "drop view accbooks.accbooks.aged_receivables",
            "create table accbooks.accbooks.aged_receivables as select 1 as number",
        ),
        (
            "create view accbooks.accbooks.aged_receivables__dbt_tmp as select 1 as number",
            "create view accbooks.accbooks.aged_receivables__dbt_backup as select 1 as number",
        ),
    ],
    ids=["another query", "nothing", "a table", "left over"],
)
def test_a_view_is_made_again_whatever_stands_in_its_place(
    copied_books: Any, instead: tuple[str, ...]
) -> None:
    before = (copied_books.rows(LINES), copied_books.rows(DESCRIBED))
    assert all(before)
    copied_books.execute(*instead)
    ((outcome),) = copied_books.dbt("run", "--select", "aged_receivables").values()
    assert outcome.status == "success"
    assert (copied_books.rows(LINES), copied_books.rows(DESCRIBED)) == before
    left = "select view_name from duckdb_views() where view_name like 'aged_receivables__dbt%'"
    assert copied_books.rows(left) == []


def test_the_database_describes_every_column_of_every_public_relation(copied_books: Any) -> None:
    undescribed = (
        "select table_name || '.' || column_name from duckdb_columns() "
        "where schema_name = 'accbooks' and comment is null"
    )
    assert copied_books.rows(undescribed) == []
