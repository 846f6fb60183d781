"""The books of one company: its records, and the ledger that every edit keeps current."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from threading import RLock
from typing import Literal

from accbooks_warehouse.emulator.chart import Chart
from accbooks_warehouse.emulator.ledger import Ledger
from accbooks_warehouse.emulator.postings import MalformedError, Setting, SettledInvoice, calendar_day, entry
from accbooks_warehouse.emulator.record_store import RecordStore, Row, Selection
from accbooks_warehouse.emulator.rendering import Record, parse, render

RESOURCES = ("contacts", "bank_accounts", "transactions", "invoices", "journals")
DATED = ("transactions", "invoices", "journals")


@dataclass(frozen=True)
class Change:
    """What happened to a record, and the dates it is filed under after it and before it."""

    resource: str
    record_id: str
    verb: Literal["created", "updated", "deleted"]
    date: str
    previous_date: str


class Books:
    """Records by resource and id, stored as JSON text, with a ledger that every edit updates at once.

    Every method may be called from any thread.
    """

    def __init__(self, company: Record, order: str = "date") -> None:
        self.company = company
        self._order = order
        self.chart = Chart()
        self.stores = {resource: RecordStore(order) for resource in RESOURCES}
        self.lock = RLock()
        self.watch: Callable[[Change], None] | None = None
        """Is told of every change, while the books are locked."""
        self._start_ledger()

    def put(self, resource: str, record: Record, handle: str | None = None) -> str:
        """Store a record under its id, replace one with that id, and return its handle.

        `handle` names an existing record whose id is missing or changes. A record without a valid date keeps
        its earlier place in lists; a new one is listed at books_start_date. A malformed record posts nothing.
        """
        with self.lock:
            handle = handle or self._new_handle(resource, record)
            self._change(resource, handle, record, render(record))
            return handle

    def remove(self, resource: str, handle: str) -> None:
        """Remove a record from the books. Raises KeyError."""
        with self.lock:
            if handle not in self.stores[resource]:
                raise KeyError(handle)
            self._change(resource, handle, None, "")

    def get(self, resource: str, handle: str) -> Record | None:
        """Return a copy of a record, fractions as Decimal."""
        row = self.stores[resource].get(handle)
        return None if row is None else _record(row)

    def all(self, resource: str) -> list[Record]:
        """Return a copy of every record, by date."""
        with self.lock:
            return [_record(row) for row in self.stores[resource]]

    def refresh(self, resource: str, record: Record) -> None:
        """Replace a record whose postings do not change, for example after a payment."""
        with self.lock:
            self.stores[resource].rewrite(record["id"], render(record))
            row = self.stores[resource].get(record["id"])
            if row is not None:
                self._tell(Change(resource, record["id"], "updated", row.date, row.date))

    def page(self, resource: str, selection: Selection, number: int, size: int) -> tuple[list[str], int]:
        """Return the JSON texts on a page, and how many records are selected."""
        with self.lock:
            return self.stores[resource].page(selection, number, size)

    def settlements(self, invoice_id: str) -> list[Record]:
        """Return the transactions that settle an invoice."""
        with self.lock:
            return [_record(row) for row in self._settling(invoice_id)]

    def rebuilt_ledger(self) -> Ledger:
        """Return a ledger built again from all records, to compare with the running one."""
        fresh = Books(self.company)
        for resource in ("bank_accounts", "invoices", "transactions", "journals"):
            for row in self.stores[resource]:
                fresh._post(resource, row.handle, _record(row), 1)
        return fresh.ledger

    def copy(self) -> "Books":
        """Return an independent copy of the books."""
        twin = Books(dict(self.company), self._order)
        with self.lock:
            for resource, store in self.stores.items():
                twin.stores[resource] = store.copy()
            twin.ledger = self.ledger.copy()
            twin._terms, twin._banks = dict(self._terms), dict(self._banks)
            twin._settled_by = {name: dict(handles) for name, handles in self._settled_by.items()}
        return twin

    def next_number(self, resource: str) -> int:
        """Return a number that no record of the resource ever had, not even a removed one."""
        return self.stores[resource].filed + 1

    def _start_ledger(self) -> None:
        self.ledger = Ledger()
        self._terms: dict[str, SettledInvoice] = {}
        self._banks: dict[int, str] = {}
        self._settled_by: dict[str, dict[str, None]] = {}

    def _new_handle(self, resource: str, record: Record) -> str:
        named = record.get("id")
        if named is not None:
            return str(named)
        count = 1
        while f"unnamed_{count}" in self.stores[resource]:
            count += 1
        return f"unnamed_{count}"

    def _change(self, resource: str, handle: str, record: Record | None, text: str) -> None:
        """Reverse the postings that depend on the old record, change it, and post those of the new one."""
        row = self.stores[resource].get(handle)
        old = None if row is None else _record(row)
        followers = self._followers(resource, old, record)
        self._post_rows(followers, -1)
        if old is not None:
            self._post(resource, handle, old, -1)
        if record is None:
            self.stores[resource].remove(handle)
        else:
            self._file(resource, handle, record, text)
            self._post(resource, handle, record, 1)
        self._post_rows(followers, 1)
        self._tell_of(resource, handle, row, old if record is None else record)

    def _tell_of(self, resource: str, handle: str, before: Row | None, record: Record | None) -> None:
        after = self.stores[resource].get(handle)
        named = str((record or {}).get("id") or handle)
        if before is None:
            self._tell(Change(resource, named, "created", after.date if after else "", ""))
        elif after is None:
            self._tell(Change(resource, named, "deleted", before.date, before.date))
        else:
            self._tell(Change(resource, named, "updated", after.date, before.date))

    def _tell(self, change: Change) -> None:
        if self.watch is not None:
            self.watch(change)

    def _file(self, resource: str, handle: str, record: Record, text: str) -> None:
        day = ""
        row = self.stores[resource].get(handle)
        if resource in DATED:
            day = row.date if row is not None else str(self.company["books_start_date"])
            with suppress(MalformedError):
                day = calendar_day(record.get("date"))
        account = record.get("account_id") if resource == "transactions" else None
        self.stores[resource].put(handle, text, day, account if type(account) is int else None)

    def _followers(self, resource: str, *records: Record | None) -> list[Row]:
        """Return the transactions whose postings depend on the invoice or bank account being changed."""
        if resource == "bank_accounts":
            return list(self.stores["transactions"])
        if resource != "invoices":
            return []
        ids = dict.fromkeys(str(record.get("id")) for record in records if record is not None)
        return [row for invoice_id in ids for row in self._settling(invoice_id)]

    def _settling(self, invoice_id: str) -> Iterable[Row]:
        store = self.stores["transactions"]
        return [row for handle in self._settled_by.get(invoice_id, ()) if (row := store.get(handle))]

    def _post_rows(self, rows: Iterable[Row], sign: int) -> None:
        for row in rows:
            self._post("transactions", row.handle, _record(row), sign)

    def _post(self, resource: str, handle: str, record: Record, sign: int) -> None:
        """Post a record, or reverse it; also update the invoices, banks and settlements to look up later."""
        with suppress(MalformedError):
            day, postings = entry(resource, record, Setting(self._terms, self._banks))
            if postings:
                self.ledger.post(day, postings, sign)
            if resource == "invoices":
                self._know_invoice(record, sign)
        if resource == "bank_accounts":
            self._know_bank(record, sign)
        elif resource == "transactions" and isinstance(record.get("invoice_id"), str):
            followers = self._settled_by.setdefault(record["invoice_id"], {})
            if sign > 0:
                followers[handle] = None
            else:
                followers.pop(handle, None)

    def _know_invoice(self, record: Record, sign: int) -> None:
        if sign > 0:
            self._terms[record["id"]] = SettledInvoice(record["type"], record["exchange_rate"])
        else:
            self._terms.pop(record["id"], None)

    def _know_bank(self, record: Record, sign: int) -> None:
        number, nominal = record.get("id"), record.get("nominal_code")
        if type(number) is int and isinstance(nominal, str) and nominal:
            if sign > 0:
                self._banks[number] = nominal
            else:
                self._banks.pop(number, None)


def _record(row: Row) -> Record:
    record: Record = parse(row.text)
    return record
