"""Where reports go: one file per company, each written whole or not at all."""

from __future__ import annotations

import errno
import os
import re
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from accbooks_warehouse.sources.accbooks import ConfigurationError

DEFAULT_FILE = Path("accbooks-report.html")
FORMATS = ("html", "xlsx")
DEFAULT_FOLDER = Path("accbooks-reports")
OVERVIEW, PRACTICE = "index.html", "practice.html"
SUFFIXES = {".html": "html", ".htm": "html", ".xlsx": "xlsx"}
"""The format of a file by how its name ends."""
LONGEST = 60


def chosen_format(output: Path | None, file_format: str | None) -> str:
    """Return the format asked for, or that of the output's name, or html.

    Raises ConfigurationError if the two differ.
    """
    named = None if output is None or output.is_dir() else SUFFIXES.get(output.suffix.lower())
    if file_format and named and file_format != named:
        raise ConfigurationError(f"--output {output} is no .{file_format} file. Change --format or --output.")
    return file_format or named or "html"


def places(
    output: Path | None,
    names: Mapping[str, str],
    *,
    alone: bool,
    file_format: str = "html",
    beside: Mapping[str, str] = MappingProxyType({}),
) -> dict[str, Path]:
    """Return the file of each company's report, by its id; `alone` if the warehouse holds no other company.

    An `output` that ends with .html or .xlsx is a file; any other is a folder, with a file for each company
    in it. Without one the only company goes into DEFAULT_FILE, several into DEFAULT_FOLDER. `beside` are the
    names of the warehouse's other companies: one of the same name must not get the same file another day.

    Raises ConfigurationError if one file is to hold several companies: a report is forwarded, and what is
    one client's business is not the other's.
    """
    output = output or (DEFAULT_FILE.with_suffix(f".{file_format}") if alone else DEFAULT_FOLDER)
    if output.is_dir() or output.suffix.lower() not in SUFFIXES:
        files = file_names({**beside, **names})
        return {company_id: output / f"{files[company_id]}.{file_format}" for company_id in names}
    if len(names) > 1:
        raise ConfigurationError(
            f"--output {output} names one file, but there are {len(names)} companies, and each gets "
            "a file of its own. Choose one with --company, or name a folder."
        )
    return dict.fromkeys(names, output)


def practice_place(output: Path | None) -> Path:
    """Return the file of a practice's page; its packs are beside it."""
    output = output or DEFAULT_FOLDER
    return output / PRACTICE if output.is_dir() or output.suffix.lower() not in SUFFIXES else output


def file_names(names: Mapping[str, str]) -> dict[str, str]:
    """Return a name for each company's file, in plain letters; the id is added where two would be one."""
    plain = {
        company_id: plain_letters(name) or plain_letters(company_id) for company_id, name in names.items()
    }
    taken = [*plain.values(), *(each.partition(".")[0] for each in (OVERVIEW, PRACTICE))]
    return {
        company_id: name if taken.count(name) == 1 else f"{name}-{plain_letters(company_id)}"
        for company_id, name in plain.items()
    }


def plain_letters(name: str) -> str:
    """Return a name in lower case letters, digits and hyphens."""
    ascii_only = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", ascii_only.lower())[:LONGEST].strip("-")


def write_whole(path: Path, content: str | bytes) -> None:
    """Write a file beside its place and move it there, so that nobody ever sees half of it.

    Raises ConfigurationError if it cannot be written there.
    """
    target = path.resolve()
    beside = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            beside.write_bytes(content.encode() if isinstance(content, str) else content)
            beside.replace(target)
        finally:
            beside.unlink(missing_ok=True)
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise
        raise ConfigurationError(
            f"The report cannot be written to {path} ({error.strerror}). Choose another place with --output."
        ) from error
