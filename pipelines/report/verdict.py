"""What the proof comes to, in a sentence for the first screen and no more than is true."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from pipelines.certify import Depth
from pipelines.proof import CAUSES, NOTHING_POSTED
from pipelines.report.grid import Finding
from pipelines.report.proof import Proof
from pipelines.report.words import count, day, moment

Tone = Literal["good", "open", "bad"]
UNEXPLAINED = "unexplained"
DIFFERENCES = {
    "rejected_record": "a record that could not be read waits in quarantine",
    "unmapped_account": "no report of AccBooks names the account",
    "in_flight": "the books were being edited while they were read",
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
    """Return what may be said of the books."""
    if proof.lines:
        first = min(each.line.period_end for each in proof.lines)
        differing = len(proof.lines)
        verb = "differs" if differing == 1 else "differ"
        headline = f"{count(differing, 'line')} {verb} from AccBooks' own reports"
        return Verdict(
            "bad",
            headline,
            (f"The earliest on {day(first)}; they are listed under What differs.", *_evidence(proof)),
        )
    if proof.is_empty and not (proof.causes or proof.obstacles):
        return Verdict(
            "good", "Nothing is posted in these books, and AccBooks says the same", (NOTHING_POSTED,)
        )
    if not proof.grid.count(Finding.equal):
        return Verdict("open", "Not compared with AccBooks' own reports", tuple(_reasons(proof)))
    if not proof.is_whole:
        headline = "Equal to AccBooks to the penny, as far as it can be compared"
        return Verdict("open", headline, (*_reasons(proof), *_evidence(proof)))
    return Verdict("good", "Equal to AccBooks to the penny", tuple(_evidence(proof)))


def _reasons(proof: Proof) -> Iterator[str]:
    for cause in proof.causes:
        yield f"Not everything can be compared: {CAUSES.get(cause, cause)}."
    if "partial_history" in proof.causes:
        yield "What it does not hold is missing from the figures below."
    yield from proof.obstacles
    if not (proof.causes or proof.obstacles):
        yield "No report of AccBooks' was fetched yet."


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
