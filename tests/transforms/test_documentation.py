"""That everything of the dbt project is described, and that its site can be built without a warehouse."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from accbooks_warehouse.pipelines.queries.figures import NEEDED
from accbooks_warehouse.pipelines.transform.catalogue import model_names

pytestmark = pytest.mark.long

ROOT = Path(__file__).parents[2]
MODELS = ROOT / "transforms" / "models"


@cache
def files() -> dict[Path, dict[str, Any]]:
    """What the yml files say, by their paths."""
    return {path: yaml.safe_load(path.read_text()) for path in sorted(MODELS.rglob("*.yml"))}


def described() -> list[tuple[str, dict[str, Any]]]:
    """Every model, source, source table and exposure by a name, with what its yml says."""
    found = []
    for content in files().values():
        found += [(f"model {each['name']}", each) for each in content.get("models", ())]
        found += [(f"exposure {each['name']}", each) for each in content.get("exposures", ())]
        for source in content.get("sources", ()):
            found.append((f"source {source['name']}", source))
            found += [(f"source table {each['name']}", each) for each in source["tables"]]
    return found


def test_every_model_has_a_description_and_so_has_each_of_its_columns() -> None:
    models = {name.removeprefix("model ") for name, _ in described() if name.startswith("model ")}
    assert models == {path.stem for path in MODELS.rglob("*.sql")}
    for name, content in described():
        assert is_a_sentence(content["description"]), name
        if not name.startswith(("exposure ", "source accbooks")):
            assert content["columns"], name
        for column in content.get("columns", ()):
            assert is_a_sentence(column["description"]), f"{name}.{column['name']}"


def is_a_sentence(text: str) -> bool:
    return bool(re.search(r"\w{2}.*\.$", text.strip(), re.DOTALL))


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The site as it is built where there is no warehouse, and the manifest that it carries."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, str(ROOT / "docs" / "site.py"), "built"]
    environment = os.environ | {"DBT_WRITE_JSON": "false"}  # as the commands of the package set it
    subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True)
    assert [path.name for path in folder.iterdir()] == ["built"]
    page = (folder / "built" / "index.html").read_text()
    (text,) = re.findall(r'\{"metadata": ?\{"dbt_schema_version": ?"[^"]*manifest.*', page)[:1]
    found: dict[str, Any] = json.JSONDecoder().raw_decode(text)[0]
    return found


def test_the_site_is_one_file_with_every_model_and_source(manifest: dict[str, Any]) -> None:
    models = {node["name"] for node in manifest["nodes"].values() if node["resource_type"] == "model"}
    assert models == {path.stem for path in MODELS.rglob("*.sql")}
    assert {source["name"] for source in manifest["sources"].values()} >= {"invoices", "report_versions"}


def test_the_catalogue_is_what_dbt_says_of_the_models_schema(manifest: dict[str, Any]) -> None:
    public = {
        node["name"]
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model"
        and node["config"]["materialized"] != "ephemeral"
        and node["schema"] == "accbooks"
        and not node["name"].startswith("metric_")  # only MetricFlow reads them
    }
    assert public == set(model_names())


def test_the_diagram_is_that_of_the_keys_the_project_declares() -> None:
    sys.path.insert(0, str(ROOT / "docs"))
    import diagram  # noqa: PLC0415 - a script of the documentation's, no package

    sys.path.remove(str(ROOT / "docs"))
    assert (ROOT / "docs" / "diagram.md").read_text() == diagram.page(), "run 'make diagram'"


def test_every_table_with_keys_declares_that_they_lead_somewhere() -> None:
    """A test follows each foreign key to a table and columns that are there."""
    models = {name.removeprefix("model "): each for name, each in described() if name.startswith("model ")}
    declaring = {
        name for name, each in models.items() if "foreign_keys" in each.get("config", {}).get("meta", {})
    }
    assert declaring >= {"invoices", "invoice_lines", "payments", "general_ledger", "sales", "expenses"}
    for name in declaring:
        keys = models[name]["config"]["meta"]["foreign_keys"]
        followed = [test["has_parents"] for test in models[name]["data_tests"] if "has_parents" in test]
        assert [test["arguments"]["foreign_keys"] for test in followed] == [keys], name
        for key in keys:
            held = {column["name"] for column in models[name]["columns"]}
            parents = {column["name"] for column in models[key["to"]]["columns"]}
            assert (set(key["columns"]) - held, set(key["to_columns"]) - parents) == (set(), set()), (
                name,
                key,
            )


def test_exposures_rest_on_models_that_others_may_read(manifest: dict[str, Any]) -> None:
    exposures = manifest["exposures"].values()
    assert {exposure["name"] for exposure in exposures} >= {"html_report", "management_accounts"}
    for exposure in exposures:
        read = {name.rpartition(".")[2] for name in exposure["depends_on"]["nodes"]}
        assert read
        assert read <= set(model_names())
        if exposure["name"] == "html_report":
            assert read >= set(NEEDED)
