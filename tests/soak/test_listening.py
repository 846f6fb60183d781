"""Books that are edited at random while the service follows them: in the end the warehouse equals them."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from accbooks_warehouse.emulator.books import Books
from accbooks_warehouse.emulator.server import running
from accbooks_warehouse.emulator.settings import Settings
from accbooks_warehouse.pipelines.destinations import Warehouse
from accbooks_warehouse.pipelines.queries.findings import findings
from operators import NewOperator
from services import SECRET, backlogs, differences, environment_of, serving

logger = logging.getLogger(__name__)

Record = dict[str, Any]
SECONDS = 120.0


class Editor:
    """Edits books at random, as people at work do: more often lately than long ago."""

    def __init__(self, books: Books, chance: Random) -> None:
        self._books = books
        self._chance = chance
        self._made = 0

    def edit(self) -> None:
        """Make one edit."""
        edits: list[Callable[[], None]] = [self._change, self._move, self._make, self._remove, self._rename]
        self._chance.choices(edits, weights=(5, 2, 3, 2, 1))[0]()

    def _any(self, resource: str) -> Record:
        records = self._books.all(resource)
        late = records[-20:] if self._chance.random() < 0.7 else records
        return dict(self._chance.choice(late))

    def _dated(self) -> tuple[str, Record]:
        resource = self._chance.choice(("transactions", "invoices", "journals"))
        return resource, self._any(resource)

    def _change(self) -> None:
        resource, record = self._dated()
        self._made += 1
        self._books.put(resource, {**record, "reference": f"soak {self._made}"})

    def _move(self) -> None:
        resource, record = self._dated()
        day = date.fromisoformat(record["date"]) - timedelta(days=self._chance.randrange(1, 90))
        self._books.put(resource, {**record, "date": str(day)})

    def _make(self) -> None:
        payment = self._any("transactions")
        self._made += 1
        self._books.put("transactions", {**payment, "id": f"txn_soak_{self._made}"})

    def _remove(self) -> None:
        resource = self._chance.choice(("transactions", "journals"))
        record = self._any(resource)
        if record.get("type") != "opening":
            self._books.remove(resource, str(record["id"]))

    def _rename(self) -> None:
        self._made += 1
        self._books.put("contacts", {**self._any("contacts"), "name": f"Renamed {self._made}"})


def follow(database: str, warehouse: Warehouse, home: Path, seconds: float, seed: int) -> None:
    """Edit the books for so long while a service follows them; then assert that both are equal."""
    chance = Random(seed)
    with running(Settings(plan="enterprise", size="tiny", port=0)) as emulator:
        environment = environment_of(warehouse, emulator, home)
        with serving(environment, home, "--destination", database, "--sync-every", "1m") as service:
            faults = {"duplicates": 0.2, "disorder": 1.0, "first_wait": 0.2}
            emulator.register(service.url, SECRET, **faults)
            service.wait_for_sync()
            editor, ends, edits = Editor(emulator.books, chance), time.monotonic() + seconds, 0
            while time.monotonic() < ends:
                for _ in range(chance.randrange(1, 8)):
                    editor.edit()
                    edits += 1
                threading.Event().wait(chance.expovariate(0.5))
            assert emulator.webhooks.wait_until_sent(SECONDS)
            until = time.monotonic() + SECONDS
            while sum(each.pending for each in backlogs(warehouse)):
                assert time.monotonic() < until
                threading.Event().wait(0.2)
            assert service.stop() == 0
        batches = [each for each in service.said if each["event"] == "batch"]
        logger.info("%s edits, %s batches", edits, len(batches))
        assert differences(warehouse, emulator.books) == {}
        assert [each.message for each in findings(warehouse, None).errors] == []
        assert batches


@pytest.mark.long
@pytest.mark.parametrize("database", ["duckdb"], scope="module")
@pytest.mark.nightly
def test_the_warehouse_follows_random_edits_for_eight_seconds(
    database: str, new_operator: NewOperator, tmp_path: Path
) -> None:
    follow(database, new_operator().warehouse, tmp_path, 8, 1)


@pytest.mark.soak
def test_the_warehouse_follows_random_edits_for_twenty_minutes(
    database: str, new_operator: NewOperator, tmp_path: Path
) -> None:
    follow(database, new_operator().warehouse, tmp_path, 1200, 2)
