"""SIGTERM and SIGINT at random moments: every command ends at once, and says so; the next run is right.

Continuous integration has both at two moments of a sync, in tests/end_to_end/test_command_line.py.
"""

from __future__ import annotations

import itertools
import logging
import signal
from random import Random

import pytest
from accbooks_warehouse.pipelines.exit_status import ExitStatus
from accbooks_warehouse.pipelines.interrupts import INTERRUPTED

logger = logging.getLogger(__name__)

SIGNALS = (signal.SIGTERM, signal.SIGINT)
WITHIN = 8.0
"""Seconds from the signal to the end, on a machine with other work."""
PYTHON_STARTS = 0.15
"""Seconds in which Python itself is starting, and a signal is the system's affair."""
COMMANDS = (
    ("sync",),
    ("sync", "--certify", "months"),
    ("transform", "--full-refresh"),
    ("reconcile",),
    ("report",),
    ("export", "trial_balance", "--format", "xlsx"),
    ("status",),
    ("plan",),
    ("check",),
)
ORDINARY = {ExitStatus.DONE, ExitStatus.DIFFERENCES, ExitStatus.ERROR}
"""How a command may end that a signal came too late for; ERROR where the warehouse is empty yet."""


def interrupted(operator, chance: Random, seconds: dict[tuple[str, ...], float], command) -> bool:
    """Interrupt a command at a random moment; tell whether it was still at work."""
    return interrupt(operator, chance.choice(SIGNALS), chance.uniform(0, seconds[command]), command)


def interrupt(operator, number: int, after: float, command: tuple[str, ...]) -> bool:
    """Send a signal to a command after some seconds; tell whether it was still at work."""
    end = operator.told(number, after, *command)
    name = signal.Signals(number).name
    logger.info("%s: %s after %.2f s: %s in %.1f s", command, name, after, end.code, end.lasted)
    assert end.lasted < WITHIN, end
    if INTERRUPTED in end.said:
        assert end.code == 1, end
        assert end.said.rstrip().endswith(INTERRUPTED), end
        return True
    if after < PYTHON_STARTS and end.code == -number:
        return True
    assert end.code in ORDINARY, end
    return False


def sweep(new_operator, signals: int, seed: int, commands) -> None:
    """Send signals over all phases of the commands, in turn; a first sync and later ones."""
    chance = Random(seed)
    operator = new_operator()
    seconds = {}
    first = operator.prove().seconds
    for command in commands:
        seconds[command] = operator.run(*command).seconds
    hit = 0
    for number, command in zip(range(signals), itertools.cycle((*commands, None)), strict=False):
        if command is None:  # a first sync
            operator = new_operator()
            hit += interrupted(operator, chance, {("sync",): first}, ("sync",))
            operator.prove()
            continue
        operator.edit(chance)
        hit += interrupted(operator, chance, seconds, command)
        if number % 3 == 0 or command[0] == "sync":
            operator.prove()
    operator.prove()
    logger.info("%s signals, %s while the command was at work", signals, hit)


@pytest.mark.soak
@pytest.mark.parametrize("database", ["duckdb"], scope="module")
@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_ends_a_sync_and_the_next_is_right(proven, number):
    chance = Random(number)
    proven.operator.edit(chance)
    interrupt(proven.operator, number, chance.uniform(0, proven.seconds), ("sync",))
    proven.operator.prove()


@pytest.mark.soak
def test_fifty_signals_at_random_moments_of_all_commands(new_operator):
    sweep(new_operator, 50, 2, COMMANDS)
