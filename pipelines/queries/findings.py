"""Read the model `findings`, which lists what is wrong now; all commands, notices and logs use it."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace

from accbooks_warehouse.pipelines.counts import count
from accbooks_warehouse.pipelines.destinations import Warehouse, placeholders
from accbooks_warehouse.pipelines.queries.configured_companies import called, configured_names
from accbooks_warehouse.pipelines.queries.required_models import require_models

ERROR, WARNING = "error", "warning"
PARTIAL_HISTORY, REPORT_DIFFERS = "partial_history", "report_differs"
NOT_COMPARED = "not_compared"
"""The check for companies that were never read, or never compared."""
PRIOR_PERIOD_CHANGE, LATE_VAT = "prior_period_change", "late_vat"
"""The checks for documents that changed in a closed period, and for VAT that did."""
CLOSED = ", after the books were closed"
"""How the message of a change in a closed period goes on after the document and the amount: the words of
`int_findings_of_prior_periods`. A line about several changes drops them and what follows."""
CHANGES_SHOWN = 10
"""How many changes in closed periods the first line has."""


@dataclass(frozen=True)
class Finding:
    """A row of the model `findings`: one thing that is wrong now.

    `company_id` is the configured name if no sync learned the id. `period_end` is the date of the document if
    the finding names one. `expected` and `found` are text, amounts with two decimals.
    """

    finding_id: str
    company_id: str
    check_name: str
    severity: str
    resource: str | None
    record_id: str | None
    report: str | None
    period_start: dt.date | None
    period_end: dt.date | None
    nominal_code: str | None
    expected: str | None
    found: str | None
    message: str

    @property
    def is_error(self) -> bool:
        """Tell whether it makes a run exit with status 3."""
        return self.severity == ERROR


@dataclass(frozen=True)
class Findings:
    """Findings of some companies: errors first, then by company, the earliest first.

    `names` are configured names by company id, of which a line about several companies needs some.
    """

    rows: tuple[Finding, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict, compare=False)

    @property
    def errors(self) -> tuple[Finding, ...]:
        """Return the findings that make a run exit with status 3."""
        return tuple(each for each in self.rows if each.is_error)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """Return the findings that do not change the exit status."""
        return tuple(each for each in self.rows if not each.is_error)

    @property
    def differing(self) -> tuple[Finding, ...]:
        """Return the lines of AccBooks' reports that differ from ours."""
        return tuple(each for each in self.rows if each.check_name == REPORT_DIFFERS)

    @property
    def others(self) -> tuple[Finding, ...]:
        """Return all findings except lines of reports that differ."""
        return tuple(each for each in self.rows if each.check_name != REPORT_DIFFERS)

    @property
    def in_closed_periods(self) -> tuple[Finding, ...]:
        """Return the documents that changed in a period after it was closed."""
        return tuple(each for each in self.rows if each.check_name == PRIOR_PERIOD_CHANGE)

    @property
    def first_difference(self) -> dt.date | None:
        """Return the end of the earliest period with a line that differs; None if no line does."""
        return min((each.period_end for each in self.differing if each.period_end), default=None)

    @property
    def counts(self) -> dict[str, int]:
        """Return how many findings each check has, the most first."""
        return dict(Counter(each.check_name for each in self.rows).most_common())

    @property
    def by_company(self) -> dict[str, Findings]:
        """Return the findings of each company that has some, by id or configured name."""
        found: defaultdict[str, list[Finding]] = defaultdict(list)
        for each in self.rows:
            found[each.company_id].append(each)
        return {company_id: Findings(tuple(rows)) for company_id, rows in found.items()}

    def of(self, *company_ids: str | None) -> Findings:
        """Return the findings of some companies, by id or configured name."""
        return Findings(tuple(each for each in self.rows if each.company_id in company_ids))

    def apart_from(self, check_name: str) -> Findings:
        """Return the findings of all other checks."""
        return Findings(tuple(each for each in self.rows if each.check_name != check_name))

    def has(self, check_name: str) -> bool:
        """Tell whether a check found anything."""
        return any(each.check_name == check_name for each in self.rows)


def findings(warehouse: Warehouse, companies: Collection[str] | None = None) -> Findings:
    """Return the findings of these companies, given by id or configured name, or of all.

    Raises WarehouseError if the models were not built yet, or by another version.
    """
    require_models(warehouse, "findings")
    if companies is not None and not companies:
        return Findings()
    columns = ", ".join(field.name for field in fields(Finding))
    condition = "" if companies is None else f"where company_id in ({placeholders(list(companies))})"
    rows = warehouse.query(
        f"""
        select {columns} from {warehouse.models}.findings {condition}
        order by
            case when severity = '{ERROR}' then 0 else 1 end,
            company_id,
            case when period_end is null then 0 else 1 end,
            period_end,
            check_name,
            report,
            resource,
            record_id,
            nominal_code,
            finding_id
        """,
        *(companies or ()),
    )
    found = Findings(tuple(Finding(*row) for row in rows))
    return replace(found, names=configured_names(warehouse)) if found.in_closed_periods else found


def summary_of(rows: Sequence[Finding]) -> str:
    """Return how many findings each check has, in words: `2 report_differs, 1 rejected_record`."""
    counts = Counter(each.check_name for each in rows).most_common()
    return ", ".join(f"{number:,} {name}" for name, number in counts)


def errors_found(number: int) -> str:
    """Return how many checks failed, in words."""
    return "1 check failed" if number == 1 else f"{number:,} checks failed"


def lines_that_differ(number: int) -> str:
    """Return how many lines differ, in words; the caller adds what they differ from."""
    return f"{count(number, 'report line')} {'differs' if number == 1 else 'differ'}"


def changed_after_closing(number: int) -> str:
    """Return how many documents changed in closed periods, in words."""
    return f"{count(number, 'document')} changed in a closed period"


def changes_after_closing(found: Findings) -> str:
    """Return the first documents that changed in closed periods with their amounts, and count the others.

    If they are of several companies, these take turns and are named.
    """
    rows = _in_turn(found.in_closed_periods)
    is_one = len({each.company_id for each in rows}) == 1
    said = [
        ("" if is_one else f"{called(each.company_id, found.names.get(each.company_id))}: ")
        + each.message.partition(CLOSED)[0].removesuffix(".")
        for each in rows[:CHANGES_SHOWN]
    ]
    more = len(rows) - len(said)
    return "; ".join(
        [*said, f"and {more:,} more, see accbooks export prior_period_changes"] if more else said
    )


def _in_turn(rows: Sequence[Finding]) -> list[Finding]:
    """Return the first finding of each company, then the second ones, and so on."""
    before: Counter[str] = Counter()
    turns: list[tuple[int, Finding]] = []
    for each in rows:
        turns.append((before[each.company_id], each))
        before[each.company_id] += 1
    return [each for _, each in sorted(turns, key=lambda turn: turn[0])]


def first_line(found: Findings) -> str | None:
    """Return what every command says first: what changed in closed periods; None if nothing did."""
    if not found.in_closed_periods:
        return None
    return f"{changed_after_closing(len(found.in_closed_periods))}: {changes_after_closing(found)}."
