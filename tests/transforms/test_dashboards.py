"""The dashboards for Superset name only what the models have; test_superset.py shows them in Superset."""

from __future__ import annotations

import json
import re
from collections import Counter
from contextlib import closing
from typing import Any

import pytest
import yaml
from superset_bundle import BUNDLE, CHARTS, DASHBOARDS, DATASETS, ROOT, Chart, Dashboard, files

EXPOSURES = ROOT / "transforms" / "models" / "exposures.yml"
REFERENCE = re.compile(r"ref\('(\w+)'\)")
SIMPLE = re.compile(r"(SUM|MAX|COUNT)\((DISTINCT )?(\w+|\*)\)")
"""What a chart may do with the rows of the models."""
COLUMNS_OF_SCREEN = 12
TYPES = {
    16: "BOOLEAN",
    20: "BIGINT",
    23: "BIGINT",
    25: "TEXT",
    1043: "TEXT",
    1082: "DATE",
    1184: "TIMESTAMP WITH TIME ZONE",
    1700: "NUMERIC",
}
"""The types of a dataset's columns, by PostgreSQL's numbers."""

by_name = pytest.mark.parametrize("dataset", DATASETS.values(), ids=lambda each: each["table_name"])
of_charts = pytest.mark.parametrize("chart", CHARTS.values(), ids=lambda each: each.name)
of_dashboards = pytest.mark.parametrize("dashboard", DASHBOARDS.values(), ids=lambda each: each.title)


@pytest.mark.long
@by_name
def test_a_dataset_has_the_columns_that_its_query_has_and_every_metric_can_be_asked_for(
    postgres_books: Any, dataset: dict[str, Any]
) -> None:
    query = dataset["sql"].rstrip()
    metrics = ", ".join(each["expression"] for each in dataset["metrics"]) or "1"
    with closing(postgres_books.connect()) as cursor:
        cursor.execute(f"select * from ({query}) as asked limit 0")
        found = {each.name: TYPES[each.type_code] for each in cursor.description}
        cursor.execute(f"select {metrics} from ({query}) as asked")
    assert {each["column_name"]: each["type"] for each in dataset["columns"]} == found
    dated = {each["column_name"] for each in dataset["columns"] if each["is_dttm"]}
    assert dated == {name for name, kind in found.items() if kind in {"DATE", "TIMESTAMP WITH TIME ZONE"}}


@by_name
def test_a_dataset_has_headings_and_simple_metrics_alone(dataset: dict[str, Any]) -> None:
    assert dataset["schema"] == "accbooks"
    assert all(each["verbose_name"] for each in (*dataset["columns"], *dataset["metrics"]))
    assert [each for each in dataset["metrics"] if not SIMPLE.fullmatch(each["expression"])] == []
    (database,) = files("databases")
    assert dataset["database_uuid"] == database["uuid"]


@of_charts
def test_a_chart_shows_what_its_dataset_has_and_computes_nothing(chart: Chart) -> None:
    columns = {each["column_name"] for each in chart.dataset["columns"]}
    metrics = {each["metric_name"] for each in chart.dataset["metrics"]}
    assert chart.columns or chart.metrics
    assert {*chart.columns, *(each["col"] for each in chart.filters)} <= columns
    assert set(chart.metrics) <= metrics
    assert {name for name, _ in chart.order} <= columns | metrics
    assert '"SQL"' not in json.dumps(chart.params)


@of_charts
def test_amounts_of_a_table_have_pence_or_are_whole(chart: Chart) -> None:
    kinds = {each["column_name"]: each["type"] for each in chart.dataset["columns"]}
    formats = chart.params.get("column_config", {})
    for column in chart.params.get("all_columns", ()):
        if kinds[column] == "NUMERIC":
            assert formats[column]["d3NumberFormat"] in {",.2f", ",.0f"}, column


@of_dashboards
def test_a_dashboard_fits_its_rows_and_filters_what_can_be_filtered(dashboard: Dashboard) -> None:
    position = dashboard.position
    for row in position["GRID_ID"]["children"]:
        widths = [position[child]["meta"]["width"] for child in position[row]["children"]]
        assert sum(widths) == COLUMNS_OF_SCREEN, row
    for each in dashboard.filters:
        (target,) = each["targets"]
        offered = {column["column_name"] for column in DATASETS[target["datasetUuid"]]["columns"]}
        assert target["column"]["name"] in offered
        assert set(each["scope"]["excluded"]) <= set(dashboard.charts)
    for number, chart in dashboard.charts.items():
        columns = {each["column_name"] for each in chart.dataset["columns"]}
        assert set(dashboard.filters_of(number)) <= columns, chart.name
        assert "company" in dashboard.filters_of(number)


def test_every_chart_and_dataset_is_used_and_has_a_uuid_of_its_own() -> None:
    shown = Counter(chart.uuid for each in DASHBOARDS.values() for chart in each.charts.values())
    assert shown == Counter(CHARTS.keys())
    everything = [
        each["uuid"] for kind in ("databases", "datasets", "charts", "dashboards") for each in files(kind)
    ]
    assert len(everything) == len(set(everything)) == 1 + len(DATASETS) + len(CHARTS) + len(DASHBOARDS)
    asked = {chart.dataset["uuid"] for chart in CHARTS.values()}
    filters = [each for dashboard in DASHBOARDS.values() for each in dashboard.filters]
    assert asked | {target["datasetUuid"] for each in filters for target in each["targets"]} == set(DATASETS)


@of_dashboards
def test_an_exposure_has_the_models_that_a_dashboard_reads(dashboard: Dashboard) -> None:
    exposures = yaml.safe_load(EXPOSURES.read_text())["exposures"]
    (exposure,) = [each for each in exposures if each["label"] == dashboard.title]
    assert [REFERENCE.fullmatch(each)[1] for each in exposure["depends_on"]] == sorted(dashboard.tables)  # type: ignore[index]


def test_the_bundle_has_no_password_and_no_address_of_others() -> None:
    (database,) = files("databases")
    assert database["sqlalchemy_uri"] == "postgresql+psycopg2://bi@localhost:5432/books"
    everything = "".join(path.read_text() for path in BUNDLE.rglob("*.yaml"))
    assert re.findall(r"[\w+]+://[^\s\"']+", everything) == [database["sqlalchemy_uri"]]
