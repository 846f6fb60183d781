"""SIGKILL at random moments: nothing can prepare for it, and the next run is right all the same."""

from __future__ import annotations

import itertools
import logging
import signal
from random import Random

import pytest

logger = logging.getLogger(__name__)

COMMANDS = (("sync",), ("sync", "--certify", "months"), ("transform", "--full-refresh"), ("reconcile",))


def sweep(new_operator, kills: int, seed: int) -> None:
    """Kill first syncs, and commands on a warehouse that is there; every next sync proves the books."""
    chance = Random(seed)
    operator = new_operator()
    seconds = {("first",): operator.prove().seconds}
    for command in COMMANDS[: max(1, kills // 3)]:
        seconds[command] = operator.run(*command).seconds
    hit = 0
    for _, command in zip(range(kills), itertools.cycle(seconds), strict=False):
        if command == ("first",):
            operator = new_operator()
        else:
            operator.edit(chance)
        after = chance.uniform(0, seconds[command])
        end = operator.told(signal.SIGKILL, after, *(("sync",) if command == ("first",) else command))
        logger.info("%s: killed after %.2f s: %s", command, after, end.code)
        hit += end.code == -signal.SIGKILL
        operator.prove()
    logger.info("%s kills, %s while the command was at work", kills, hit)


@pytest.mark.long
@pytest.mark.parametrize("database", ["postgres"], scope="module")
@pytest.mark.parametrize("is_first", [pytest.param(True, marks=pytest.mark.soak), False])
def test_a_sync_that_was_killed_is_finished_by_the_next(proven, new_operator, is_first):
    chance = Random(1)
    operator = new_operator() if is_first else proven.operator
    operator.edit(chance)
    operator.told(signal.SIGKILL, chance.uniform(0, proven.seconds), "sync")
    operator.prove()


@pytest.mark.soak
def test_kills_at_random_moments_of_all_commands_that_write(new_operator):
    sweep(new_operator, 25, 2)
