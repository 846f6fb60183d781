"""Answers to small queries, as dbt gets them without its detours."""

from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import duckdb
import pytest
from accbooks_warehouse.pipelines.transform.plain_results import build_type_tester, columns_in_relation
from dbt.adapters.duckdb.column import DuckDBColumn
from dbt_common.exceptions import DbtRuntimeError


def test_a_parser_is_made_once_in_a_thread_for_each_set_of_columns() -> None:
    made = build_type_tester(["b", "a"], ())
    assert build_type_tester(["a", "b"], ()) is made
    assert build_type_tester(["a"], ()) is not made
    assert build_type_tester(["a", "b"]) is not made
    with ThreadPoolExecutor(1) as other:
        assert other.submit(build_type_tester, ["a", "b"], ()).result() is not made


@pytest.fixture
def adapter() -> Any:
    """What an adapter has that asks for columns, on a database with one table."""
    connection = duckdb.connect()
    connection.execute('create table held (amount decimal(18, 2), "Name" text)')

    def add_query(sql: str) -> tuple[None, Any]:
        try:
            return None, connection.cursor().execute(sql)
        except duckdb.Error as error:
            raise DbtRuntimeError(str(error)) from error

    return SimpleNamespace(connections=SimpleNamespace(add_query=add_query), Column=DuckDBColumn)


def test_columns_have_their_names_and_types_in_order(adapter: Any) -> None:
    found = columns_in_relation(adapter, SimpleNamespace(render=lambda: "held"))  # type: ignore[arg-type]
    assert [(each.name, each.dtype) for each in found] == [("amount", "DECIMAL(18,2)"), ("Name", "VARCHAR")]


def test_a_relation_that_is_missing_has_no_columns_and_another_error_is_raised(adapter: Any) -> None:
    assert columns_in_relation(adapter, SimpleNamespace(render=lambda: "missing")) == []  # type: ignore[arg-type]
    with pytest.raises(DbtRuntimeError):
        columns_in_relation(adapter, SimpleNamespace(render=lambda: "held held held"))  # type: ignore[arg-type]
