"""The records of one resource as JSON text, in the order of their lists."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from hashlib import blake2b

MOST_ARRANGEMENTS = 32


@dataclass(slots=True)
class Row:
    """A record's text and its place; `handle` is the id, or the last id if it no longer has one."""

    handle: str
    date: str
    sequence: int
    account: int | None
    text: str


@dataclass(frozen=True)
class Selection:
    """Which records a list shows: dates inclusive, None for no limit."""

    first: str | None = None
    last: str | None = None
    account: int | None = None


def _position(row: Row) -> tuple[str, int]:
    return row.date, row.sequence


def _shuffled(row: Row) -> bytes:
    return blake2b(row.handle.encode(), digest_size=8).digest()


ARRANGEMENTS: dict[str, Callable[[list[Row]], list[Row]]] = {
    "id": lambda rows: sorted(rows, key=lambda row: row.handle),
    "reverse": lambda rows: rows[::-1],
    "shuffled": lambda rows: sorted(rows, key=_shuffled),
}


class RecordStore:
    """Rows by handle and by date. `order` is that of the lists: date, id, reverse or shuffled."""

    def __init__(self, order: str = "date") -> None:
        self._rows: dict[str, Row] = {}
        self._all: list[Row] = []
        self._by_account: dict[int | None, list[Row]] = {}
        self._order = order
        self._arrange = ARRANGEMENTS.get(order)
        self._arranged: dict[Selection, list[Row]] = {}
        self.filed = 0

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[Row]:
        return iter(self._all)

    def __contains__(self, handle: str) -> bool:
        return handle in self._rows

    def copy(self) -> "RecordStore":
        """Return a copy with the same rows."""
        twin = RecordStore(self._order)
        twin._all = [replace(row) for row in self._all]
        for row in twin._all:
            twin._rows[row.handle] = row
            if row.account is not None:
                twin._by_account.setdefault(row.account, []).append(row)
        twin.filed = self.filed
        return twin

    def get(self, handle: str) -> Row | None:
        """Return the row with this handle, if there is one."""
        return self._rows.get(handle)

    def put(self, handle: str, text: str, date: str, account: int | None = None) -> None:
        """Store a record, in place of the one with the same handle."""
        old = self._rows.get(handle)
        self._arranged.clear()
        if old is not None and (old.date, old.account) == (date, account):
            old.text = text
            return
        sequence = self.filed if old is None else old.sequence
        if old is None:
            self.filed += 1
        else:
            self.remove(handle)
        row = self._rows[handle] = Row(handle, date, sequence, account, text)
        for rows in self._places(row):
            if not rows or _position(rows[-1]) <= (date, sequence):
                rows.append(row)
            else:
                insort(rows, row, key=_position)

    def rewrite(self, handle: str, text: str) -> None:
        """Replace a record's text and keep its place."""
        self._rows[handle].text = text

    def remove(self, handle: str) -> None:
        """Remove a record. Raises KeyError."""
        row = self._rows.pop(handle)
        self._arranged.clear()
        for rows in self._places(row):
            del rows[bisect_left(rows, _position(row), key=_position)]

    def page(self, selection: Selection, number: int, size: int) -> tuple[list[str], int]:
        """Return the texts on page `number` (from 1) of `size` records, and how many records are selected."""
        rows, low, high = self._range(selection)
        if self._arrange is not None:
            rows = self._in_order(selection, rows[low:high], self._arrange)
            low, high = 0, len(rows)
        start = min(low + (number - 1) * size, high)
        return [row.text for row in rows[start : min(start + size, high)]], high - low

    def _places(self, row: Row) -> tuple[list[Row], ...]:
        if row.account is None:
            return (self._all,)
        return self._all, self._by_account.setdefault(row.account, [])

    def _range(self, selection: Selection) -> tuple[list[Row], int, int]:
        rows = self._all if selection.account is None else self._by_account.get(selection.account, [])
        low = bisect_left(rows, selection.first, key=lambda row: row.date) if selection.first else 0
        high = bisect_right(rows, selection.last, key=lambda row: row.date) if selection.last else len(rows)
        return rows, low, max(low, high)

    def _in_order(
        self, selection: Selection, rows: list[Row], arrange: Callable[[list[Row]], list[Row]]
    ) -> list[Row]:
        if selection not in self._arranged:
            if len(self._arranged) >= MOST_ARRANGEMENTS:
                self._arranged.clear()
            self._arranged[selection] = arrange(rows)
        return self._arranged[selection]
