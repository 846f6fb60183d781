"""What a run did, as machines read it: log collectors, webhooks, orchestrators."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from accbooks_warehouse.pipelines.exit_status import ExitStatus
from accbooks_warehouse.pipelines.output.failure import explain
from accbooks_warehouse.pipelines.output.findings import messages
from accbooks_warehouse.pipelines.output.summary import obstacles, verdict
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
"""Of several runs the worst one decides."""
LEFT_ALONE = "left_alone"
"""The outcome of a company that another run was syncing."""


@dataclass(frozen=True)
class CompanyRecord:
    """What a run did about one company.

    `outcome` is the status in a word. `records` were read in this run, `requests` spent by it. `certified`
    says of each depth how many of how many periods are proved, and `certified_through` to which month-end
    every report equals ours; both are None where the books were not compared. `differences` are lines of
    reports, `errors` and `warnings` count the findings, and `checks` by the check that found them. `problems`
    are their sentences, which may quote the books.
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
        """Return it as JSON has it."""
        return asdict(self) | {"status": int(self.status)}


@dataclass(frozen=True)
class RunRecord:
    """What a run did: its exit status, its last line, and each company's part."""

    status: ExitStatus
    message: str
    companies: tuple[CompanyRecord, ...] = ()

    @property
    def outcome(self) -> str:
        """Return the status in a word."""
        return self.status.name.lower()

    @property
    def totals(self) -> dict[str, int]:
        """Return what the companies amount to together."""
        return {
            "requests": sum(each.requests for each in self.companies),
            "records": sum(each.records for each in self.companies),
            "differences": sum(each.differences for each in self.companies),
            "errors": sum(each.errors for each in self.companies),
            "warnings": sum(each.warnings for each in self.companies),
        }


def run_record(result: SyncResult, records: Iterable[CompanyRecord]) -> RunRecord:
    """Return the record of a run whose last sync had this result, from the last record of each company."""
    each = tuple(records)
    worst = max(each, key=lambda record: SEVERITY.index(record.status))
    if worst.status is result.status is not ExitStatus.ERROR:
        return RunRecord(worst.status, verdict(result)[0], each)
    return RunRecord(worst.status, f"{worst.company}: {worst.message}", each)


def company_records(result: SyncResult, compared: Mapping[str, Compared]) -> list[CompanyRecord]:
    """Return what a sync did about each of its companies; `compared` are those with models."""
    return [
        company_record(result, entry, compared.get(entry.company_id or "") if entry.books else None)
        for entry in result.companies
    ]


def company_record(result: SyncResult, entry: CompanyResult, compared: Compared | None) -> CompanyRecord:
    """Return what a sync did about one company, and how much of it is `compared`."""
    own = result_of(result, entry)
    books = entry.books
    through = compared.through if compared else None
    return CompanyRecord(
        company=entry.name,
        company_id=entry.company_id,
        status=own.status,
        outcome=LEFT_ALONE if entry.waits_for else own.status.name.lower(),
        message=_message(own, entry),
        requests=books.client.budget.requests if books else 0,
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
    """Return one company's part of a sync's result."""
    match_counts = tuple(
        match_count for match_count in result.match_counts if match_count.company_id == entry.company_id
    )
    return SyncResult((entry,), match_counts, result.findings.of(entry.company_id))


def logfmt(fields: Sequence[tuple[str, object]]) -> str:
    """Return fields as key=value in a line; a value with spaces stands in quotes."""
    return " ".join(f"{key}={_quoted(str(value))}" for key, value in fields if value is not None)


def _quoted(text: str) -> str:
    if text and not any(character.isspace() or character in '"=' for character in text):
        return text
    return '"' + " ".join(text.split()).replace("\\", "\\\\").replace('"', '\\"') + '"'


def _message(own: SyncResult, entry: CompanyResult) -> str:
    if entry.error is not None:
        return explain(entry.error)[0]
    if entry.waits_for is not None:
        return "Another run is syncing it; this one left it alone."
    return verdict(own)[0]


def _depths(compared: Compared) -> dict[str, str]:
    return {each.depth: f"{each.certified}/{each.periods}" for each in compared.certified}
