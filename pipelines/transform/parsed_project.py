"""Cache the parsed dbt project between processes, in the user's cache folder: parsing takes seconds.

A cached project is used only for the same files, variables, database adapter and versions of the libraries;
then dbt reads no file at all. The project is parsed for one database of each kind, and then moved to the one
to build in.
"""

from __future__ import annotations

import logging
import pickle
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

from accbooks_warehouse.pipelines.transform import cached_files

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

logger = logging.getLogger(__name__)


def restored(project: Path, database: str, version: str) -> Manifest | None:
    """Return the cached project of this version, parsed for this kind of database; None if there is none."""
    content = cached_files.read(_file(project, database))
    key = _key(version)
    if content is None or not content.startswith(key):
        return None
    from dbt.contracts.graph.manifest import Manifest  # noqa: PLC0415 - a second of imports

    return Manifest(**pickle.loads(content[len(key) :]))  # noqa: S301 - our own, as Python's caches are


def keep(manifest: Manifest, project: Path, database: str, version: str) -> None:
    """Cache the project; whatever was cached of another version is replaced.

    dbt's own way of pickling it, made for processes that dbt forks, mixes up what it looks nodes up in.
    """
    public = {each.name: getattr(manifest, each.name) for each in fields(manifest) if each.name[0] != "_"}
    content = _key(version) + pickle.dumps(public, protocol=5)
    try:
        cached_files.write(_file(project, database), content)
    except OSError as error:
        logger.debug("The parsed project cannot be kept: %s.", error)


def move(manifest: Manifest, database: str) -> None:
    """Have the models, tests and sources of a parsed project be in this database, as if parsed for it."""
    for each in (*manifest.nodes.values(), *manifest.sources.values()):
        before = f'"{each.database}".'
        if each.relation_name is not None and each.relation_name.startswith(before):
            each.relation_name = f'"{database}".{each.relation_name.removeprefix(before)}'
        each.database = database
        seen = manifest.flat_graph["sources" if each.unique_id in manifest.sources else "nodes"]
        # what macros see of it
        seen[each.unique_id] |= {"database": each.database, "relation_name": each.relation_name}


def _key(version: str) -> bytes:
    return cached_files.digest(cached_files.made_by(__file__) + version.encode())


def _file(project: Path, database: str) -> Path:
    name = cached_files.digest(f"{project} {database}".encode()).hex()
    return cached_files.cache_folder("dbt") / name
