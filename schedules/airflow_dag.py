# ruff: noqa: INP001 - Airflow reads the file by itself
"""A DAG for Apache Airflow 3 that syncs each company, then writes the practice's page and the metrics.

Copy it into the DAGs folder, and change the constants. The worker needs the command `accbooks`, in an
environment of its own, and the folder that contains `.dlt`. See docs/schedules.md.
"""

from __future__ import annotations

import subprocess

import pendulum
from airflow.sdk import dag, task
from airflow.sdk.exceptions import AirflowFailException

ACCBOOKS = "/opt/accbooks/.venv/bin/accbooks"
FOLDER = "/var/lib/accbooks"
COMPANIES = ["default"]
"""The names in the configuration; `default` is that of a single key."""
SYNC = ["sync", "--max-minutes", "45", "--summary", "line"]
PAGE = ["report", "--practice", "--output", "/var/lib/accbooks/practice.html"]
METRICS = ["metrics", "--output", "/var/lib/node_exporter/accbooks.prom"]
DONE, USAGE, DIFFERENCES, LIMIT_REACHED = 0, 2, 3, 4
"""Exit statuses. A limit is no failure: what is complete is kept, and the next run continues."""


def run(*arguments: str) -> int:
    """Run the command; its output is in the task's log. Returns its exit status."""
    return subprocess.run([ACCBOOKS, *arguments], cwd=FOLDER, check=False).returncode


@dag(
    schedule="10 6-20 * * *",
    start_date=pendulum.datetime(2026, 1, 1, tz="Europe/London"),
    catchup=False,
    max_active_runs=1,
)
def accbooks() -> None:
    """Sync, then show what needs attention."""

    # one at a time: DuckDB has one writer. With PostgreSQL, take as many as your worker has cores
    @task(max_active_tis_per_dag=1, retries=2, retry_delay=pendulum.duration(minutes=5))
    def sync(company: str) -> None:
        status = run(*SYNC, "--company", company)
        if status in {USAGE, DIFFERENCES}:
            raise AirflowFailException(f"accbooks ended with {status}; another try would end as this one.")
        if status not in {DONE, LIMIT_REACHED}:
            raise RuntimeError(f"accbooks ended with {status}.")

    @task(trigger_rule="all_done")
    def show() -> None:
        if run(*PAGE) not in {DONE, DIFFERENCES} or run(*METRICS) != DONE:
            raise RuntimeError("The page or the metrics could not be written.")

    @task
    def agreed() -> None:
        """Is not run if a company failed: Airflow judges a run by its last tasks."""

    sync.expand(company=COMPANIES) >> [show(), agreed()]


accbooks()
