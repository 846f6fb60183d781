"""`python -m accbooks_warehouse.pipelines.transform`: parse the project, so that the first sync need not.

Run it after an installation, as `make install` does. Without it the first sync parses the project, which
takes some seconds, and so does the first sync with other variables than the project's own.
"""

from __future__ import annotations

import tempfile
from importlib.util import find_spec
from pathlib import Path

from accbooks_warehouse.pipelines.destinations import DuckDB, Postgres, Warehouse
from accbooks_warehouse.pipelines.transform.dbt import Dbt
from accbooks_warehouse.pipelines.transform.models import CONFIGURING


def main() -> None:
    """Parse the project for each kind of database whose adapter is installed; none has to exist."""
    with tempfile.TemporaryDirectory() as folder:
        warehouses: list[Warehouse] = [DuckDB(str(Path(folder, "books.duckdb")))]
        if find_spec("dbt.adapters.postgres") is not None:
            warehouses.append(Postgres("postgresql://accbooks@localhost/accbooks"))
        for warehouse in warehouses:
            with Dbt(warehouse, CONFIGURING) as dbt:
                dbt.manifest()


if __name__ == "__main__":
    main()
