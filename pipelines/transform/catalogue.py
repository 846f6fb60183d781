"""The models that others may read, as the dbt project describes them: no database and no dbt is asked."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

PROJECT = Path(__file__).resolve().parents[2] / "transforms"
INTERNAL = ("stg_", "int_")
"""What the names of models begin with that only other models read."""
SCHEMA = "accbooks"
OWN_SCHEMA = re.compile(r"\bschema='(\w+)'")
"""What a model says of itself goes before what dbt_project.yml says of its folder."""


@dataclass(frozen=True)
class Model:
    """A model of schema `accbooks`: its grain, what its columns mean, and those that order its rows."""

    name: str
    description: str
    columns: Mapping[str, str]
    order: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """Return the first sentence of its description: what a row is."""
        first, dot, _ = self.description.partition(". ")
        return " ".join(first.split()) + dot.strip()


def model_names() -> list[str]:
    """Return the names of the models in schema `accbooks`, without reading what is said of them."""
    return sorted(path.stem for path in _public_models())


def all_model_names() -> list[str]:
    """Return the names of all models, of those as well that only other models read."""
    return sorted(path.stem for path in (PROJECT / "models").rglob("*.sql"))


def models() -> list[Model]:
    """Return the models in schema `accbooks`, by name."""
    found = [_described(path.with_suffix(".yml"), path.stem) for path in _public_models()]
    return sorted(found, key=lambda model: model.name)


def _public_models() -> Iterator[Path]:
    configured = yaml.safe_load((PROJECT / "dbt_project.yml").read_text(encoding="utf-8"))["models"][
        "accbooks"
    ]
    folder = PROJECT / "models"
    for path in folder.rglob("*.sql"):
        settings = _settings(configured, path.relative_to(folder).with_suffix("").parts)
        if of_its_own := OWN_SCHEMA.search(path.read_text(encoding="utf-8")):
            settings["+schema"] = of_its_own[1]
        is_kept = settings["+schema"] == SCHEMA and settings["+materialized"] != "ephemeral"
        if is_kept and not path.stem.startswith(INTERNAL):
            yield path


def _settings(configured: Mapping[str, Any], parts: tuple[str, ...]) -> dict[str, Any]:
    """Return what dbt_project.yml says of a model: the inner folder goes before the outer."""
    settings: dict[str, Any] = {}
    level: Any = configured
    for part in ("", *parts):
        level = level.get(part) if part else level
        if not isinstance(level, Mapping):
            break
        settings |= {name: value for name, value in level.items() if name.startswith("+")}
    return settings


def _described(path: Path, name: str) -> Model:
    described = yaml.safe_load(path.read_text(encoding="utf-8"))["models"]
    model = next(each for each in described if each["name"] == name)
    columns = {column["name"]: " ".join(column["description"].split()) for column in model["columns"]}
    return Model(name, " ".join(model["description"].split()), columns, _order(model))


def _order(model: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the columns of the key, after the company's the date's: rows are ordered as a reader expects."""
    for test in model.get("data_tests", ()):
        if isinstance(test, Mapping) and "is_key" in test:
            arguments = test["is_key"]["arguments"]
            key = list(arguments["columns"])
            place = 1 if key[0] == "company_id" else 0
            dated = [arguments["date"]] if arguments.get("date") else []
            return tuple(dict.fromkeys([*key[:place], *dated, *key[place:]]))
    return ()
