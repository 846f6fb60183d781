"""docs/configuration.md against the code: no setting is missing, invented, or given another default."""

import ast
import dataclasses
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from accbooks_warehouse.pipelines import configuration
from accbooks_warehouse.pipelines.destinations import DEFAULT_FILE
from accbooks_warehouse.pipelines.destinations.delta_maintenance import RETENTION_HOURS
from accbooks_warehouse.pipelines.destinations.duckdb import MEMORY
from accbooks_warehouse.pipelines.known_settings import DBT_VARIABLES, OTHER_VARIABLES, SETTINGS
from accbooks_warehouse.pipelines.output.notice import Webhook
from accbooks_warehouse.sources.accbooks.settings import Settings

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "configuration.md").read_text()
DEFINITIONS = (ROOT / "pipelines" / "orchestration" / "dagster_definitions.py").read_text()
"""Read, and not imported: it takes Dagster, which takes seconds."""
SET_BY_THE_PIPELINE = {
    "raw_schema",
    "today",
    "companies",
    "everything",
    "recompared",
    "in_flight",
    "left_out",
    "compare_tables",
    "inline_postings",
    "semantic_layer",
    "accbooks_schema",
    "project_version",
    "check_thresholds",
    "closed_periods",
}


def rows(first: str) -> dict[str, list[str]]:
    """The rows of the tables whose first heading is `first`, by the name in their first cell."""
    found, wanted = {}, False
    for line in PAGE.splitlines():
        cells = [cell.strip() for cell in line[1:-1].split("|")] if line.startswith("|") else []
        if not cells:
            wanted = False
        elif cells[0] == first:
            wanted = True
        elif wanted and not cells[0].startswith("--"):
            found[cells[0].strip("`")] = cells[1:]
    return found


def asked_for() -> Iterator[str]:
    """Every setting that the code asks dlt for, by name; an expression in a name is left out."""
    for package in ("pipelines", "sources"):
        for path in (ROOT / package).rglob("*.py"):
            text = path.read_text()
            section = re.search(r'^SECTION = "(.*)"', text, re.MULTILINE)
            for node in ast.walk(ast.parse(text)):
                if isinstance(node, ast.Call) and node.args:
                    called = ast.unparse(node.func)
                    if called in {"dlt.config.get", "dlt.secrets.get", "config.get", "secrets.get"}:
                        yield from named(node.args[0], section[1] if section else "")
                    elif called in {"_number", "_setting"} and isinstance(node.args[0], ast.Constant):
                        own = configuration.SECTION if called == "_number" else section[1] if section else ""
                        yield f"{own}.{node.args[0].value}"


def named(expression: ast.expr, section: str) -> Iterator[str]:
    name = ast.unparse(expression).removeprefix("f").strip("'").replace("{SECTION}", section)
    if re.fullmatch(r"[a-z_.]+", name):
        yield name


def test_every_setting_the_code_asks_for_is_on_the_page_and_no_other() -> None:
    assert set(asked_for()) == set(rows("key")) - {"destination.NAME.credentials"}


def test_every_setting_on_the_page_is_known_and_no_other() -> None:
    page = {tuple(name.rsplit(".", 1)) for name in rows("key") if not name.startswith("destination.")}
    known = {(table, name) for table, names in SETTINGS.items() for name in names}
    assert known - {("sources.accbooks", "files")} == {each for each in page if len(each) == 2}
    assert {*DBT_VARIABLES, *OTHER_VARIABLES} == set(rows("variable"))


def test_every_field_of_a_key_s_settings_is_on_the_page_with_its_default() -> None:
    by_settings: dict[str, Any] = {
        f"{configuration.SECTION}.{field.name}": field.default
        for field in dataclasses.fields(Settings)
        if field.name not in {"api_key", "day_count", "shared_counts"}
    }
    others = {
        "destination.duckdb.credentials": DEFAULT_FILE,
        "destination.duckdb.memory_limit": MEMORY,
        "destination.lakehouse.retention_hours": RETENTION_HOURS,
        "sources.accbooks.closed_periods": "warning",
        "notify.always": Webhook("https://example.com").always,
        "dagster.cron": constant("CRON"),
        "dagster.timezone": constant("TIMEZONE"),
        "dagster.destination": "duckdb",
        "dagster.batch": number("BATCH"),
        "dagster.jobs": number("JOBS"),
        "dagster.fresh_hours": number("FRESH_HOURS"),
    }
    defaults = {name: cells[1].strip("`") for name, cells in rows("key").items() if cells[1]}
    assert defaults == {
        name: spelled(value) for name, value in (by_settings | others).items() if value is not None
    }


def number(name: str) -> float:
    """A number in Dagster's definitions."""
    found = re.search(rf"^{name} = ([\d.]+)$", DEFINITIONS, re.MULTILINE)
    assert found is not None
    return float(found[1])


def constant(name: str) -> str:
    (value,) = re.findall(rf'^{name} = "(.*)"$', DEFINITIONS, re.MULTILINE)
    return str(value)


def spelled(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)


def test_every_setting_has_its_spelling_in_the_environment() -> None:
    for name, cells in rows("key").items():
        assert cells[-1].partition(",")[0] == f"`{name.replace('.', '__').upper()}`"


def test_every_dbt_variable_of_the_user_s_is_on_the_page_with_its_default() -> None:
    project = yaml.safe_load((ROOT / "transforms" / "dbt_project.yml").read_text())
    variables: Mapping[str, Any] = project["vars"]
    listed = {name: cells[0].strip("`") for name, cells in rows("variable").items()}
    assert listed == {
        name: ", ".join(value) if isinstance(value, list) else spelled(value)
        for name, value in variables.items()
        if name not in SET_BY_THE_PIPELINE
    }
    assert set(variables) >= SET_BY_THE_PIPELINE


def test_the_defaults_that_dlt_is_given_are_on_the_page() -> None:
    listed = rows("variable of the environment")
    for name, value in configuration.DEFAULTS.items():
        assert listed[name][0] == f"`{value}`"
