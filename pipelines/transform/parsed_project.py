"""Cache the parsed dbt project between processes, in the user's cache folder: parsing takes seconds.

dbt compares the cached file with the project's files, its own version, the variables and the profile, and
parses again what differs. It ignores a file that it cannot read. The project is parsed for one database of
each kind, and then moved to the one to build in.
"""

from __future__ import annotations

import hashlib
import logging
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

logger = logging.getLogger(__name__)

PARTIAL_PARSE = "partial_parse.msgpack"
"""The name of dbt's file in its target folder."""


def restore(target: Path, project: Path, database: str) -> None:
    """Copy the cached file into dbt's target folder, if there is one."""
    try:
        shutil.copyfile(_kept(project, database), target / PARTIAL_PARSE)
    except OSError:
        logger.debug("Nothing is kept of an earlier parse.")


def keep(target: Path, project: Path, database: str) -> None:
    """Cache dbt's file, atomically because other runs may be reading it."""
    kept = _kept(project, database)
    new = kept.with_suffix(f".{os.getpid()}")
    try:
        kept.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(target / PARTIAL_PARSE, new)
        new.replace(kept)
    except OSError as error:
        logger.debug("The parsed project cannot be kept: %s.", error)


def move(manifest: Manifest, database: str) -> None:
    """Have the models, tests and sources of a parsed project be in this database, as if parsed for it."""
    for each in (*manifest.nodes.values(), *manifest.sources.values()):
        before = f'"{each.database}".'
        if each.relation_name is not None and each.relation_name.startswith(before):
            each.relation_name = f'"{database}".{each.relation_name.removeprefix(before)}'
        each.database = database
    manifest.build_flat_graph()  # type: ignore[no-untyped-call] # what macros see of the project


def _kept(project: Path, database: str) -> Path:
    digest = hashlib.blake2b(f"{project} {database}".encode(), digest_size=8).hexdigest()
    return platformdirs.user_cache_path("accbooks") / "dbt" / f"{digest}.msgpack"
