"""The models on Apache Spark: a master, two workers and Spark Connect, as `make spark` installs them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

pytest.importorskip("pysail", reason="The extra `spark` is not installed.")
pytest.importorskip("dbt.adapters.spark", reason="The extra `spark` is not installed.")

from accbooks_warehouse.pipelines.transform import exact_spark
from delta_lake import Lake, relations_of, session_of
from spark_cluster import Cluster, cluster
from test_spark import QUOTED, build, compare

pytestmark = [pytest.mark.long, pytest.mark.nightly, pytest.mark.timeout(3600)]

MODELS = (
    "--select",
    *(f"+{name}" for name in ("general_ledger", "trial_balance", "profit_and_loss", "balance_sheet")),
    "+reconciliation",
)
"""What other programs rely on, and all it is built from: Spark takes minutes to plan some of the others."""


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Cluster, Any]]:
    exact_spark.replace_dbts()
    with cluster(tmp_path_factory.mktemp("cluster")) as started, session_of(started.address) as session:
        yield started, session


@pytest.fixture(scope="module")
def built(
    build_in: Callable[..., Any],
    books: Mapping[str, Any],
    spark: tuple[Cluster, Any],
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Any, Lake]:
    """The same books in DuckDB and in a lake, built in both."""
    warehouse = build_in(tmp_path_factory.mktemp("duckdb"), {**books, QUOTED: books["alpha"]})
    started, session = spark
    lake = Lake(warehouse, tmp_path_factory.mktemp("lake"), started.address, session)
    lake.copy_raw_tables()
    build(warehouse, *MODELS)
    build(lake, *MODELS)
    return warehouse, lake


def test_every_relation_is_duckdbs_field_by_field(built: tuple[Any, Lake]) -> None:
    warehouse, lake = built
    assert len(relations_of(warehouse.connect)) > 20
    assert compare(warehouse, lake) == {}
