import datetime as dt
import json
from typing import Any

import duckdb
import pendulum
import pyarrow as pa
import pytest
from accbooks_warehouse.sources.accbooks.endpoints import (
    BANK_ACCOUNTS,
    CONTACTS,
    INVOICES,
    JOURNALS,
    TRANSACTIONS,
    Endpoint,
)
from accbooks_warehouse.sources.accbooks.tables.merge import Writing
from accbooks_warehouse.sources.accbooks.tables.package import Package
from accbooks_warehouse.sources.accbooks.tables.quarantine import Quarantine
from accbooks_warehouse.sources.accbooks.windows import Window

EARLIER = Window(None, pendulum.date(2026, 1, 31))
LATER = Window(pendulum.date(2026, 2, 1), None)
JANUARY = Window(pendulum.date(2026, 1, 1), pendulum.date(2026, 1, 31))


def journal(number: int, date: str, *nominals: str) -> dict[str, Any]:
    return {"id": f"jnl_{number}", "date": date, "lines": [{"nominal_code": code} for code in nominals]}


def tables(package: Package) -> dict[str, pa.Table]:
    return {change.table: change.data for change in package.changes(Writing.CHANGES)}


def scopes(package: Package) -> dict[str, str]:
    found = {name: each for name, each in dispositions(package).items() if each != "append"}
    return {name: each["destination_scope"] for name, each in found.items()}


def dispositions(package: Package, writing: Writing = Writing.CHANGES) -> dict[str, Any]:
    return {change.table: change.item.meta.hints["write_disposition"] for change in package.changes(writing)}


def reasons(package: Package) -> list[str]:
    return [row["reason"] for row in package.rejected]


def column(table: pa.Table, name: str) -> list[Any]:
    return list(table[name].to_pylist())


@pytest.mark.parametrize(
    ("endpoint", "names"),
    [
        (TRANSACTIONS, ["transactions", "sync_windows"]),
        (INVOICES, ["invoices", "invoice_line_items", "sync_windows"]),
        (JOURNALS, ["journals", "journal_lines", "sync_windows"]),
        (CONTACTS, ["contacts", "sync_windows"]),
    ],
)
def test_an_empty_window_still_yields_every_table(endpoint: Endpoint, names: list[str], read_of: Any) -> None:
    package = Package(endpoint, "comp_1", frozenset())
    package.add(read_of(window=JANUARY), "requested")
    found = tables(package)
    assert list(found) == names
    assert {name: table.num_rows for name, table in found.items()} == {
        name: int(name == "sync_windows") for name in names
    }
    assert scopes(package)[endpoint.name].endswith("1 = 1" if endpoint is CONTACTS else "'2026-01-31'))")


def test_the_window_read_is_recorded(read_of: Any) -> None:
    package = Package(TRANSACTIONS, "comp_1", frozenset())
    read = read_of({"id": "bad"}, window=JANUARY)
    package.add(read, "requested")
    assert tables(package)["sync_windows"].to_pylist() == [
        {
            "company_id": "comp_1",
            "resource": "transactions",
            "from": dt.date(2026, 1, 1),
            "to": dt.date(2026, 1, 31),
            "records": 1,
            "pages": 1,
            "requests": 1,
            "reason": "requested",
            "outcome": "complete",
            "content_hash": None,
            "sync_began_at": None,
            "fault": None,
            "fetched_at": read.fetched_at,
        }
    ]


def test_what_was_read_replaces_what_the_company_has_of_these_dates(read_of: Any) -> None:
    package = Package(TRANSACTIONS, "o'neil", frozenset())
    package.add(read_of(window=JANUARY), "requested")
    assert scopes(package) == {
        "transactions": "company_id = 'o''neil' and ((date >= '2026-01-01' and date <= '2026-01-31'))",
    }


