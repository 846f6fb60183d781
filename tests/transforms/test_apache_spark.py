"""The models on Apache Spark: a master, two workers and Spark Connect, as `make spark` installs them."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("pysail", reason="The extra `spark` is not installed.")
pytest.importorskip("dbt.adapters.spark", reason="The extra `spark` is not installed.")

from accbooks_warehouse.pipelines.transform import exact_spark
from delta_lake import Lake, relations_of, session_of
from spark_cluster import Cluster, cluster
from test_spark import OF_TABLES, QUOTED, build, compare

pytestmark = [pytest.mark.long, pytest.mark.nightly, pytest.mark.timeout(3600)]

CHANGED = (
    "update accbooks_raw.transactions set amount = amount + 10, net_amount = net_amount + 10, "
    "row_hash = 'later', _dlt_load_id = 'later' where company_id = 'alpha'"
)
MODELS = (
    "--select",
    *(f"+{name}" for name in ("general_ledger", "trial_balance", "profit_and_loss", "balance_sheet")),
    "+reconciliation",
)
"""What other programs rely on, and all it is built from: Spark takes minutes to plan some of the others."""
BUILT_EARLY = Path("accbooks_staging/ledger_postings/_delta_log")


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


def test_a_build_whose_executor_is_killed_ends_right(
    built: tuple[Any, Lake], spark: tuple[Cluster, Any]
) -> None:
    warehouse, lake = built
    started, _ = spark
    warehouse.execute(CHANGED)
    lake.copy_raw_tables()
    build(warehouse, *MODELS)
    commits, before, killed = lake.folder / BUILT_EARLY, started.executors(), threading.Event()
    written = len([*commits.glob("*.json")])
    is_over = threading.Event()

    def kill() -> None:
        while not is_over.wait(0.05):
            if len([*commits.glob("*.json")]) > written:
                os.kill(before[0], signal.SIGKILL)
                killed.set()
                return

    killer = threading.Thread(target=kill, daemon=True)
    killer.start()
    try:
        build(lake, *MODELS)
    finally:
        is_over.set()
        killer.join()
    assert killed.is_set()
    assert before[0] not in started.executors()
    assert compare(warehouse, lake, OF_TABLES) == {}
