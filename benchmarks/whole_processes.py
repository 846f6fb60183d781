"""Commands as whole processes, imports and all, as somebody at a terminal waits for them."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.emulated import KEY, Served

COMMANDS = Path(sys.executable).parent
QUIET = {"DBT_SEND_ANONYMOUS_USAGE_STATS": "false", "RUNTIME__DLTHUB_TELEMETRY": "false"}
NOT_INHERITED = {"PYTHONDONTWRITEBYTECODE"}
"""Where it is set, each process would compile our modules again, which wheels and a second run do not."""
PROJECT = """
name: one_model
version: "1.0"
profile: one_model
"""
PROFILE = """
one_model:
  target: here
  outputs:
    here:
      type: duckdb
      path: one_model.duckdb
"""


WATCHED_EVERY = 0.2
"""How often the memory of a process is looked at, in seconds."""


@dataclass(frozen=True)
class Elapsed:
    """What a process took: seconds on the clock, seconds of processor time with those of its children.

    `megabytes` is the most memory that it and its children held at once, each page shared out among those
    who have it (PSS); 0 where Linux does not tell.
    """

    seconds: float
    processor: float
    megabytes: float = 0.0


class CommandError(Exception):
    """A command ended with another status than 0; it holds the end of what it printed."""


def elapsed(command: Sequence[str | Path], folder: Path, environment: Mapping[str, str]) -> Elapsed:
    """Run a command to its end in a folder; raises CommandError unless it succeeds."""
    inherited = {
        name: value for name, value in os.environ.items() if "__" not in name and name not in NOT_INHERITED
    }
    began = time.perf_counter()
    with (folder / "output.txt").open("w+") as output:
        process = subprocess.Popen(
            command, cwd=folder, env={**inherited, **QUIET, **environment}, stdout=output, stderr=output
        )
        memory = Memory(process.pid)
        _, status, usage = os.wait4(process.pid, 0)
        memory.stop()
        seconds = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            output.seek(0)
            raise CommandError(output.read()[-2_000:])
    return Elapsed(seconds, usage.ru_utime + usage.ru_stime, memory.megabytes)


class Memory:
    """Looks at the memory of a process and its children now and then, in a thread, until it is stopped."""

    def __init__(self, process: int) -> None:
        self.megabytes = 0.0
        self._process = process
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Look no more."""
        self._stopped.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stopped.wait(WATCHED_EVERY):
            self.megabytes = max(self.megabytes, self._held(self._process))

    def _held(self, process: int) -> float:
        try:
            rollup = Path(f"/proc/{process}/smaps_rollup").read_text()
            children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
        except OSError:
            return 0.0
        (kilobytes,) = re.findall(r"^Pss:\s+(\d+)", rollup, re.MULTILINE) or [0]
        return int(kilobytes) / 1024 + sum(self._held(int(each)) for each in children)


def one_row_by_dlt(folder: Path) -> Elapsed:
    """Load one row with dlt into a new DuckDB file."""
    folder.mkdir()
    root = str(Path(__file__).parents[1])
    command = (sys.executable, "-m", "benchmarks.one_row", str(folder / "one_row.duckdb"))
    return elapsed(command, folder, {"PYTHONPATH": root})


def one_model_by_dbt(folder: Path) -> Elapsed:
    """Run `dbt run` in a new project that has one model."""
    (folder / "models").mkdir(parents=True)
    (folder / "dbt_project.yml").write_text(PROJECT)
    (folder / "profiles.yml").write_text(PROFILE)
    (folder / "models" / "one_model.sql").write_text("select 1 as one\n")
    return elapsed((COMMANDS / "dbt", "run", "--profiles-dir", "."), folder, {})


def parse_ahead(folder: Path) -> Elapsed:
    """Run what `make install` runs last: parse the project, and keep it in the folder, a cache."""
    command = (sys.executable, "-m", "accbooks_warehouse.pipelines.transform")
    return elapsed(command, folder, {"XDG_CACHE_HOME": str(folder)})


def lists_by_dlt(books: Served, warehouse: str, folder: Path) -> Elapsed:
    """Load every list with dlt's rest_api source, as jsonl, into a DuckDB file."""
    root = str(Path(__file__).parents[1])
    command = (sys.executable, "-m", "benchmarks.generic", books.base_url, warehouse)
    return elapsed(command, folder, {"PYTHONPATH": root})


def sync(books: Served, warehouse: str, folder: Path, cache: Path | None = None) -> Elapsed:
    """Run `accbooks sync` into a DuckDB file or a PostgreSQL database.

    Its state is in the folder, and its cache too, unless there is one.
    """
    is_postgres = warehouse.startswith("postgresql:")
    environment = {
        "SOURCES__ACCBOOKS__API_KEY": KEY,
        "SOURCES__ACCBOOKS__BASE_URL": books.base_url,
        f"DESTINATION__{'POSTGRES' if is_postgres else 'DUCKDB'}__CREDENTIALS": warehouse,
        "XDG_STATE_HOME": str(folder / "state"),
        "XDG_CACHE_HOME": str(cache or folder / "cache"),
    }
    destination = "postgres" if is_postgres else "duckdb"
    return elapsed((COMMANDS / "accbooks", "sync", "--destination", destination), folder, environment)


def transform(warehouse: str, folder: Path, cache: Path) -> Elapsed:
    """Run `accbooks transform --full-refresh`: all models are made anew, and compared."""
    destination = "postgres" if warehouse.startswith("postgresql:") else "duckdb"
    environment = {
        f"DESTINATION__{destination.upper()}__CREDENTIALS": warehouse,
        "XDG_STATE_HOME": str(folder / "state"),
        "XDG_CACHE_HOME": str(cache),
    }
    command = (COMMANDS / "accbooks", "transform", "--full-refresh", "--destination", destination)
    return elapsed(command, folder, environment)


def sync_companies(
    books: Served,
    keys: Mapping[str, str],
    warehouse: str,
    folder: Path,
    cache: Path,
    jobs: int = 4,
    control: str | None = None,
) -> Elapsed:
    """Run `accbooks sync` of several companies side by side; `keys` are by their configured names.

    `control` is the URI of a database in which machines share leases and counts of requests.
    """
    is_postgres = warehouse.startswith("postgresql:")
    environment = {
        "SOURCES__ACCBOOKS__COMPANIES": json.dumps(keys),
        "SOURCES__ACCBOOKS__BASE_URL": books.base_url,
        f"DESTINATION__{'POSTGRES' if is_postgres else 'DUCKDB'}__CREDENTIALS": warehouse,
        "XDG_STATE_HOME": str(folder / "state"),
        "XDG_CACHE_HOME": str(cache),
        **({"SOURCES__ACCBOOKS__CONTROL": control} if control else {}),
    }
    destination = "postgres" if is_postgres else "duckdb"
    command = (COMMANDS / "accbooks", "sync", "--destination", destination, "--jobs", str(jobs))
    return elapsed((*command, "--summary", "line"), folder, environment)
