"""What the proof comes to, in a sentence for the first screen and no more than is true."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from accbooks_warehouse.pipelines.days import day
from accbooks_warehouse.pipelines.depth import Depth
from accbooks_warehouse.pipelines.queries.status import NOTHING_POSTED
from accbooks_warehouse.pipelines.report.proof import Proof
from accbooks_warehouse.pipelines.report.words import count, moment

Tone = Literal["good", "open", "bad"]
REASONS = 3
NOT_COMPARED = "not_compared"
UNPROVED = frozenset(
    {
        "permission_missing",
        "rejected_record",
        "report_unusable",
        "window_never_agreed",
        "year_end_unknown",
    }
)
"""The checks whose errors keep something from being compared, and say nothing against what was."""
UNEXPLAINED = "unexplained"
DIFFERENCES = {
    "rejected_record": "a record that could not be read waits in quarantine",
    "unmapped_account": "no report of AccBooks names the account",
    "in_flight": "the books were being edited while they were read",
    "document_finding": "a document that is listed below is in doubt",
    UNEXPLAINED: "unexplained",
}
"""Why a line differs, for people."""


@dataclass(frozen=True)
class Verdict:
    """A headline, how it is meant, and what it rests on, in sentences."""

    tone: Tone
    headline: str
    details: tuple[str, ...]


def verdict(proof: Proof) -> Verdict:
    """Return what may be said of the books, by the findings alone."""
    found = proof.findings
    if found.differing:
        first = min(each.period_end for each in found.differing if each.period_end)
        differing = len(found.differing)
        verb = "differs" if differing == 1 else "differ"
        headline = f"{count(differing, 'line')} {verb} from AccBooks' own reports"
        return Verdict(
            "bad",
            headline,
            (f"The earliest on {day(first)}; they are listed under What differs.", *_evidence(proof)),
        )
    if proof.is_empty and not found.errors:
        return Verdict(
            "good", "Nothing is posted in these books, and AccBooks says the same", (NOTHING_POSTED,)
        )
    if found.has(NOT_COMPARED):
        return Verdict("open", "Not compared with AccBooks' own reports", tuple(_reasons(proof)))
    if {each.check_name for each in found.errors} <= UNPROVED and (found.errors or proof.is_partial):
        headline = "Equal to AccBooks to the penny, as far as it can be compared"
        return Verdict("open", headline, (*_reasons(proof), *_evidence(proof)))
    if found.errors:
        return Verdict("bad", _errors(len(found.errors)), (*_reasons(proof), *_evidence(proof)))
    return Verdict("good", "Equal to AccBooks to the penny", tuple(_evidence(proof)))


def _errors(number: int) -> str:
    return "1 error was found" if number == 1 else f"{number:,} errors were found"


def _reasons(proof: Proof) -> Iterator[str]:
    """Say the first things that are wrong; all of them are listed below."""
    errors = proof.findings.errors or proof.findings.warnings
    for finding in errors[:REASONS]:
        yield finding.message
    if len(errors) > REASONS:
        yield f"{len(errors) - REASONS:,} more are listed under What differs."
    if proof.is_partial:
        yield "What it does not hold is missing from the figures below."


def _evidence(proof: Proof) -> Iterator[str]:
    """Say how many months are certified, and how old the oldest evidence is."""
    for each in proof.status.certified:
        if each.depth == Depth.months:
            every = "Every month is certified" if each.certified == each.periods else "Months are certified"
            number = f"{each.certified:,} of {each.periods:,}"
            yield f"{every}, {number}. The oldest check was made on {moment(each.oldest)}."
    if proof.status.set_aside:
        what = count(proof.status.set_aside, "older report")
        yield f"{what} will be fetched again, because a change was read since."
