"""Whoever reads schema accbooks while it is synced sees whole tables, whatever is rebuilt meanwhile."""

from __future__ import annotations

import threading
from contextlib import closing
from typing import Any

import psycopg2
import pytest

# DuckDB gives its file to one process at a time: there is nothing to read meanwhile
pytestmark = pytest.mark.databases("postgres")

PAUSE_SECONDS = 0.02
"""Between two looks: a reader that never rests would only slow the syncs it looks at."""
UNBALANCED = """
    select company_id, as_at from {table}
    group by company_id, as_at
    having sum(debit) <> sum(credit)
"""
LINES = "select count(*) from accbooks.trial_balance"


class Reader(threading.Thread):
    """A BI tool on a connection of its own: asks again and again, and keeps what went wrong."""

    def __init__(self, address: str) -> None:
        super().__init__(daemon=True)
        self._address = address
        self._done = threading.Event()
        self.asked = 0
        self.wrong: list[Any] = []

    def run(self) -> None:
        with closing(psycopg2.connect(self._address)) as connection:
            connection.autocommit = True
            cursor = connection.cursor()
            while not self._done.wait(PAUSE_SECONDS):
                try:
                    for table in ("accbooks.trial_balance", "public.our_view"):
                        cursor.execute(UNBALANCED.format(table=table))
                        self.wrong += cursor.fetchall()
                    cursor.execute(LINES)
                    self.wrong += [] if cursor.fetchone()[0] else ["an empty trial balance"]
                except psycopg2.Error as error:
                    self.wrong.append(error)
                self.asked += 1

    def end(self) -> None:
        self._done.set()
        self.join()


@pytest.fixture
def reader(copy):
    """A reader of the copy, and of a view an analyst made on it."""
    address = copy.warehouse.address.of_dlt().to_native_representation()
    with closing(psycopg2.connect(address)) as connection:
        connection.autocommit = True
        connection.cursor().execute("create view public.our_view as select * from accbooks.trial_balance")
    reading = Reader(address)
    reading.start()
    yield reading
    reading.end()


@pytest.mark.parametrize(
    "syncs", [pytest.param(1, marks=pytest.mark.long), pytest.param(10, marks=pytest.mark.soak)]
)
@pytest.mark.nightly
def test_a_reader_sees_no_error_and_no_half_table_during_syncs_and_a_full_refresh(copy, reader, syncs):
    record = copy.recent("journals")
    for number in range(syncs):
        asked = reader.asked
        copy.put("journals", {**record, "id": f"jnl_more_{number}"})
        copy.sync_and_prove()
        assert reader.asked > asked
    with copy.warehouse.building():
        copy.transforms.build(full_refresh=True)
    assert reader.wrong == []
