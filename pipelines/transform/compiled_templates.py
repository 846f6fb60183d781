"""Keep what Jinja compiled of the models and macros, in memory and in the user's cache folder.

Jinja compiles the text of each model and macro to Python's byte code, once when dbt parses the project and
again in each run. That was a quarter of what a build of small books spends outside of the database. The text
alone decides what Jinja makes of it, so the code is kept by the text's digest, for one version of Python,
Jinja and dbt.
"""

from __future__ import annotations

import hashlib
import importlib.util
import logging
import marshal
import os
from importlib.metadata import version
from pathlib import Path
from types import CodeType
from typing import Any

import platformdirs
from dbt_common.clients.jinja import MacroFuzzEnvironment

logger = logging.getLogger(__name__)

MOST = 4_000
"""The most texts to keep: a project has some 700, with dbt's macros."""
by_jinja = MacroFuzzEnvironment.compile
"""Jinja's own function."""


class CompiledTemplates:
    """The code by the digest of its text; `used` are the digests of this process."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._kept = _read(file)
        self._saved = len(self._kept)
        self._used: set[bytes] = set()

    def compiled(self, environment: MacroFuzzEnvironment, text: str) -> CodeType:
        """Return the code of a text; raises Jinja's errors."""
        digest = hashlib.blake2b(text.encode(), digest_size=16).digest()
        code = self._kept.get(digest)
        if code is None:
            code = self._kept[digest] = by_jinja(environment, text)
        self._used.add(digest)
        return code

    def save(self) -> None:
        """Write the file if there is something new, atomically because other runs may be reading it."""
        if len(self._kept) == self._saved:
            return
        if len(self._kept) > MOST:
            self._kept = {digest: self._kept[digest] for digest in self._used}
        content = marshal.dumps(dict(self._kept))
        new = self._file.with_suffix(f".{os.getpid()}")
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            new.write_bytes(_checksum(content) + content)
            new.replace(self._file)
            self._saved = len(self._kept)
        except OSError as error:
            logger.debug("What Jinja compiled cannot be kept: %s.", error)


_of_process: list[CompiledTemplates] = []


def compile_once(
    self: MacroFuzzEnvironment, source: Any, name: str | None = None, *arguments: Any, **options: Any
) -> Any:
    """Return what Jinja compiles of a template, from what is kept if it is a text without a name."""
    if not isinstance(source, str) or name is not None or arguments or options:
        return by_jinja(self, source, name, *arguments, **options)
    return _of_process[0].compiled(self, source)


def replace_jinjas() -> None:
    """Make dbt's Jinja use these in this process."""
    if not _of_process:
        _of_process.append(CompiledTemplates(cached_file()))
        MacroFuzzEnvironment.compile = compile_once  # type: ignore[method-assign, assignment]


def save() -> None:
    """Save what was compiled in this process."""
    for each in _of_process:
        each.save()


def cached_file() -> Path:
    """Return the file for these versions of Python, Jinja and dbt."""
    versions = [version(name) for name in ("jinja2", "dbt-common", "dbt-core")]
    digest = hashlib.blake2b(importlib.util.MAGIC_NUMBER + repr(versions).encode(), digest_size=8).hexdigest()
    return platformdirs.user_cache_path("accbooks") / "jinja" / digest


def _read(file: Path) -> dict[bytes, CodeType]:
    """Return what a file has; nothing if it is missing or damaged."""
    try:
        content = file.read_bytes()
    except OSError:
        return {}
    size = len(_checksum(b""))
    if content[:size] != _checksum(content[size:]):
        return {}
    found: dict[bytes, CodeType] = marshal.loads(content[size:])  # noqa: S302 - our own, as Python's caches
    return found


def _checksum(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=16).digest()
