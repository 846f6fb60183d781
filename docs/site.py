"""Build dbt's documentation site as one HTML file: `python docs/site.py FOLDER`, or `make docs`.

Columns and their types are those of demo.duckdb, as `make demo` makes it; without it the site has what
the project says of them.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from pathlib import Path

from accbooks_warehouse.pipelines.configuration import FILES, file_variables
from dbt.cli.main import dbtRunner

PROJECT = Path(__file__).resolve().parent.parent / "transforms"
WAREHOUSE = Path("demo.duckdb")
SITE = "static_index.html"
ENVIRONMENT = {
    "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    "DBT_VERSION_CHECK": "false",
    "DBT_LOG_LEVEL": "error",
    "DBT_WRITE_JSON": "true",  # the site is made of what dbt writes, whatever the environment says
}


def build(folder: Path, warehouse: Path = WAREHOUSE) -> Path:
    """Build the site into a folder and return its file; raises RuntimeError if dbt cannot."""
    with tempfile.TemporaryDirectory() as directory:
        target = Path(directory)
        there = warehouse.exists()
        # without a warehouse dbt would make an empty one where it looks for it
        path = warehouse if there else target / WAREHOUSE.name
        os.environ.update(
            ENVIRONMENT | {"ACCBOOKS_DUCKDB_PATH": str(path.absolute()), "ACCBOOKS_DUCKDB_NAME": ""}
        )
        options = (
            *("--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT), "--target", "duckdb"),
            *("--vars", json.dumps(file_variables(FILES))),  # the models that exist only with a file
        )
        folders = ("--target-path", str(target), "--log-path", str(target))
        if there:
            _run("docs", "generate", "--static", *options, *folders)
        else:
            _run("parse", *options, *folders)  # to compile, models would be asked for
            _run("docs", "generate", "--static", "--no-compile", "--empty-catalog", *options, *folders)
        folder.mkdir(parents=True, exist_ok=True)
        return Path(shutil.copyfile(target / SITE, folder / "index.html"))


def _run(*arguments: str) -> None:
    result = dbtRunner().invoke(list(arguments))
    if not result.success:
        raise RuntimeError(f"dbt could not build the site: {result.exception or result.result}")


if __name__ == "__main__":
    print(f"Open {build(Path(sys.argv[1]))} in a browser.")  # noqa: T201 - a script of its own
