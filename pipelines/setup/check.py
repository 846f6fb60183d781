"""Test a key with one request to every endpoint: permissions, fields, and the request limit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pendulum
from accbooks_warehouse.sources.accbooks import (
    ENDPOINTS,
    PER_PAGE,
    REPORTS,
    Client,
    Column,
    Endpoint,
    InconsistentReportError,
    NoProgress,
    PermissionMissingError,
    Report,
    ReportRequest,
    Settings,
    budget_of,
    decode_page,
    parse_json,
)


@dataclass(frozen=True)
class Probe:
    """The result of one request to an endpoint."""

    endpoint: str
    permission: str
    allowed: bool
    records: int | None = None
    missing: tuple[str, ...] = ()
    missing_required: tuple[str, ...] = ()
    unexpected: tuple[str, ...] = ()
    fault: str | None = None

    @property
    def is_good(self) -> bool:
        """Tell whether a sync can read its records. Optional fields may be missing, and others unknown."""
        return self.allowed and not self.missing_required and self.fault is None


@dataclass(frozen=True)
class Checked:
    """The probes of one key, and the request limit of its plan."""

    probes: list[Probe]
    limit_per_minute: int | None
    company_id: str | None


def check(settings: Settings) -> Checked:
    """Request every endpoint once; raises AccBooksError if the key is rejected or AccBooks is unreachable."""
    client = Client(settings, budget_of(settings, NoProgress()))
    probes: list[Probe] = []
    company_id = None
    for endpoint in ENDPOINTS:
        probe, records = probe_endpoint(client, endpoint)
        probes.append(probe)
        if endpoint.shape == "object" and records:
            company_id = str(records[0].get("id"))
    today = pendulum.today("UTC").date()
    probes.extend(probe_report(client, report, company_id, today) for report in REPORTS)
    return Checked(probes, client.budget.limit, company_id)


def probe_endpoint(client: Client, endpoint: Endpoint) -> tuple[Probe, list[dict[str, Any]]]:
    """Read one page of an endpoint and compare its fields with the declared ones."""
    try:
        found, total = first_records(client, endpoint)
    except PermissionMissingError:
        return Probe(endpoint.name, endpoint.permission, allowed=False), []
    records = [record for record in found if isinstance(record, dict)]
    missing, unexpected = compare_fields(endpoint, records)
    required = tuple(name for name in missing if name in required_fields(endpoint))
    probe = Probe(endpoint.name, endpoint.permission, True, total, missing, required, unexpected)
    return probe, records


def first_records(client: Client, endpoint: Endpoint) -> tuple[list[Any], int]:
    """Return the records of an endpoint's first page, and how many it has in all."""
    if endpoint.shape == "object":
        return [client.get(endpoint.path, permission=endpoint.permission)["data"]], 1
    params = {"page": 1, "per_page": PER_PAGE}
    page = client.get_as(decode_page, endpoint.path, params, permission=endpoint.permission)
    return [_record(bytes(record)) for record in page.records], page.total_records


def _record(text: bytes) -> Any:
    """Return a record, None if it is not valid JSON; a sync quarantines it."""
    try:
        return parse_json(text)
    except (ValueError, RecursionError):
        return None


def required_fields(endpoint: Endpoint) -> set[str]:
    """Return the fields that a record of the endpoint needs so as not to be rejected."""
    names = {column.name for column in endpoint.columns if column.is_expected}
    if lines := endpoint.lines:
        names |= {lines.field, *(f"{lines.field}.{each.name}" for each in lines.columns if each.is_expected)}
    return names


def compare_fields(
    endpoint: Endpoint, records: list[dict[str, Any]]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the declared fields that some record lacks, and the fields that are not declared."""
    expected = {column.name for column in endpoint.columns}
    lines = endpoint.lines
    missing, unexpected = _compare(expected | ({lines.field} if lines else set()), records)
    if lines:
        items = [item for record in records for item in _items(record.get(lines.field))]
        line_missing, line_unexpected = _compare(_names(lines.columns), items)
        missing |= {f"{lines.field}.{name}" for name in line_missing}
        unexpected |= {f"{lines.field}.{name}" for name in line_unexpected}
    return tuple(sorted(missing)), tuple(sorted(unexpected))


def probe_report(client: Client, report: Report, company_id: str | None, today: pendulum.Date) -> Probe:
    """Fetch one report and check that it is usable."""
    request = ReportRequest(today, None if report.is_as_at else today.start_of("month"))
    params = {**report.dates(request), "format": "json"}
    try:
        data = client.get(report.path, params, permission=report.permission)["data"]
    except PermissionMissingError:
        return Probe(report.name, report.permission, allowed=False)
    known_id = company_id or (str(data.get("company_id")) if isinstance(data, dict) else "")
    try:
        rows = report.rows(known_id, request, data)
    except InconsistentReportError as error:
        return Probe(report.name, report.permission, allowed=True, fault=str(error))
    return Probe(report.name, report.permission, allowed=True, records=len(rows))


def _compare(expected: set[str], records: list[dict[str, Any]]) -> tuple[set[str], set[str]]:
    if not records:
        return set(), set()
    common = set.intersection(*(set(record) for record in records))
    seen = set.union(*(set(record) for record in records))
    return expected - common, seen - expected


def _names(columns: tuple[Column, ...]) -> set[str]:
    return {column.name for column in columns}


def _items(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, list):
        yield from (item for item in value if isinstance(item, dict))
