"""Which version of the dbt project the models are built by."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from accbooks_warehouse.pipelines.transform.catalogue import PROJECT

PROJECT_FILES = ("dbt_project.yml", "profiles.yml")
PROJECT_FOLDERS = ("models", "macros", "tests")
"""Those that dbt_project.yml names."""


def project_version(variables: Mapping[str, Any], project: Path = PROJECT) -> str:
    """Return a digest of everything the models depend on: the project's files and its variables."""
    digest = hashlib.blake2b(json.dumps(variables, sort_keys=True, default=str).encode(), digest_size=8)
    for path in sorted(project_files(project)):
        digest.update(str(path.relative_to(project)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def project_files(project: Path) -> Iterator[Path]:
    """Yield the files that dbt reads; running dbt by hand leaves others in the folder."""
    yield from (project / name for name in PROJECT_FILES)
    for folder in PROJECT_FOLDERS:
        for place, _, names in os.walk(project / folder):
            # dbt takes no notice of what an editor leaves
            kept = (name for name in names if name.endswith((".sql", ".yml")) and name[0] not in ".#~")
            yield from (Path(place, name) for name in kept)
