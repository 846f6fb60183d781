"""Keep what dbt and Jinja compute again in every process, in memory and in the user's cache folder.

Jinja compiles the text of each model and macro to Python's byte code, once when dbt parses the project and
again in each run. dbt derives a JSON schema from each class that it reads a configuration into. In a build of
small books this was a fifth of the processor time. Both depend on nothing but the text or the class, and the
versions of Python and these libraries. So they are kept by these.
"""

from __future__ import annotations

import hashlib
import json
import logging
import marshal
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from accbooks_warehouse.pipelines.transform import cached_files
from dbt_common import dataclass_schema
from dbt_common.clients.jinja import MacroFuzzEnvironment

logger = logging.getLogger(__name__)

MOST = 4_000
"""The most values to keep: a project has some 700 texts, with dbt's macros."""
by_jinja = MacroFuzzEnvironment.compile
"""Jinja's own function."""
by_mashumaro = dataclass_schema.build_json_schema  # type: ignore[attr-defined]
"""Mashumaro's own function, which dbt calls."""


class Computed:
    """The values by a digest of what they were computed from; only those of `marshal`'s types can be kept."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._kept = _read(file)
        self._saved = len(self._kept)
        self._used: set[bytes] = set()

    def value(self, kind: str, source: str, compute: Callable[[], Any]) -> Any:
        """Return what is kept of this kind and source, or else compute and keep it."""
        digest = hashlib.blake2b(f"{kind} {source}".encode(), digest_size=16).digest()
        if digest not in self._kept:
            self._kept[digest] = compute()
        self._used.add(digest)
        return self._kept[digest]

    def save(self) -> None:
        """Write the file if there is something new."""
        if len(self._kept) == self._saved:
            return
        if len(self._kept) > MOST:
            self._kept = {digest: self._kept[digest] for digest in self._used}
        try:
            cached_files.write(self._file, marshal.dumps(dict(self._kept)))
            self._saved = len(self._kept)
        except (OSError, ValueError) as error:
            logger.debug("What was computed cannot be kept: %s.", error)


@dataclass(frozen=True)
class Schema:
    """A JSON schema, as Mashumaro returns it."""

    content: Mapping[str, Any]

    def to_dict(self) -> Mapping[str, Any]:
        """Return it as JSON values."""
        return self.content


_of_process: list[Computed] = []


def compile_once(
    self: MacroFuzzEnvironment, source: Any, name: str | None = None, *arguments: Any, **options: Any
) -> Any:
    """Return what Jinja compiles of a template, from what is kept if it is a text without a name."""
    if not isinstance(source, str) or name is not None or arguments or options:
        return by_jinja(self, source, name, *arguments, **options)
    return _of_process[0].value("template", source, lambda: by_jinja(self, source))


def derive_once(described: type, *arguments: Any, **options: Any) -> Any:
    """Return the JSON schema of a class, from what is kept if nothing else is given."""
    if arguments or options:
        return by_mashumaro(described, *arguments, **options)
    name = f"{described.__module__}.{described.__qualname__}"
    text = _of_process[0].value("schema", name, lambda: json.dumps(by_mashumaro(described).to_dict()))
    return Schema(json.loads(text))


def replace_libraries() -> None:
    """Make dbt use these in this process."""
    if not _of_process:
        _of_process.append(Computed(cached_file()))
        MacroFuzzEnvironment.compile = compile_once  # type: ignore[method-assign, assignment]
        dataclass_schema.build_json_schema = derive_once  # type: ignore[attr-defined, assignment]


def save() -> None:
    """Save what was computed in this process."""
    for each in _of_process:
        each.save()


def cached_file() -> Path:
    """Return the file for these versions of Python, the libraries, and this module, whose form it has."""
    return cached_files.cache_folder("computed") / cached_files.made_by(__file__).hex()


def _read(file: Path) -> dict[bytes, Any]:
    """Return what a file has; nothing if it is missing or damaged."""
    content = cached_files.read(file)
    if content is None:
        return {}
    found: dict[bytes, Any] = marshal.loads(content)  # noqa: S302 - our own, as Python's caches are
    return found