def test_a_list_without_dates_replaces_all_of_the_company_once_it_was_read(read_of: Any) -> None:
    package = Package(CONTACTS, "comp_1", frozenset())
    assert scopes(package)["contacts"] == "company_id = 'comp_1' and 1 = 0"
    package.add(read_of(), "whole")
    assert scopes(package)["contacts"] == "company_id = 'comp_1' and 1 = 1"


def test_of_a_record_in_two_windows_the_later_reading_counts(read_of: Any) -> None:
    package = Package(JOURNALS, "comp_1", frozenset())
    package.add(
        read_of(journal(1, "2026-01-05", "4000", "1200"), journal(2, "2026-01-06", "1"), window=EARLIER),
        "first",
    )
    package.add(read_of(journal(1, "2026-02-05", "7500"), window=LATER), "first")
    found = tables(package)
    assert list(zip(column(found["journals"], "id"), column(found["journals"], "date"), strict=True)) == [
        ("jnl_2", dt.date(2026, 1, 6)),
        ("jnl_1", dt.date(2026, 2, 5)),
    ]
    lines = found["journal_lines"]
    assert list(zip(column(lines, "journal_id"), column(lines, "nominal_code"), strict=True)) == [
        ("jnl_2", "1"),
        ("jnl_1", "7500"),
    ]
    assert package.records == 2


def test_a_record_rejected_when_it_is_read_later_is_not_loaded_as_it_was(read_of: Any) -> None:
    package = Package(JOURNALS, "comp_1", frozenset())
    package.add(read_of(journal(1, "2026-01-05", "4000"), window=EARLIER), "first")
    package.add(read_of(journal(1, "2026-02-05", ""), window=LATER), "first")
    found = tables(package)
    assert {name: found[name].num_rows for name in ("journals", "journal_lines")} == {
        "journals": 0,
        "journal_lines": 0,
    }
    assert reasons(package) == ["lines 1: nominal_code is missing"]
    assert package.records == 0


def test_a_rejected_record_that_is_sound_when_it_is_read_later_is_no_longer_rejected(read_of: Any) -> None:
    package = Package(JOURNALS, "comp_1", frozenset())
    package.add(read_of(journal(1, "2026-01-05", ""), window=EARLIER), "first")
    package.add(read_of(journal(1, "2026-02-05", "4000"), window=LATER), "first")
    found = tables(package)
    assert column(found["journals"], "id") == ["jnl_1"]
    assert package.rejected == []


def test_ids_that_are_numbers_are_told_apart_too(read_of: Any) -> None:
    package = Package(BANK_ACCOUNTS, "comp_1", frozenset())
    package.add(read_of({"id": 1001, "name": "old"}, {"id": 1002, "name": "other"}), "whole")
    package.add(read_of({"id": 1001, "name": "new"}), "whole")
    found = tables(package)["bank_accounts"]
    assert list(zip(column(found, "id"), column(found, "name"), strict=True)) == [
        (1002, "other"),
        (1001, "new"),
    ]


def test_what_is_held_of_a_rejected_record_is_removed_with_its_lines(read_of: Any) -> None:
    package = Package(JOURNALS, "comp_1", frozenset())
    package.add(
        read_of(journal(1, "2026-01-05"), journal(2, "2026-01-32", "4000"), window=JANUARY), "requested"
    )
    found = scopes(package)
    assert found["journals"].endswith(" or id in ('jnl_2'))")
    assert found["journal_lines"].endswith(
        " or journal_id in (select journal_id from {staging_table} where company_id = 'comp_1')"
        " or journal_id in ('jnl_1', 'jnl_2'))"
    )


