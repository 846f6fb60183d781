"""What dbt parsed of the project in an earlier process, kept in the user's cache: parsing takes seconds.

dbt itself checks what is kept against the project's files, its own version, variables and profile, and parses
anew what differs; a file it cannot read is nothing to it.
"""

from __future__ import annotations

import hashlib
import logging
import os
import shutil
from pathlib import Path

import platformdirs

logger = logging.getLogger(__name__)

PARTIAL_PARSE = "partial_parse.msgpack"
"""What dbt calls the file in its target folder."""


def restore(target: Path, project: Path, database: str) -> None:
    """Lay what was kept into dbt's target folder, if there is anything."""
    try:
        shutil.copyfile(_kept(project, database), target / PARTIAL_PARSE)
    except OSError:
        logger.debug("Nothing is kept of an earlier parse.")


def keep(target: Path, project: Path, database: str) -> None:
    """Keep what dbt has parsed, whole or not at all: other runs may be reading it."""
    kept = _kept(project, database)
    new = kept.with_suffix(f".{os.getpid()}")
    try:
        kept.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(target / PARTIAL_PARSE, new)
        new.replace(kept)
    except OSError as error:
        logger.debug("The parsed project cannot be kept: %s.", error)


def _kept(project: Path, database: str) -> Path:
    digest = hashlib.blake2b(f"{project} {database}".encode(), digest_size=8).hexdigest()
    return platformdirs.user_cache_path("accbooks") / "dbt" / f"{digest}.msgpack"
