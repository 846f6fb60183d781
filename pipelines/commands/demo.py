"""`accbooks demo`: sync the emulator's books over HTTP, and print what to do next."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pendulum
from accbooks_warehouse.pipelines.commands.report import write_report
from accbooks_warehouse.pipelines.commands.sync import sync_companies
from accbooks_warehouse.pipelines.configuration import Company, prepare_dlt
from accbooks_warehouse.pipelines.destinations import DuckDB
from accbooks_warehouse.pipelines.errors import WarehouseError
from accbooks_warehouse.pipelines.exit_status import ExitStatus
from accbooks_warehouse.pipelines.output.console import print_text, print_unwrapped
from accbooks_warehouse.pipelines.output.run_log import TextLog
from accbooks_warehouse.pipelines.report.files import DEFAULT_FILE
from accbooks_warehouse.pipelines.sync.scope import Scope
from accbooks_warehouse.sources.accbooks import Settings
from rich.console import Console

DEMO_DATABASE = "demo.duckdb"
DEMO_KEY = "demo-key"
ADDRESS = re.compile(r"http://\S+/v1/")

NEXT_STEPS = """
1. Open accbooks-report.html in a browser: the accounts, and how they
   compare with AccBooks.
2. Open the database, for example:
   .venv/bin/python -c "import duckdb; print(duckdb.connect('demo.duckdb')
   .sql('from accbooks.profit_and_loss'))"
3. Export a table to a spreadsheet:
   DESTINATION__DUCKDB__CREDENTIALS=demo.duckdb .venv/bin/accbooks export \\
     trial_balance --format xlsx
4. Sync your own books into PostgreSQL or books.duckdb:
   .venv/bin/accbooks init && .venv/bin/accbooks sync
"""


def run_demo(console: Console) -> ExitStatus:
    """Sync the emulator's books into demo.duckdb; a second run is an incremental one."""
    prepare_dlt()
    warehouse = DuckDB(DEMO_DATABASE)
    again = warehouse.exists()
    print_text(
        console, "Syncing again: reads only what may have changed." if again else "Starting the emulator …"
    )
    with emulator() as base_url:
        print_text(console, f"AccBooks emulator on {base_url}, into {warehouse.describe()}")
        settings = Settings(DEMO_KEY, base_url)
        result, _ = sync_companies(TextLog(console), warehouse, [Company("demo", settings)], Scope())
    if ids := [each.company_id for each in result.companies if each.company_id]:
        # no configured companies: requests of the demo key are not counted
        path = write_report(warehouse, ids, [], DEFAULT_FILE, pendulum.now("UTC"))
        print_unwrapped(console, f"The report is in {path}")
    console.print()
    print_text(console, "What to do next:", "bold")
    console.out(NEXT_STEPS.strip(), highlight=False)
    return result.status


@contextmanager
def emulator() -> Iterator[str]:
    """Run the emulator in its own process on a free port; yields its base URL."""
    command = [sys.executable, "-m", "accbooks_warehouse", "emulate", "--port", "0"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", errors="replace"
    ) as process:
        try:
            yield _address(process)
        finally:
            process.terminate()


def _address(process: subprocess.Popen[str]) -> str:
    """Return the address that the emulator prints; raises WarehouseError with its output if there is none."""
    said = []
    for line in process.stdout or ():
        said.append(line.strip())
        if match := ADDRESS.search(line):
            return match.group()
    raise WarehouseError(f"The emulator did not start: {' '.join(said)}")
