"""The engine that asks a lakehouse: a Sail server in this process, and one session of it.

Sail reads Delta tables with Spark's SQL. What tables there are is known to a session, so everything in a
process shares one, dbt included. It takes a second to import, so it starts with the first question.
"""

from __future__ import annotations

import atexit
import os
import sys
import threading
import uuid
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pyarrow as pa
from accbooks_warehouse.pipelines.destinations.lake import Lake

SETTINGS = {
    "RUST_LOG": "off",
    "SAIL_SPARK__SESSION_TIMEOUT_SECS": str(10 * 365 * 24 * 3600),
}
"""Settings of Sail, unless the user has others: it writes no log, and keeps an idle session."""
OF_PANDAS = "PySpark does not yet fully support pandas"
"""A warning of PySpark about what is not used here: everything is Arrow."""


@contextmanager
def as_a_program() -> Iterator[None]:
    """Let the process look as if a file was run: without one PySpark takes it for a run of its own doctests.

    Such a process is `python -c`, or one that a test or an orchestrator started.
    """
    main = sys.modules["__main__"]
    if hasattr(main, "__file__"):
        yield
        return
    main.__file__ = __file__
    try:
        yield
    finally:
        del main.__file__


class SparkEngine:
    """A Sail server on a free port of the loopback interface, and the session that all queries use."""

    def __init__(self, lake: Lake) -> None:
        self._lake = lake
        self._starting = threading.Lock()
        self._server: Any = None
        self._session: Any = None
        self.address = ""

    def start(self) -> None:
        """Start it, unless it runs."""
        with self._starting:
            if self._session is None:
                self._start()

    def _start(self) -> None:
        warnings.filterwarnings("ignore", message=OF_PANDAS, category=FutureWarning)
        for name, value in {**SETTINGS, **self._lake.environment}.items():
            os.environ.setdefault(name, value)
        from pysail.spark import SparkConnectServer  # noqa: PLC0415 - an extra, and slow to import

        with as_a_program():
            from pyspark.sql.connect.session import SparkSession  # noqa: PLC0415 - as above

        server = SparkConnectServer("127.0.0.1", 0)
        server.start(background=True)
        atexit.register(server.stop)
        host, port = server.listening_address
        self._server = server
        self.address = f"sc://{host}:{port}/;session_id={uuid.uuid4()}"
        session = SparkSession.builder.remote(self.address).create()
        session.conf.set("spark.sql.session.timeZone", "UTC")  # else the machine's
        self._session = session

    def lend_session(self) -> None:
        """Have whoever else uses PySpark in this process, which is dbt, use this session."""
        self.start()
        kind = type(self._session)
        kind._default_session = kind._active_session.session = self._session  # noqa: SLF001 - PySpark keeps its first

    def run(self, sql: str) -> None:
        """Run a statement that is no query."""
        self.start()
        self._session.sql(sql)

    def table(self, sql: str) -> pa.Table:
        """Return the rows of a query."""
        self.start()
        found: pa.Table
        found, *_ = self._client.to_table(self._plan(sql), {})
        return found

    def batches(self, sql: str) -> Iterator[pa.Table]:
        """Yield the rows of a query as they come."""
        self.start()
        for each in self._client.to_table_as_iterator(self._plan(sql), {}):
            if isinstance(each, pa.Table):
                yield each

    @property
    def _client(self) -> Any:
        return self._session.client

    def _plan(self, sql: str) -> Any:
        """Return a query as it is sent: PySpark's own methods ask the server two or three times."""
        from pyspark.sql.connect.plan import SQL  # noqa: PLC0415 - an extra

        return SQL(sql).to_proto(self._client)

    def define(self, name: str, rows: pa.Table) -> None:
        """Make rows of texts and whole numbers a temporary view of the session."""
        self.start()
        if rows.num_rows:
            self._session.createDataFrame(rows).createOrReplaceTempView(name)
            return
        kinds = ((field.name, "string" if pa.types.is_string(field.type) else "int") for field in rows.schema)
        columns = ", ".join(f"cast(null as {kind}) as {column}" for column, kind in kinds)
        self.run(f"create or replace temporary view {name} as select {columns} where 1 = 0")
