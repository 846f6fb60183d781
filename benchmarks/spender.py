"""Another program on the same key, which spends its share of every rate window at random moments."""

from __future__ import annotations

import time
from random import Random

import requests

from benchmarks.emulated import SECONDS


def spend_at_random(admin_url: str, minute: float, share: int, seed: int) -> None:
    """Spend `share` requests of each window of `minute` seconds, for ever."""
    random = Random(seed)
    while True:
        window = time.time() // minute * minute
        for offset in moments(random, minute, share):
            time.sleep(max(0.0, window + offset - time.time()))
            requests.post(admin_url + "faults", json={"kind": "spend", "requests": 1}, timeout=SECONDS)
        time.sleep(max(0.0, window + minute - time.time()))


def moments(random: Random, minute: float, share: int) -> list[float]:
    """Return when, in seconds from the window's beginning, each request of a share is spent."""
    return sorted(random.uniform(0, minute) for _ in range(share))
