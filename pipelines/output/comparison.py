"""Print the comparison with AccBooks: matching periods, and what was read again because it differed."""

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


def print_match_counts(console: Console, match_counts: Sequence[MatchCount]) -> None:
    """Print how many periods of each report match.

    Balances are compared at the ends of months with postings and of stretches of months without.
    """
    if not match_counts:
        print_text(console, "  Nothing was compared: no AccBooks report was fetched.")
        return
    print_text(console, "  Compared with AccBooks' reports:")
    for report, title in REPORT_TITLES.items():
        parts = [
            f"{match_count.matching}/{match_count.periods} {match_count.kind} match"
            for match_count in match_counts
            if match_count.report == report
        ]
        if parts:
            print_text(console, f"    {title} {', '.join(parts)}")


def print_compared_depths(console: Console, compared: Compared) -> None:
    """Print how many periods match AccBooks at each depth, and when they were compared."""
    if not compared.has_postings:
        print_text(console, f"  {NOTHING_POSTED if compared.depths else NOTHING_YET}")
    for each in compared.depths:
        print_text(console, f"  Matches AccBooks: {each}.")
    if compared.set_aside:
        print_text(console, f"  {out_of_date(compared.set_aside)}")


def out_of_date(number: int) -> str:
    """Say how many stored reports are older than a change in their period."""
    what = f"{older_reports(number)} {'is' if number == 1 else 'are'}"
    return f"{what} out of date after a change. To compare these months now: --certify months."


def print_healing(
    console: Console, healing: Healing | None, healed_documents: Sequence[tuple[str, int]]
) -> None:
    """Print which days were read again because reports differed, the requests used, and what had changed."""
    if healing is None or not (healing.windows or healing.is_cut_short):
        return
    if healing.windows:
        windows = ", ".join(sorted({str(window) for window in healing.windows}))
        print_text(console, f"  Reports differed, so these days were read again: {windows}.")
        print_text(
            console,
            f"  Finding them took {count(healing.report_requests, 'request')}, reading them "
            f"{count(healing.record_requests, 'request')}.",
        )
        for change, number in healed_documents:
            verb = "was" if number == 1 else "were"
            print_text(console, f"  {count(number, 'document')} {verb} {change} there.")
    if healing.is_cut_short:
        print_text(
            console,
            "  Healing stopped at its share of the daily requests (sources.accbooks.heal_budget).",
            "yellow",
        )
