"""Compare the ledger with what the records post, by month: all of small books, what may differ of large ones.

What the records post takes as long to compute as the whole history is long. So for large books the number of
rows and a checksum of each month are saved once it was compared. A month is compared again when these
differ, whoever wrote into it, and in its turn: each run takes some of the other months.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Collection, Iterator, Mapping, Sequence

from accbooks_warehouse.pipelines.destinations import MODELS, STAGING, Warehouse, placeholders
from accbooks_warehouse.pipelines.transform.ledger_inputs import TamperedMonth

LEDGER_CHECKSUMS = "ledger_checksums"
"""The table with the saved checksums, in the staging schema."""
LEDGER = "ledger_postings"
ROWS_PER_RUN = 50_000
"""The postings of a company compared in one run, beside those of months whose checksum differs."""
MONTHS_AT_ONCE = 250
"""The saved months in one statement."""

Month = dt.date | None
"""By its first day; None stands for postings without a date."""
Sum = tuple[int, str]
"""The number of a month's rows, and their checksum."""
DIFFERS: Sum = (-1, "")
"""What is saved of a month that differs, so that each run compares it until it is right."""


class LedgerMonths:
    """The ledger of one warehouse, by company and month."""

    def __init__(self, warehouse: Warehouse, today: dt.date) -> None:
        self._warehouse = warehouse
        self._today = today

    def tampered(self, company_ids: Sequence[str]) -> list[TamperedMonth]:
        """Return the months in which the ledger differs from what the records post, of those compared."""
        if not company_ids or not self._warehouse.has_table(MODELS, "ledger_differences"):
            return []
        with self._warehouse.kept_open():
            rows = self._rows(company_ids)
            large = {company_id: count for company_id, count in rows.items() if count > ROWS_PER_RUN}
            small = [company_id for company_id in company_ids if company_id not in large]
            differing = self._differing(f"company_id in ({placeholders(small)})", small) if small else []
            for company_id, count in large.items():
                differing += self._of_large(company_id, count)
        return sorted(differing, key=lambda month: (month.company_id, month.month_start or dt.date.min))

    def _rows(self, company_ids: Sequence[str]) -> Mapping[str, int]:
        return dict(
            self._warehouse.query(
                f"select company_id, count(*) from {self._warehouse.staging}.{LEDGER} "
                f"where company_id in ({placeholders(company_ids)}) group by company_id",
                *company_ids,
            )
        )

    def _of_large(self, company_id: str, rows: int) -> list[TamperedMonth]:
        """Compare the months whose checksum is not as saved, and today's share of the others."""
        self._make()
        found, saved = self._found(company_id), self._saved(company_id)
        months = found.keys() | saved.keys() | self._built(company_id)
        due = {month for month in months if found.get(month) != saved.get(month)}
        due |= {month for month in months if self._is_of_today(month, rows)}
        if not saved:
            differing = self._differing("company_id = %s", [company_id])
        elif due:
            differing = self._differing(*_in_months(company_id, due))
        else:
            differing = []
        wrong = dict.fromkeys((each.month_start for each in differing), DIFFERS)
        kept = {month: each for month, each in saved.items() if month not in due}
        self._save(company_id, saved, kept | {each: found[each] for each in due & found.keys()} | wrong)
        return differing

    def _is_of_today(self, month: Month, rows: int) -> bool:
        parts = math.ceil(rows / ROWS_PER_RUN)
        number = 0 if month is None else 12 * month.year + month.month
        return number % parts == self._today.toordinal() % parts

    def _differing(self, condition: str, parameters: Sequence[object]) -> list[TamperedMonth]:
        rows = self._warehouse.query(
            f"select distinct company_id, month_start from {self._warehouse.models}.ledger_differences "
            f"where {condition}",
            *parameters,
        )
        return [TamperedMonth(*row) for row in rows]

    def _found(self, company_id: str) -> dict[Month, Sum]:
        columns = self._warehouse.query(
            "select column_name, data_type from information_schema.columns "
            "where table_schema = %s and table_name = %s order by ordinal_position",
            STAGING,
            LEDGER,
        )
        rows = self._warehouse.query(
            f"select cast(date_trunc('month', posting_date) as date), count(*), "
            f"{self._warehouse.checksum(columns)} "
            f"from {self._warehouse.staging}.{LEDGER} where company_id = %s "
            "group by cast(date_trunc('month', posting_date) as date)",
            company_id,
        )
        return {month: (int(count), str(checksum)) for month, count, checksum in rows}

    def _built(self, company_id: str) -> set[Month]:
        """Return the months of the records that the models were built from; the ledger may lack one."""
        rows = self._warehouse.query(
            f"select distinct month_start from {self._warehouse.staging}.ledger_inputs where company_id = %s",
            company_id,
        )
        return {month for (month,) in rows}

    def _saved(self, company_id: str) -> dict[Month, Sum]:
        rows = self._warehouse.query(
            f"select month_start, number_of_rows, checksum from {self._table} where company_id = %s",
            company_id,
        )
        return {month: (int(count), str(checksum)) for month, count, checksum in rows}

    def _save(self, company_id: str, saved: Mapping[Month, Sum], compared: Mapping[Month, Sum]) -> None:
        if saved == compared:
            return
        with self._warehouse.transaction():
            self._warehouse.execute(f"delete from {self._table} where company_id = %s", company_id)
            for some in _batches(list(compared.items())):
                values = ", ".join(["(%s, %s, %s, %s)"] * len(some))
                self._warehouse.execute(
                    f"insert into {self._table} (company_id, month_start, number_of_rows, checksum) "
                    f"values {values}",
                    *(
                        value
                        for month, (count, checksum) in some
                        for value in (company_id, month, count, checksum)
                    ),
                )

    @property
    def _table(self) -> str:
        return f"{self._warehouse.staging}.{LEDGER_CHECKSUMS}"

    def _make(self) -> None:
        self._warehouse.execute(
            f"create table if not exists {self._table} "
            "(company_id varchar, month_start date, number_of_rows bigint, checksum varchar)"
        )


def _in_months(company_id: str, months: Collection[Month]) -> tuple[str, list[object]]:
    dated = sorted(month for month in months if month is not None)
    either = [f"month_start in ({placeholders(dated)})"] if dated else []
    either += ["month_start is null"] if None in months else []
    return f"company_id = %s and ({' or '.join(either)})", [company_id, *dated]


def _batches(rows: Sequence[tuple[Month, Sum]]) -> Iterator[Sequence[tuple[Month, Sum]]]:
    for start in range(0, len(rows), MONTHS_AT_ONCE):
        yield rows[start : start + MONTHS_AT_ONCE]
