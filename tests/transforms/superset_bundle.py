"""The bundle of dashboards in bi/superset, as tests read it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
BUNDLE = ROOT / "bi" / "superset" / "bundle"
TABLE = re.compile(r"\baccbooks\.(\w+)")

Content = dict[str, Any]


def files(folder: str) -> list[Content]:
    """Return the files of a folder of the bundle."""
    return [yaml.safe_load(path.read_text()) for path in sorted((BUNDLE / folder).rglob("*.yaml"))]


@dataclass(frozen=True)
class Chart:
    """A chart, with the dataset that it asks."""

    name: str
    params: Content
    uuid: str
    dataset: Content

    @property
    def columns(self) -> list[str]:
        """Return the columns that it shows; the first is the axis, if it has one."""
        params = self.params
        shown = [*([params["x_axis"]] if "x_axis" in params else []), *params.get("groupby", ())]
        return params.get("all_columns") or shown

    @property
    def metrics(self) -> list[str]:
        """Return the saved metrics that it shows."""
        return self.params.get("metrics") or ([self.params["metric"]] if "metric" in self.params else [])

    @property
    def filters(self) -> list[Content]:
        """Return the conditions that it is shown under, as the API of chart data takes them."""
        return [
            {"col": each["subject"], "op": each["operator"], "val": each.get("comparator")}
            for each in self.params["adhoc_filters"]
        ]

    @property
    def order(self) -> list[tuple[str, bool]]:
        """Return the columns or metrics it is ordered by, and whether the smallest comes first."""
        if "order_by_cols" in self.params:
            return [tuple(yaml.safe_load(each)) for each in self.params["order_by_cols"]]
        if "timeseries_limit_metric" in self.params:
            return [(self.params["timeseries_limit_metric"], False)]
        return []


@dataclass(frozen=True)
class Dashboard:
    """A dashboard, with its charts in the order of the page, by the number that its layout gives them."""

    title: str
    slug: str
    charts: dict[int, Chart]
    filters: list[Content]
    position: Content

    @property
    def tables(self) -> set[str]:
        """Return the tables of schema accbooks that its charts and filters read."""
        asked = [chart.dataset for chart in self.charts.values()]
        asked += [DATASETS[target["datasetUuid"]] for each in self.filters for target in each["targets"]]
        return {table for dataset in asked for table in TABLE.findall(dataset["sql"])}

    def filters_of(self, number: int) -> list[str]:
        """Return the columns of the native filters that are for a chart."""
        return [
            each["targets"][0]["column"]["name"]
            for each in self.filters
            if number not in each["scope"]["excluded"]
        ]


DATASETS = {each["uuid"]: each for each in files("datasets")}
CHARTS = {
    each["uuid"]: Chart(each["slice_name"], each["params"], each["uuid"], DATASETS[each["dataset_uuid"]])
    for each in files("charts")
}


def dashboard(content: Content) -> Dashboard:
    """Return a dashboard of the bundle."""
    position = content["position"]
    placed = [
        position[child]["meta"]
        for row in position["GRID_ID"]["children"]
        for child in position[row]["children"]
    ]
    charts = {each["chartId"]: CHARTS[each["uuid"]] for each in placed if "chartId" in each}
    filters = content["metadata"]["native_filter_configuration"]
    return Dashboard(content["dashboard_title"], content["slug"], charts, filters, position)


DASHBOARDS = {each["dashboard_title"]: dashboard(each) for each in files("dashboards")}
