"""The result of the comparison with AccBooks, in a sentence for the first screen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from accbooks_warehouse.pipelines.days import day
from accbooks_warehouse.pipelines.depth import Depth
from accbooks_warehouse.pipelines.queries.comparison import NOTHING_POSTED, older_reports
from accbooks_warehouse.pipelines.queries.findings import (
    PRIOR_PERIOD_CHANGE,
    Findings,
    changed_after_closing,
    changes_after_closing,
    errors_found,
    lines_that_differ,
)
from accbooks_warehouse.pipelines.queries.proof import Proof
from accbooks_warehouse.pipelines.report.words import moment

Tone = Literal["good", "open", "bad"]
REASONS = 3
NOT_COMPARED = "not_compared"
NOT_COMPARABLE_CHECKS = frozenset(
    {
        "permission_missing",
        "rejected_record",
        "report_unusable",
        "window_never_agreed",
        "year_end_unknown",
    }
)
"""The checks whose errors keep something from being compared, and say nothing against what was."""


@dataclass(frozen=True)
class Verdict:
    """A headline, how it is meant, and what it rests on, in sentences."""

    tone: Tone
    headline: str
    details: tuple[str, ...]


def verdict(proof: Proof) -> Verdict:
    """Return what may be said of the books, by the findings alone.

    What changed in a closed period comes first, and the tone is never good while there is something.
    """
    rest = _comparison(proof)
    changed = proof.findings.in_closed_periods
    if not changed:
        return rest
    tone: Tone = "bad" if rest.tone == "bad" or changed[0].is_error else "open"
    details = (f"{changes_after_closing(proof.findings)}.", f"{rest.headline}.", *rest.details)
    return Verdict(tone, changed_after_closing(len(changed)), details)


def _comparison(proof: Proof) -> Verdict:
    """Return what the comparison with AccBooks' reports came to."""
    found = proof.findings.apart_from(PRIOR_PERIOD_CHANGE)
    if found.first_difference is not None:
        headline = f"{lines_that_differ(len(found.differing))} from AccBooks' own reports"
        earliest = f"The earliest on {day(found.first_difference)}; they are listed under What differs."
        return Verdict("bad", headline, (earliest, *_depths_compared(proof)))
    if proof.is_empty and not found.errors:
        return Verdict(
            "good", "Nothing is posted in these books, and AccBooks says the same", (NOTHING_POSTED,)
        )
    if found.has(NOT_COMPARED):
        return Verdict("open", "Not compared with AccBooks' own reports", tuple(_reasons(found, proof)))
    if {each.check_name for each in found.errors} <= NOT_COMPARABLE_CHECKS and (
        found.errors or proof.is_partial
    ):
        headline = "Matches AccBooks to the penny, as far as it can be compared"
        return Verdict("open", headline, (*_reasons(found, proof), *_depths_compared(proof)))
    if found.errors:
        return Verdict(
            "bad", errors_found(len(found.errors)), (*_reasons(found, proof), *_depths_compared(proof))
        )
    return Verdict("good", "Matches AccBooks to the penny", tuple(_depths_compared(proof)))


def _reasons(found: Findings, proof: Proof) -> Iterator[str]:
    """Say the first things that are wrong; all of them are listed below."""
    errors = found.errors or found.warnings
    for finding in errors[:REASONS]:
        yield finding.message
    if len(errors) > REASONS:
        yield f"{len(errors) - REASONS:,} more are listed under What differs."
    if proof.is_partial:
        yield "What it does not hold is missing from the figures below."


def _depths_compared(proof: Proof) -> Iterator[str]:
    """Say how many months match AccBooks, and how old the oldest comparison is."""
    compared = proof.status.compared
    for each in compared.depths:
        if each.depth == Depth.months:
            every = (
                "Every month matches AccBooks"
                if each.matching == each.periods
                else "Months that match AccBooks"
            )
            number = f"{each.matching:,} of {each.periods:,}"
            yield f"{every}, {number}. The oldest check was made on {moment(each.oldest)}."
    if compared.set_aside:
        yield f"{older_reports(compared.set_aside)} will be fetched again, because a change was read since."
