"""Time and refusals under a rate limit, alone on the key and beside another program.

The minute is compressed, at the rate of the Pro plan or above: what the processor does is then never a
smaller part of the time than in a real minute, and what latency does is a larger one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.figure import Bar, Value, ratio
from benchmarks.workshop import Run, Workshop

LATENCIES = (0.05, 0.5, 2.0)
MOST_PER_LIMIT = 1.10
FEWEST_WINDOWS = 10
"""With fewer, the last window, which is not used up, would weigh too much."""
MOST_REFUSED_PERCENT = 1.0
SEED = 20


@dataclass(frozen=True)
class Limit:
    """A compressed rate limit: requests in each window of `minute` seconds."""

    requests: int
    minute: int


ALONE = Limit(requests=30, minute=6)
SHARED = Limit(requests=100, minute=10)
QUICK_ALONE = Limit(requests=20, minute=5)
QUICK_SHARED = Limit(requests=40, minute=5)
"""Nothing shorter than 5 s: the ends of shorter windows are not taken for those of a clock's minutes."""


def alone(workshop: Workshop) -> Iterator[Value]:
    """Compare the seconds of a load with those that the windows of the limit take, at several latencies."""
    limit = QUICK_ALONE if workshop.quick else ALONE
    refused, counts = 0, []
    for latency in LATENCIES:
        run = limited_load(workshop, limit, latency)
        windows = windows_needed(run.asked.requests, limit.requests)
        note = f"{run.asked.requests} requests, {windows} windows of {limit.minute} s, {run.seconds:.1f} s"
        refused += run.asked.refused
        counts.append(windows)
        yield Value(
            f"seconds / limit's, {latency:g} s latency",
            ratio(run.seconds, windows * limit.minute),
            Bar(MOST_PER_LIMIT),
            note=note,
        )
    yield Value(
        "fewest windows of the limit",
        min(counts),
        Bar(FEWEST_WINDOWS, at_least=True),
        note="in the loads above",
    )
    yield Value("429s, alone on the key", refused, Bar(0), note="in the loads above")


def beside_another(workshop: Workshop) -> Iterator[Value]:
    """Count the 429s of a load while another program spends half of every window at random moments."""
    limit = QUICK_SHARED if workshop.quick else SHARED
    run = limited_load(workshop, limit, LATENCIES[0], share=limit.requests // 2)
    requests, refused = run.asked.requests, run.asked.refused
    note = f"{refused} of {requests} requests refused, {run.seconds:.1f} s"
    yield Value("429s", 100 * ratio(refused, requests), Bar(MOST_REFUSED_PERCENT), "%", note)
    windows = windows_needed(requests - refused, limit.requests // 2)
    yield Value("seconds / half the limit's", ratio(run.seconds, windows * limit.minute), note="for scale")


def limited_load(workshop: Workshop, limit: Limit, latency: float, share: int = 0) -> Run:
    """Load under a limit, from the beginning of a window; another program spends `share` of each."""
    settings = {"minute_limit": limit.requests, "minute": limit.minute, "latency": latency}
    request = {"warehouse": workshop.new_warehouse(), "minute": limit.minute}
    with workshop.own_books(size=workshop.medium, **settings) as books:
        if not share:
            return workshop.run("load", books, **request)
        other = {"admin_url": books.admin_url, "window": limit.minute, "share": share, "seed": SEED}
        with workshop.running("spend", **other):
            return workshop.run("load", books, **request)


def windows_needed(requests: int, limit: int) -> int:
    """Return how many windows have to end before the last of these requests may go out."""
    return (requests - 1) // limit
