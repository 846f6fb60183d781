"""Run a scheduled sync: random delay, time limit, log, and a webhook notice at the end."""

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
"""The part of a run's time limit for requests to AccBooks; the rest is for building and comparing."""
SECONDS_PER_MINUTE = 60
TIME_IS_UP = "This run reached its time limit."


@dataclass(frozen=True)
class ScheduleOptions:
    """Options for scheduled runs: a time limit in minutes, and a random delay of up to `jitter` seconds."""

    max_minutes: int | None = None
    jitter: int = 0

    def until(self, now: float) -> float:
        """Return when a run that begins at `now` must stop sending requests, in seconds like `now`."""
        if self.max_minutes is None:
            return math.inf
        return now + self.max_minutes * SECONDS_PER_MINUTE * READING_SHARE

    @property
    def seconds(self) -> float | None:
        """Return the time limit of the whole run in seconds; None if there is none."""
        return None if self.max_minutes is None else self.max_minutes * SECONDS_PER_MINUTE


def run_unattended(log: RunLog, options: ScheduleOptions, work: Callable[[float], RunRecord]) -> ExitStatus:
    """Call `work` with the time to stop reading; report its result in the log and to the webhook.

    Returns the exit status. An error becomes a sentence and a status; a notice that cannot be sent changes
    neither.
    """
    began_at, began = pendulum.now("UTC"), time.monotonic()
    webhook: Webhook | None = None
    try:
        prepare_dlt()
        webhook = configured_webhook()
        _wait_jitter(log, options.jitter)
        with interrupts.final_report(_log_ending(log, began)), _within(options):
            record = work(options.until(steady_time()))
    except BaseException as error:  # noqa: BLE001 - an interrupt is reported like any error
        interrupts.reporting()
        message, status = explain(error)
        record = RunRecord(status, message)
        log.failed(error, message)
    if webhook is not None and webhook.is_due(record) and (fault := webhook.send(record, began_at)):
        log.warning(fault)
    log.ended(record, time.monotonic() - began)
    return record.status


def _within(options: ScheduleOptions) -> AbstractContextManager[None]:
    """End the process at its time limit. Every step can be cut off without harm to the warehouse."""
    if options.seconds is None:
        return nullcontext()
    error = TimeUpError(TIME_IS_UP)
    message, status = explain(error)
    return interrupts.ending_at(time.monotonic() + options.seconds, interrupts.Ending(message, status, error))


def _log_ending(log: RunLog, began: float) -> Callable[[interrupts.Ending], None]:
    """Return a function that logs why the process ends, for when the main thread cannot."""

    def log_ending(ending: interrupts.Ending) -> None:
        log.failed(ending.error, ending.sentence)
        log.ended(RunRecord(ExitStatus(ending.status), ending.sentence), time.monotonic() - began)

    return log_ending


def _wait_jitter(log: RunLog, jitter: int) -> None:
    """Wait a random time of up to `jitter` seconds, so that jobs of one schedule spread out."""
    seconds = random.uniform(0, jitter)  # noqa: S311 - not used for security
    if seconds > 0:
        log.waiting("jitter", seconds, f"Waiting {seconds:.0f} s before starting (--jitter {jitter}).")
        time.sleep(seconds)
