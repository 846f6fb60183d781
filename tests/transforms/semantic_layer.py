"""The dbt project in a folder, and MetricFlow's answers about the books beside it."""

from __future__ import annotations

import csv
import os
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

    def run(self, *command: str) -> str:
        """Run dbt or mf; return what it printed."""
        # a sync in this process leaves settings of its own
        inherited = {
            name: value for name, value in os.environ.items() if not name.startswith(("DBT_", "ACCBOOKS"))
        }
        ran = subprocess.run(
            [BIN / command[0], *command[1:]],
            cwd=self.folder,
            env={**inherited, **NO_CONTACT, **self.environment},
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr
        return ran.stdout

    def answers(self, metrics: Sequence[str], by: Sequence[str], *options: str) -> Rows:
        """Return the rows of a query: numbers to four places, texts, and null."""
        answer = self.folder / "answer.csv"
        asked = ("--metrics", ",".join(metrics), "--group-by", ",".join(by), "--csv", str(answer))
        self.run("mf", "query", *asked, *options)
        with answer.open(newline="") as lines:
            return [
                {name: value_of(name, text) for name, text in row.items()} for row in csv.DictReader(lines)
            ]
