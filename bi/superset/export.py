"""Take the dashboards as they are in Superset back into the bundle: what `make bi-export` runs.

Change a chart in Superset, run it, and look at what git shows. An export of Superset has numbers of its
own, empty fields, and columns in any order. None of that is written, so what nobody changed stays as it is.
"""

import sys
from pathlib import Path
from typing import Any

import yaml
from set_up import BUNDLE, opened

LEFT_OUT = {
    *("datasource", "slice_id", "dashboards", "query_context", "timestamp", "chartsInScope", "tabsInScope"),
    *("chart_configuration", "global_chart_configuration", "color_scheme_domain", "label_colors"),
    *("shared_label_colors", "map_label_colors"),
}
"""What Superset writes down for itself."""
DEFAULTS = {
    "always_filter_main_dttm": False,
    "filter_select_enabled": True,
    "is_active": True,
    "normalize_columns": False,
    "offset": 0,
}
NAMED_BY = ("column_name", "metric_name")


def main() -> None:
    """Write what Superset has of the bundle's dashboards into the folder given, or into the bundle."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else BUNDLE
    known = {yaml.safe_load(path.read_text()).get("uuid"): path for path in folder.rglob("*.yaml")}
    for name, new in exported([uuid for uuid, path in known.items() if path.parent.name == "dashboards"]):
        path = known.get(new["uuid"]) or folder / name
        old = yaml.safe_load(path.read_text()) if path.exists() else {}
        numbered(new)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(written(merged(old, new)))


def exported(uuids: list[str]) -> list[tuple[str, dict[str, Any]]]:
    """Return the files of an export of these dashboards, but for the database, which is not the bundle's."""
    with opened():
        from superset import db
        from superset.commands.dashboard.export import ExportDashboardsCommand
        from superset.models.dashboard import Dashboard

        ids = [each.id for each in db.session.query(Dashboard).filter(Dashboard.uuid.in_(uuids))]
        files = [(name, content()) for name, content in ExportDashboardsCommand(ids).run()]
    folders = ("datasets/", "charts/", "dashboards/")
    return [(name, yaml.safe_load(text)) for name, text in files if name.startswith(folders)]


def numbered(content: dict[str, Any]) -> None:
    """Give the charts of a dashboard the numbers that they have on the page, instead of this Superset's."""
    position = content.get("position", {})
    placed = []

    def walk(key: str) -> None:
        if position[key]["type"] == "CHART":
            placed.append(position[key]["meta"])
        for child in position[key].get("children", ()):
            walk(child)

    if position:
        walk("ROOT_ID")
    numbers = {meta["chartId"]: number for number, meta in enumerate(placed, 1)}
    for meta in placed:
        meta["chartId"] = numbers[meta["chartId"]]
    for each in content.get("metadata", {}).get("native_filter_configuration", ()):
        excluded = each["scope"].get("excluded", ())
        each["scope"]["excluded"] = sorted(numbers[old] for old in excluded if old in numbers)


def merged(old: Any, new: Any) -> Any:
    """Return the new value, in the order of the old one and without what says nothing."""
    if isinstance(new, dict):
        return merged_fields(old if isinstance(old, dict) else {}, new)
    if isinstance(new, list):
        return merged_list(old if isinstance(old, list) else [], new)
    return new


def merged_fields(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """Return the fields; an empty one stays where the bundle has it and Superset leaves it out."""
    stay = [name for name, value in old.items() if name in new or is_empty(value)]
    added = [name for name, value in new.items() if name not in old and is_said(name, value)]
    return {name: merged(old.get(name), new.get(name, old.get(name))) for name in (*stay, *added)}


def merged_list(old: list[Any], new: list[Any]) -> list[Any]:
    """Return the values; columns and metrics are in the order of the bundle, by their names."""
    name = next((each for each in NAMED_BY if new and isinstance(new[0], dict) and each in new[0]), None)
    if name is None:
        beside = old if len(old) == len(new) else [None] * len(new)
        return [merged(*pair) for pair in zip(beside, new, strict=True)]
    held = {each[name]: each for each in old}
    order = {each: place for place, each in enumerate(held)}
    ordered = sorted(new, key=lambda each: order.get(each[name], len(order)))
    return [merged(held.get(each[name]), each) for each in ordered]


def is_empty(value: Any) -> bool:
    """Tell whether a field is as if it were not there; false is an answer."""
    return value in (None, "", [], {})


def is_said(name: str, value: Any) -> bool:
    """Tell whether a field that the bundle does not have yet says something."""
    return name not in LEFT_OUT and not is_empty(value) and DEFAULTS.get(name) != value


def written(content: dict[str, Any]) -> str:
    """Return a file of the bundle; a text of several lines is written as one, so that a query can be read."""
    return yaml.dump(content, Dumper=Dumper, sort_keys=False, allow_unicode=True, width=110)


class Dumper(yaml.SafeDumper):
    """Writes every value where it stands, without references."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002, D102 - PyYAML calls it
        return True


def represented(dumper: Dumper, text: str) -> yaml.ScalarNode:
    """Return a text as YAML."""
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


Dumper.add_representer(str, represented)


if __name__ == "__main__":
    main()
