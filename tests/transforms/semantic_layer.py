"""The dbt project in a folder, and MetricFlow's answers about the books beside it."""

from __future__ import annotations

import csv
import os
import shlex
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest

BIN = Path(sys.executable).parent
NEEDS_METRICFLOW = pytest.mark.skipif(
    not (BIN / "mf").exists(), reason="the extra `metrics` is not installed"
)
NO_CONTACT = {
    "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    "HTTPS_PROXY": "http://127.0.0.1:9",  # mf asks PyPI for its latest version
}
TOGETHER = """
import shlex
import sys
from dbt.cli.main import dbtRunner

for line in sys.stdin:
    name, *arguments = shlex.split(line)
    if name == "mf":
        from dbt_metricflow.cli.main import cli
        cli(arguments, standalone_mode=False)
    elif not dbtRunner().invoke(arguments).success:
        sys.exit(1)
"""
"""Runs commands of dbt and mf, each as typed on a line, in one process: to start one takes seconds."""
GROUPS = ("company", "metric_time__month", "metric_time__day")

Rows = list[dict[str, Decimal | str | None]]


def value_of(name: str, text: str) -> Decimal | str | None:
    """Return a number to four places without zeros at its end, a text, or null."""
    if name in GROUPS:
        return text.partition(" ")[0]
    return Decimal(text).quantize(Decimal("0.0001")).normalize() + 0 if text else None


@dataclass(frozen=True)
class Layer:
    """The folder of a dbt project, and the variables of the environment that name its warehouse."""

    folder: Path
    environment: Mapping[str, str]

    def run(self, *commands: Sequence[str]) -> str:
        """Run commands of dbt and mf in one process; return what they printed."""
        # a sync in this process leaves settings of its own
        inherited = {
            name: value for name, value in os.environ.items() if not name.startswith(("DBT_", "ACCBOOKS"))
        }
        ran = subprocess.run(
            [sys.executable, "-c", TOGETHER],
            input="\n".join(shlex.join(each) for each in commands),
            cwd=self.folder,
            env={**inherited, **NO_CONTACT, **self.environment},
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr
        return ran.stdout

    def answers(self, *queries: Sequence[str], after: Sequence[Sequence[str]] = ()) -> list[Rows]:
        """Run commands, and return the rows of each query: numbers to four places, texts, and null."""
        places = [self.folder / f"answer_{number}.csv" for number, _ in enumerate(queries)]
        asked = zip(queries, places, strict=True)
        self.run(*after, *(("mf", "query", *each, "--csv", str(place)) for each, place in asked))
        return [read(place) for place in places]


def query(metrics: Sequence[str], by: Sequence[str], *options: str) -> Sequence[str]:
    """Return the arguments of a query of these metrics by these groups."""
    return ("--metrics", ",".join(metrics), "--group-by", ",".join(by), *options)


def read(place: Path) -> Rows:
    with place.open(newline="") as lines:
        return [{name: value_of(name, text) for name, text in row.items()} for row in csv.DictReader(lines)]
