"""What the models were last built from, in the table `ledger_inputs`, compared with what there is now."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass

import pendulum
from accbooks_warehouse.pipelines.destinations import MEMBERS, STAGING, Warehouse, placeholders

COLUMNS = "company_id, input, month_start, version, number_of_rows"
TAMPERED = "tampered"
"""What the table calls a month that something else wrote into."""


@dataclass(frozen=True)
class TamperedMonth:
    """A month, by its first day, whose ledger rows another program changed."""

    company_id: str
    month_start: dt.date | None


class LedgerInputs:
    """What the models of one warehouse were last built from."""

    def __init__(self, warehouse: Warehouse) -> None:
        self._warehouse = warehouse

    @property
    def _staging(self) -> str:
        return self._warehouse.staging

    def exist(self) -> bool:
        """Tell whether the models were built at all."""
        return self._warehouse.has_table(STAGING, "ledger_inputs")

    def versions(self) -> set[str]:
        """Return the versions of the project that the models were built by; none before the first time."""
        if not self.exist():
            return set()
        return self._first_values(
            f"select distinct version from {self._staging}.ledger_inputs where input = 'project'"
        )

    def current(self, version: str, today: pendulum.Date) -> set[str]:
        """Return the companies whose models were built by this version of the project, up to this month."""
        return self._first_values(
            f"""
            select company_id from {self._staging}.ledger_inputs
            where input = 'project' and version = %s and company_id in (
                select company_id from {self._staging}.ledger_inputs
                where input = 'calendar' and month_start = %s
            )
            """,
            version,
            today.start_of("month"),
        )

    def different(self, company_ids: Collection[str]) -> set[str]:
        """Return which of these companies have other raw rows than their models were built from."""
        companies = placeholders(list(company_ids))
        return self._first_values(
            f"""
            select distinct company_id from (
                select {COLUMNS} from {self._staging}.int_ledger_inputs where company_id in ({companies})
                union all
                select {COLUMNS} from {self._staging}.ledger_inputs
                where company_id in ({companies}) and input not in ('project', 'calendar')
            ) as inputs
            group by {COLUMNS}
            having count(*) <> 2
            """,
            *company_ids,
            *company_ids,
        )

    def changed_months(self, company_id: str) -> list[dt.date]:
        """Return the first days of months in which a company's records changed since they were built."""
        if not self.exist():
            return []
        rows = self._warehouse.query_of(
            company_id,
            f"""
            select company_id, month_start from (
                select {COLUMNS} from {self._dated} where company_id in ({MEMBERS})
                union all
                select {COLUMNS} from {self._staging}.ledger_inputs
                where company_id in ({MEMBERS}) and input <> 'calendar'
            ) as inputs
            where month_start is not null
            group by {COLUMNS}
            having count(*) <> 2
            """,
        )
        return sorted({month for (month,) in rows})

    def months_with_rows_gone(self, company_id: str) -> list[tuple[str, dt.date]]:
        """Return the raw tables and months that have fewer rows than were built, and no new ones.

        If a load deleted rows and the models were not rebuilt since, its month is returned as well.
        """
        if not self.exist():
            return []
        rows = self._warehouse.query_of(
            company_id,
            f"""
            select company_id, input, month_start from (
                select company_id, input, month_start, version, sum(built) as built, sum(stored) as stored
                from (
                    select company_id, input, month_start, version, number_of_rows as built, 0 as stored
                    from {self._staging}.ledger_inputs where company_id in ({MEMBERS})
                    union all
                    select company_id, input, month_start, version, 0 as built, number_of_rows as stored
                    from {self._dated} where company_id in ({MEMBERS})
                ) as sides
                where month_start is not null and input <> 'calendar'
                group by company_id, input, month_start, version
            ) as versions
            group by company_id, input, month_start
            having max(built - stored) > 0 and max(case when built = 0 then 1 else 0 end) = 0
            """,
        )
        return sorted((str(name), month) for name, month in rows)

    @property
    def _dated(self) -> str:
        """Return the relation of dated inputs: of models built by an earlier version, of all inputs."""
        name = "int_dated_inputs"
        return f"{self._staging}.{name if self._warehouse.has_table(STAGING, name) else 'int_ledger_inputs'}"

    def to_recompare(self, company_ids: Collection[str]) -> set[str]:
        """Return the companies of which a report that was out of date has been fetched again since."""
        return self._first_values(
            f"""
            select distinct compared.company_id
            from {self._staging}.compared_periods as compared
            inner join {self._staging}.stg_sync_windows as reads
                on compared.company_id = reads.company_id and compared.report = reads.resource
                and compared.period_end = reads.window_end and compared.fetched_at < reads.fetched_at
                and (
                    compared.period_start = reads.window_start
                    or (compared.period_start is null and reads.window_start is null)
                )
            where compared.is_overtaken and compared.company_id in ({placeholders(list(company_ids))})
            """,
            *company_ids,
        )

    def mark_for_rebuild(self, months: Iterable[TamperedMonth]) -> None:
        """Have the next build compute these months again, as if something in them had changed."""
        for month in months:
            self._warehouse.execute(
                f"insert into {self._staging}.ledger_inputs ({COLUMNS}) select %s, %s, %s, %s, 1",
                month.company_id,
                TAMPERED,
                month.month_start,
                TAMPERED,
            )

    def _first_values(self, sql: str, *parameters: object) -> set[str]:
        """Return the values of a query's first column."""
        return {str(first) for first, *_ in self._warehouse.query(sql, *parameters)}
