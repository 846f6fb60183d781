"""Files in the user's cache folder: written atomically, and read only if undamaged and of these versions."""

from __future__ import annotations

import hashlib
import importlib.util
import logging
import os
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import platformdirs

logger = logging.getLogger(__name__)

LIBRARIES = ("jinja2", "mashumaro", "dbt-common", "dbt-core", "dbt-adapters", "dbt-duckdb", "dbt-postgres")
SIZE = 16
"""The length of a digest, in bytes."""


def cache_folder(name: str) -> Path:
    """Return the folder for files of one kind; it need not exist."""
    return platformdirs.user_cache_path("accbooks") / name


def made_by(*sources: str) -> bytes:
    """Return a digest of the versions of Python and the libraries, and of the code that writes a file."""
    versions = repr([_version(name) for name in LIBRARIES]).encode()
    parts = [importlib.util.MAGIC_NUMBER, versions, *(Path(source).read_bytes() for source in sources)]
    return digest(b"".join(parts))


def digest(content: bytes) -> bytes:
    """Return a digest of some bytes."""
    return hashlib.blake2b(content, digest_size=SIZE).digest()


def write(file: Path, content: bytes) -> None:
    """Replace a file atomically, because other runs may be reading it; raises OSError if that fails."""
    new = file.with_suffix(f".{os.getpid()}")
    file.parent.mkdir(parents=True, exist_ok=True)
    new.write_bytes(digest(content) + content)
    new.replace(file)


def read(file: Path) -> bytes | None:
    """Return what a file has; None if it is missing or damaged."""
    try:
        content = file.read_bytes()
    except OSError:
        return None
    return content[SIZE:] if content[:SIZE] == digest(content[SIZE:]) else None


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
