"""The public models, as described in the dbt project's files; needs neither a database nor dbt."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

PROJECT = Path(__file__).resolve().parents[2] / "transforms"
INTERNAL = ("stg_", "int_", "metric_")
"""The prefixes of models that only other models read."""
SCHEMA = "accbooks"
OF_FILES = re.compile(r"enabled=var\('accbooks_")
"""A model that exists only where a file is configured."""
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The one in C reads dbt_project.yml in a tenth of the time; not every installation of PyYAML has it."""
OWN_SCHEMA = re.compile(r"\bschema='(\w+)'")
"""A model's own config overrides its folder's in dbt_project.yml."""


@dataclass(frozen=True)
class Model:
    """A model in schema `accbooks`: its description, its columns, and the columns to order its rows by.

    `types` are those that the project declares. A model that `needs_file` exists only with a configured file.
    """

    name: str
    description: str
    columns: Mapping[str, str]
    order: tuple[str, ...]
    types: Mapping[str, str]
    needs_file: bool

    @property
    def sentence(self) -> str:
        """Return the first sentence of its description, which says what a row is."""
        first, dot, _ = self.description.partition(". ")
        return " ".join(first.split()) + dot.strip()


def model_names(*, of_files: bool = True) -> list[str]:
    """Return the names of the models in schema `accbooks`, without reading their descriptions.

    Without `of_files`, only those that every warehouse has.
    """
    return sorted(path.stem for path in _public_models() if of_files or not _needs_file(path))


def _needs_file(path: Path) -> bool:
    return bool(OF_FILES.search(model_texts()[path]))


@cache
def model_texts() -> Mapping[Path, str]:
    """Return the SQL of every model by its file, as it was when first asked for."""
    return {path: path.read_text(encoding="utf-8") for path in (PROJECT / "models").rglob("*.sql")}


def all_model_names() -> list[str]:
    """Return the names of all models, including those that only other models read."""
    return sorted(path.stem for path in (PROJECT / "models").rglob("*.sql"))


def models(*, of_files: bool = True) -> list[Model]:
    """Return the models in schema `accbooks`, by name; without `of_files`, those that every warehouse has."""
    found = [_described(path) for path in _public_models() if of_files or not _needs_file(path)]
    return sorted(found, key=lambda model: model.name)


def _public_models() -> Iterator[Path]:
    configured = _read(PROJECT / "dbt_project.yml")["models"]["accbooks"]
    folder = PROJECT / "models"
    for path, text in model_texts().items():
        settings = _settings(configured, path.relative_to(folder).with_suffix("").parts)
        if of_its_own := OWN_SCHEMA.search(text):
            settings["+schema"] = of_its_own[1]
        is_kept = settings["+schema"] == SCHEMA and settings["+materialized"] != "ephemeral"
        if is_kept and not path.stem.startswith(INTERNAL):
            yield path


def _read(path: Path) -> Any:
    return yaml.load(path.read_text(encoding="utf-8"), Loader=LOADER)  # noqa: S506 - both loaders are safe


def _settings(configured: Mapping[str, Any], parts: tuple[str, ...]) -> dict[str, Any]:
    """Return a model's settings in dbt_project.yml; those of an inner folder override the outer's."""
    settings: dict[str, Any] = {}
    level: Any = configured
    for part in ("", *parts):
        level = level.get(part) if part else level
        if not isinstance(level, Mapping):
            break
        settings |= {name: value for name, value in level.items() if name.startswith("+")}
    return settings


def _described(path: Path) -> Model:
    name = path.stem
    described = _read(path.with_suffix(".yml"))["models"]
    model = next(each for each in described if each["name"] == name)
    columns = {column["name"]: " ".join(column["description"].split()) for column in model["columns"]}
    types = {each["name"]: each["data_type"] for each in model["columns"] if "data_type" in each}
    description = " ".join(model["description"].split())
    return Model(name, description, columns, _order(model), types, _needs_file(path))


def _order(model: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the key columns to order rows by: the company first, then the date, then the others."""
    for test in model.get("data_tests", ()):
        if isinstance(test, Mapping) and "is_key" in test:
            arguments = test["is_key"]["arguments"]
            key = list(arguments["columns"])
            place = 1 if key[0] == "company_id" else 0
            dated = [arguments["date"]] if arguments.get("date") else []
            return tuple(dict.fromkeys([*key[:place], *dated, *key[place:]]))
    return ()