def test_a_rejected_record_without_a_date_is_remembered_until_it_is_read_sound(read_of: Any) -> None:
    bad = {"id": "txn_1", "date": "soon", "type": "money_in", "amount": 1}
    first = Package(TRANSACTIONS, "comp_1", frozenset())
    first.add(read_of(bad, {"date": None}, window=LATER), "first")
    assert first.undated_rejects == ["txn_1"]

    quiet = Package(TRANSACTIONS, "comp_1", frozenset(first.undated_rejects))
    quiet.add(read_of(window=JANUARY), "requested")
    assert quiet.undated_rejects == ["txn_1"]

    sound = Package(TRANSACTIONS, "comp_1", frozenset(quiet.undated_rejects))
    sound.add(read_of(bad | {"date": "2026-01-05"}, window=JANUARY), "requested")
    assert sound.undated_rejects == []
    assert (sound.released, sound.windows) == ({"txn_1"}, [JANUARY])

    still = Package(TRANSACTIONS, "comp_1", frozenset(quiet.undated_rejects))
    still.add(read_of(bad | {"date": "2026-01-05", "amount": "?"}, window=JANUARY), "requested")
    assert (still.released, still.undated_rejects) == ({"txn_1"}, [])

    gone = Package(TRANSACTIONS, "comp_1", frozenset({"txn_1", "txn_2"}), gone=frozenset({"txn_1"}))
    assert (gone.released, gone.undated_rejects) == ({"txn_1"}, ["txn_2"])


def test_unchanged_rows_are_left_alone_unless_they_are_to_be_written_anew(read_of: Any) -> None:
    package = Package(CONTACTS, "comp_1", frozenset())
    package.add(read_of(), "whole")
    scope = {"disposition": "merge", "destination_scope": "company_id = 'comp_1' and 1 = 1"}
    unchanged = {"skip_unchanged_rows": True, "row_version_column_name": "row_hash"}
    assert dispositions(package) == {
        "contacts": scope | {"strategy": "cdc"} | unchanged,
        "sync_windows": "append",
    }
    assert dispositions(package, Writing.ANEW) == {
        "contacts": scope | {"strategy": "delete-insert"},
        "sync_windows": "append",
    }


def test_the_quarantine_takes_rejects_of_all_endpoints_and_each_record_once(read_of: Any) -> None:
    quarantine = Quarantine("comp_1")
    for endpoint in (TRANSACTIONS, JOURNALS):
        package = Package(endpoint, "comp_1", frozenset())
        package.add(read_of("text", "text", window=JANUARY), "requested")
        quarantine.add(endpoint.name, package.rejected, package.windows, package.released)
    table = quarantine.change().data
    assert list(zip(column(table, "resource"), column(table, "record"), strict=True)) == [
        ("transactions", json.dumps("text")),
        ("journals", json.dumps("text")),
    ]


def test_what_is_quarantined_is_released_where_it_was_read_again() -> None:
    quarantine = Quarantine("o'neil")
    quarantine.add("transactions", [], [JANUARY], ["txn_9"])
    quarantine.add("contacts", [], [Window()], [])
    rows = [
        ("transactions", "in the window", "2026-01-31", None, None),
        ("transactions", "outside", "2026-02-01", None, None),
        ("transactions", "undated, found in the window", None, "2026-01-05", "2026-01-06"),
        ("transactions", "undated, found in a larger window", None, "2026-01-05", None),
        ("transactions", "txn_9", None, None, None),
        ("journals", "of another endpoint", "2026-01-31", None, None),
        ("contacts", "of a list read whole", None, None, None),
    ]
    scope = quarantine.change().scope.format()
    columns = 'company_id text, resource text, id text, date date, "from" date, "to" date'
    with duckdb.connect() as connection:
        connection.execute(f"create table held ({columns})")
        for company in ("o'neil", "other"):
            connection.executemany(
                "insert into held values (?, ?, ?, ?, ?, ?)", [(company, *row) for row in rows]
            )
        found = connection.execute(f"select company_id, id from held where {scope} order by rowid").fetchall()
    assert found == [
        ("o'neil", "in the window"),
        ("o'neil", "undated, found in the window"),
        ("o'neil", "txn_9"),
        ("o'neil", "of a list read whole"),
    ]


def test_a_quarantine_nothing_was_added_to_releases_nothing() -> None:
    change = Quarantine("comp_1").change()
    assert change.data.num_rows == 0
    assert change.scope == "company_id = 'comp_1' and (1 = 0)"
