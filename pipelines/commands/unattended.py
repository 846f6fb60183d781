"""A sync that nobody may be watching: it waits its turn, keeps to its time, and tells how it ended."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

import pendulum
from accbooks_warehouse.pipelines import interrupts
from accbooks_warehouse.pipelines.configuration import prepare_dlt
from accbooks_warehouse.pipelines.exit_status import ExitStatus
from accbooks_warehouse.pipelines.output.failure import explain
from accbooks_warehouse.pipelines.output.notice import Webhook, configured_webhook
from accbooks_warehouse.pipelines.output.run_log import RunLog
from accbooks_warehouse.pipelines.output.run_record import RunRecord
from accbooks_warehouse.sources.accbooks import TimeUpError, steady_time

READING_SHARE = 0.8
"""The part of a run's time in which AccBooks is asked; the rest is for what follows from the answers."""
SECONDS_PER_MINUTE = 60
TIME_IS_UP = "The time that this run may take is up."


@dataclass(frozen=True)
class ScheduleOptions:
    """What a scheduler asks of a run: to end within some minutes, to begin up to `jitter` seconds late."""

    max_minutes: int | None = None
    jitter: int = 0

    def until(self, now: float) -> float:
        """Return when a run that begins now has to stop reading, in the seconds of `now`."""
        if self.max_minutes is None:
            return math.inf
        return now + self.max_minutes * SECONDS_PER_MINUTE * READING_SHARE

    @property
    def seconds(self) -> float | None:
        """Return how long a run may take in all; None if that does not matter."""
        return None if self.max_minutes is None else self.max_minutes * SECONDS_PER_MINUTE


def run_unattended(log: RunLog, options: ScheduleOptions, work: Callable[[float], RunRecord]) -> ExitStatus:
    """Do `work`, which is told when to stop reading, and say how it ended: in the log, and to a webhook.

    Whatever goes wrong is a sentence and an exit status, and a notice that cannot be sent changes neither.
    """
    began_at, began = pendulum.now("UTC"), time.monotonic()
    webhook: Webhook | None = None
    try:
        prepare_dlt()
        webhook = configured_webhook()
        _begin_late(log, options.jitter)
        with interrupts.last_words(_ended_from_outside(log, began)), _within(options):
            record = work(options.until(steady_time()))
    except BaseException as error:  # noqa: BLE001 - an interrupt is told like everything else
        interrupts.saying()
        message, status = explain(error)
        record = RunRecord(status, message)
        log.failed(error, message)
    if webhook is not None and webhook.wants(record) and (fault := webhook.send(record, began_at)):
        log.warning(fault)
    log.ended(record, time.monotonic() - began)
    return record.status


def _within(options: ScheduleOptions) -> AbstractContextManager[None]:
    """End the process when its time is up, whatever it is doing: what it has begun stands being cut off."""
    if options.seconds is None:
        return nullcontext()
    error = TimeUpError(TIME_IS_UP)
    message, status = explain(error)
    return interrupts.ending_at(time.monotonic() + options.seconds, interrupts.Ending(message, status, error))


def _ended_from_outside(log: RunLog, began: float) -> Callable[[interrupts.Ending], None]:
    """Return what says in the log why the process ends, where the code that does so cannot be reached."""

    def print_text(ending: interrupts.Ending) -> None:
        log.failed(ending.error, ending.sentence)
        log.ended(RunRecord(ExitStatus(ending.status), ending.sentence), time.monotonic() - began)

    return print_text


def _begin_late(log: RunLog, jitter: int) -> None:
    """Wait for a random part of `jitter` seconds: jobs that start at the same minute then spread out."""
    seconds = random.uniform(0, jitter)  # noqa: S311 - nobody gains by guessing it
    if seconds > 0:
        log.waiting("jitter", seconds, f"Waiting {seconds:.0f} s before starting (--jitter {jitter}).")
        time.sleep(seconds)
