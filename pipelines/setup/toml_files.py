"""Edit .dlt/config.toml and .dlt/secrets.toml: in memory first, then replacing whole files."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import tomllib
from collections.abc import Iterator, MutableMapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import tomlkit
from accbooks_warehouse.pipelines import interrupts
from accbooks_warehouse.sources.accbooks import ConfigurationError
from dlt.common.runtime import run_context
from tomlkit.exceptions import TOMLKitError

OWNER_ALONE, EVERYBODY_READS = 0o600, 0o644


def settings_folder() -> Path:
    """Return the folder in which dlt looks for its files: .dlt in the working directory."""
    folder, here = Path(run_context.active().settings_dir), Path.cwd()
    return folder.relative_to(here) if folder.is_relative_to(here) else folder


class SettingsFile:
    """One TOML file. Changes single settings and keeps comments and order.

    A `secret` file is readable only by its owner from the moment it is created. Names of settings are tuples
    of parts, because the name of a company may contain a dot.
    """

    def __init__(self, path: Path, *, secret: bool = False, heading: str = "") -> None:
        """Read the file if it exists; raises ConfigurationError if it is not valid TOML."""
        self.path = path
        self._secret = secret
        try:
            self._before = path.read_text(encoding="utf-8")
        except FileNotFoundError:
            self._before = ""
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigurationError(f"{path} cannot be read: {error}.") from None
        try:
            self._document = tomlkit.parse(self._before or heading)
        except TOMLKitError as error:
            raise ConfigurationError(
                f"{path} is not valid TOML: {_without_content(error)}. Correct it first."
            ) from None

    def get(self, *name: str) -> Any:
        """Return a setting as a plain value, None if it is not set."""
        found: Any = self._document.unwrap()
        for part in name:
            if not isinstance(found, dict) or part not in found:
                return None
            found = found[part]
        return found

    def set(self, value: str | list[str], *name: str) -> None:
        """Set a setting; adds missing tables."""
        table: Any = self._document
        for depth, part in enumerate(name[:-1], start=1):
            if part not in table:
                table[part] = tomlkit.table(is_super_table=depth < len(name) - 1)
            table = table[part]
            if not isinstance(table, MutableMapping):
                raise ConfigurationError(f"{self.path}: {'.'.join(name[:depth])} must be a table.")
        table[name[-1]] = value

    def drop(self, *name: str) -> None:
        """Remove a setting if it is set."""
        if self.get(*name) is None:
            return
        table: Any = self._document
        for part in name[:-1]:
            table = table[part]
        del table[name[-1]]

    @property
    def is_changed(self) -> bool:
        """Tell whether the file must be written: its text differs, or others may read a secret file."""
        return self._text() != self._before or self._is_open_to_others()

    def stage(self) -> tuple[Path, Path]:
        """Write a temporary file next to the file; returns its path and the target's, with links resolved."""
        target = self.path.resolve()
        text = self._text()
        descriptor, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)  # of mode 600
        new = Path(name)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
                os.fchmod(file.fileno(), self._mode(target))
                file.flush()
                os.fsync(file.fileno())
        except BaseException:
            new.unlink()
            raise
        return new, target

    def _mode(self, target: Path) -> int:
        if self._secret:
            return OWNER_ALONE
        return target.stat().st_mode & 0o777 if target.exists() else EVERYBODY_READS

    def _text(self) -> str:
        text = tomlkit.dumps(self._document)
        if tomllib.loads(text) != self._document.unwrap():
            raise ConfigurationError(
                f"{self.path} has parts of one table in several places, so nothing can be added. Put the "
                "parts of each table together, then run this again."
            )
        return text

    def _is_open_to_others(self) -> bool:
        return self._secret and self.path.exists() and bool(self.path.stat().st_mode & 0o077)


def write(files: Sequence[SettingsFile]) -> list[Path]:
    """Write the files that changed, all or none of them; returns their paths.

    Creates the folder if it is missing. Interrupts wait until all files are replaced.
    """
    changed = [file for file in files if file.is_changed]
    staged: list[tuple[Path, Path]] = []
    try:
        for file in changed:
            file.path.parent.mkdir(parents=True, exist_ok=True)
            staged.append(file.stage())
        with _uninterrupted():
            for new, target in staged:
                new.replace(target)
    except OSError as error:
        raise ConfigurationError(f"The configuration cannot be written: {error}.") from error
    finally:
        for new, _ in staged:
            new.unlink(missing_ok=True)
    return [file.path for file in changed]


def is_seen_by_git(path: Path) -> bool:
    """Tell whether the file is in a git work tree, and tracked or not ignored."""
    git = shutil.which("git")
    if git is None:
        return False
    command = [git, "-C", str(path.resolve().parent), "check-ignore", "--quiet", path.name]
    return subprocess.run(command, capture_output=True, check=False).returncode == 1


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Delay interrupts until the end. Blocking signals is not enough: another thread may receive them."""
    come: list[int] = []
    signals = (signal.SIGINT, signal.SIGTERM)
    before = {each: signal.signal(each, lambda number, _: come.append(number)) for each in signals}
    try:
        with interrupts.postponed():
            yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
    for number in come:
        signal.raise_signal(number)


def _without_content(error: TOMLKitError) -> str:
    """Return where a parser stopped, without quoting the text, which may be a key."""
    line, column = getattr(error, "line", None), getattr(error, "col", None)
    return f"line {line}, column {column}" if line else "a name occurs twice"
