"""What is said of the proof: what is certified, what differs, and what was read again because of it."""

from __future__ import annotations

from collections.abc import Sequence

from accbooks_warehouse.pipelines.counts import count
from accbooks_warehouse.pipelines.output.console import print_text
from accbooks_warehouse.pipelines.queries.comparison import (
    NOTHING_POSTED,
    NOTHING_YET,
    Compared,
    older_reports,
)
from accbooks_warehouse.pipelines.queries.reconciliation import REPORT_TITLES, MatchCount
from accbooks_warehouse.pipelines.sync.heal import Healing
from rich.console import Console


def print_proof(console: Console, match_counts: Sequence[MatchCount]) -> None:
    """Print how many periods of each report match.

    Balances are compared at month-ends: those of months with postings, and the ends of stretches without.
    """
    if not match_counts:
        print_text(console, "  Nothing to reconcile: no report of AccBooks was fetched.")
        return
    print_text(console, "  Reconciled with AccBooks' own reports:")
    for report, title in REPORT_TITLES.items():
        parts = [
            f"{match_count.matching}/{match_count.periods} {match_count.kind} match"
            for match_count in match_counts
            if match_count.report == report
        ]
        if parts:
            print_text(console, f"    {title} {', '.join(parts)}")


def print_certificates(console: Console, compared: Compared) -> None:
    """Print how deeply the books are certified, and how old the evidence is."""
    if not compared.has_postings:
        print_text(console, f"  {NOTHING_POSTED if compared.certified else NOTHING_YET}")
    for each in compared.certified:
        print_text(console, f"  Certified: {each}.")
    if compared.set_aside:
        print_text(console, f"  {out_of_date(compared.set_aside)}")


def out_of_date(number: int) -> str:
    """Say that reports were set aside."""
    what = f"{older_reports(number)} {'is' if number == 1 else 'are'}"
    return f"{what} out of date since a change was read, until the months are checked (--certify months)."


def print_healing(console: Console, healing: Healing | None, repaired: Sequence[tuple[str, int]]) -> None:
    """Print what was looked at again because something differed, what it took, and what had changed."""
    if healing is None or not (healing.windows or healing.is_cut_short):
        return
    if healing.windows:
        windows = ", ".join(sorted({str(window) for window in healing.windows}))
        print_text(console, f"  Something differed, so these days were read again: {windows}.")
        print_text(
            console,
            f"  It took {count(healing.asked_reports, 'request')} to find them and "
            f"{count(healing.asked_records, 'request')} to read them.",
        )
        for change, number in repaired:
            verb = "was" if number == 1 else "were"
            print_text(console, f"  {count(number, 'document')} {verb} {change} there.")
    if healing.is_cut_short:
        print_text(
            console,
            "  Looking again stopped at its share of the day's requests (sources.accbooks.heal_budget).",
            "yellow",
        )
