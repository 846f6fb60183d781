"""The result of a run as data, for log collectors, webhooks and orchestrators."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from accbooks_warehouse.pipelines.exit_status import ExitStatus
from accbooks_warehouse.pipelines.output.failure import explain
from accbooks_warehouse.pipelines.output.findings import messages
from accbooks_warehouse.pipelines.output.summary import last_line, obstacles
from accbooks_warehouse.pipelines.queries.comparison import Compared
from accbooks_warehouse.pipelines.sync.result import CompanyResult, SyncResult
from accbooks_warehouse.sources.accbooks import RECORD_RESOURCES

SEVERITY = (
    ExitStatus.DONE,
    ExitStatus.DIFFERENCES,
    ExitStatus.LIMIT_REACHED,
    ExitStatus.ERROR,
    ExitStatus.USAGE,
)
"""Exit statuses from best to worst: the worst company's is that of the run."""
LEFT_ALONE = "left_alone"
"""The outcome of a company that another run was syncing."""


@dataclass(frozen=True)
class CompanyRecord:
    """The result of a run for one company.

    `outcome` is the status in one word. `records` and `requests` are those of this run. `certified` has for
    each depth how many of its periods match AccBooks ("12/12"). `certified_through` is the last month-end up
    to which every report matches. Both are None if the books were not compared. `differences` counts report
    lines, `errors` and `warnings` count findings, `checks` counts them by check. `problems` are their
    messages, which may quote the books.
    """

    company: str
    company_id: str | None
    status: ExitStatus
    outcome: str
    message: str
    requests: int
    records: int
    certified: dict[str, str] | None
    certified_through: str | None
    differences: int
    errors: int
    warnings: int
    checks: dict[str, int]
    problems: tuple[str, ...]
    seconds: float

    def as_json(self) -> dict[str, Any]:
        """Return the fields as JSON values."""
        return asdict(self) | {"status": int(self.status)}


@dataclass(frozen=True)
class RunRecord:
    """The result of a run: its exit status, its last message, and the record of each company."""

    status: ExitStatus
    message: str
    companies: tuple[CompanyRecord, ...] = ()

    @property
    def outcome(self) -> str:
        """Return the status in one word."""
        return self.status.name.lower()

    @property
    def totals(self) -> dict[str, int]:
        """Return the sums over all companies."""
        return {
            "requests": sum(each.requests for each in self.companies),
            "records": sum(each.records for each in self.companies),
            "differences": sum(each.differences for each in self.companies),
            "errors": sum(each.errors for each in self.companies),
            "warnings": sum(each.warnings for each in self.companies),
        }


def run_record(result: SyncResult, records: Iterable[CompanyRecord]) -> RunRecord:
    """Return the record of a run from its last sync's result and the last record of each company."""
    each = tuple(records)
    worst = max(each, key=lambda record: SEVERITY.index(record.status))
    if worst.status is result.status is not ExitStatus.ERROR:
        return RunRecord(worst.status, last_line(result)[0], each)
    return RunRecord(worst.status, f"{worst.company}: {worst.message}", each)


def company_records(result: SyncResult, compared: Mapping[str, Compared]) -> list[CompanyRecord]:
    """Return the record of each company of a sync; `compared` has those with models, by id."""
    return [
        company_record(result, entry, compared.get(entry.company_id or "") if entry.books else None)
        for entry in result.companies
    ]


def company_record(result: SyncResult, entry: CompanyResult, compared: Compared | None) -> CompanyRecord:
    """Return the record of one company of a sync."""
    own = result_of(result, entry)
    books = entry.books
    through = compared.through if compared else None
    return CompanyRecord(
        company=entry.name,
        company_id=entry.company_id,
        status=own.status,
        outcome=LEFT_ALONE if entry.waits_for else own.status.name.lower(),
        message=_message(own, entry),
        requests=books.budget.requests if books else 0,
        records=sum(entry.outcome.records[name] for name in RECORD_RESOURCES) if books else 0,
        certified=_depths(compared) if compared else None,
        certified_through=str(through) if through else None,
        differences=len(own.findings.differing),
        errors=len(own.findings.errors),
        warnings=len(own.findings.warnings),
        checks=own.findings.counts,
        problems=(*obstacles(entry), *messages(own.findings)),
        seconds=round(entry.seconds, 1),
    )


def result_of(result: SyncResult, entry: CompanyResult) -> SyncResult:
    """Return the result of one company of a sync."""
    match_counts = tuple(
        match_count for match_count in result.match_counts if match_count.company_id == entry.company_id
    )
    return SyncResult((entry,), match_counts, result.findings.of(entry.company_id))


def logfmt(fields: Sequence[tuple[str, object]]) -> str:
    """Return fields as key=value pairs on one line; values with spaces are quoted."""
    return " ".join(f"{key}={_quoted(str(value))}" for key, value in fields if value is not None)


def _quoted(text: str) -> str:
    if text and not any(character.isspace() or character in '"=' for character in text):
        return text
    return '"' + " ".join(text.split()).replace("\\", "\\\\").replace('"', '\\"') + '"'


def _message(own: SyncResult, entry: CompanyResult) -> str:
    if entry.error is not None:
        return explain(entry.error)[0]
    if entry.waits_for is not None:
        return "Skipped, because another run is syncing it."
    return last_line(own)[0]


def _depths(compared: Compared) -> dict[str, str]:
    return {each.depth: f"{each.matching}/{each.periods}" for each in compared.depths}
