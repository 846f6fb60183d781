"""A key that answers for another company than before: a finding for both, and nothing said of a third."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from accbooks_warehouse.emulator.server import Emulator, running
from accbooks_warehouse.emulator.settings import Settings as EmulatorSettings
from accbooks_warehouse.emulator.settings import key_of
from accbooks_warehouse.pipelines.configuration import Company, prepare_dlt
from accbooks_warehouse.pipelines.destinations import Warehouse
from accbooks_warehouse.pipelines.output.progress import NoRunProgress
from accbooks_warehouse.pipelines.sync.prove import Prover
from accbooks_warehouse.pipelines.sync.result import SyncResult
from accbooks_warehouse.pipelines.sync.scope import Scope
from accbooks_warehouse.pipelines.sync.sync import Sync
from accbooks_warehouse.sources.accbooks.settings import Settings


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with running(EmulatorSettings(plan="enterprise", companies=3, port=0)) as server:
        yield server


@pytest.fixture(scope="module")
def warehouse(database, open_warehouse) -> Iterator[Warehouse]:
    prepare_dlt()
    with open_warehouse(database) as warehouse:
        yield warehouse


class NotAsked:
    """Transforms that find nothing to rebuild: what is written about names is no matter of the models."""

    def prepare(self) -> None: ...

    @property
    def inputs(self) -> NotAsked:
        return self

    def changed_months(self, _company_id: str) -> list[str]:
        return []


def unproved(prover: Prover) -> SyncResult:
    """Return how the loads went."""
    return SyncResult(tuple(each.result for each in prover._loaded))  # noqa: SLF001 - stands in for its method


def load(warehouse: Warehouse, emulator: Emulator, **keys: str) -> SyncResult:
    sync = Sync(
        warehouse,
        NotAsked(),
        Scope(resources=("contacts",)),
        progress=NoRunProgress(),
        announce=lambda _: None,
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Prover, "prove", unproved)
        return sync.run([Company(name, Settings(key, emulator.base_url)) for name, key in keys.items()], keys)


def names(warehouse: Warehouse) -> list[tuple[str, str | None]]:
    rows = warehouse.query(f"select name, company_id from {warehouse.raw}.configured_companies")
    return sorted(rows, key=str)


def test_every_sync_writes_down_which_company_answered_for_which_name(warehouse, emulator):
    result = load(warehouse, emulator, north=key_of(0), south="unknown")
    assert [entry.error is None for entry in result.companies] == [True, False]
    assert names(warehouse) == [("north", "comp_1"), ("south", None)]
    assert load(warehouse, emulator, north=key_of(2), south=key_of(1)).companies[0].error is None
    assert names(warehouse) == [("north", "comp_1"), ("north", "comp_3"), ("south", "comp_2")]
    load(warehouse, emulator, south="revoked", west="unknown")
    assert ("west", None) in names(warehouse)
    assert ("south", "comp_2") in names(warehouse)
    load(warehouse, emulator, south=key_of(1))
    assert names(warehouse) == [("north", "comp_1"), ("north", "comp_3"), ("south", "comp_2")]
    ((first, last),) = warehouse.query(
        f"select first_seen_at, last_seen_at from {warehouse.raw}.configured_companies where name = 'south'"
    )
    assert first < last
