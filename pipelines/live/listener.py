"""The service: a process that receives events, a thread that works on them, and the end of both."""

from __future__ import annotations

import logging
import multiprocessing
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

from accbooks_warehouse.pipelines.live.companies import LiveCompany
from accbooks_warehouse.pipelines.live.messages import (
    CompanyFigures,
    CompanyIds,
    EventsStored,
    Listening,
    ReceiverFailed,
    ReceiverOptions,
    ReceiverWarning,
    Stop,
    WorkerFigures,
)
from accbooks_warehouse.pipelines.live.receiving import serve
from accbooks_warehouse.pipelines.live.run_report import LiveLog, RunReport
from accbooks_warehouse.pipelines.live.worker import Worker
from accbooks_warehouse.sources.accbooks import Books, ConfigurationError

logger = logging.getLogger(__name__)

START_SECONDS = 60.0
FINISH_SECONDS = 30.0
"""How long a batch may take to finish once the service was told to stop."""
END_SECONDS = 5.0


class GoneError(Exception):
    """A part of the service ended by itself; the text says which."""


class ReceiverGoneError(GoneError):
    """The process that receives events ended."""


class WorkerGoneError(GoneError):
    """The thread that reads events ended."""


class ReceiverProcess:
    """The process that receives events, and the pipe to it."""

    def __init__(self, process: BaseProcess, connection: Connection, listening: Listening) -> None:
        self._process = process
        self._connection = connection
        self._sending = threading.Lock()
        self.listening = listening

    def send(self, message: CompanyIds | WorkerFigures | Stop) -> None:
        """Tell it something; nothing happens if it is gone."""
        with self._sending, suppress(OSError):
            self._connection.send(message)

    def messages(self) -> Iterator[object]:
        """Yield what it tells, until it ends."""
        with suppress(EOFError, OSError):
            while True:
                yield self._connection.recv()

    def end(self) -> None:
        """Have it receive nothing more, and wait for its end."""
        self.send(Stop())
        self._process.join(END_SECONDS)
        if self._process.is_alive():
            self._process.kill()


@contextmanager
def receiving(options: ReceiverOptions) -> Iterator[ReceiverProcess]:
    """Start the process that receives events; it serves when this returns.

    Raises ConfigurationError if a port cannot be used.
    """
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=serve, args=(options, theirs), name="accbooks-receiver", daemon=True)
    process.start()
    theirs.close()
    try:
        answer = ours.recv() if ours.poll(START_SECONDS) else None
    except (EOFError, OSError):
        answer = None
    if not isinstance(answer, Listening):
        process.kill()
        place = f"{options.host} port {options.port} (the receiver did not start)"
        reason = answer.reason if isinstance(answer, ReceiverFailed) else place
        raise ConfigurationError(f"Cannot listen on {reason}. Choose another port or --host.")
    receiver = ReceiverProcess(process, ours, answer)
    try:
        yield receiver
    finally:
        receiver.end()


class Listener:
    """Runs the worker beside a receiver until it is told to stop, then ends both in order."""

    def __init__(self, receiver: ReceiverProcess, worker: Worker, log: LiveLog) -> None:
        self._receiver = receiver
        self._worker = worker
        self._log = log
        self._is_receiver_gone = False

    def run(self) -> bool:
        """Work until told to stop; tells whether the last batch was finished.

        Raises ReceiverGoneError or WorkerGoneError if one of both ended by itself.
        """
        signals = self._worker.signals
        working = threading.Thread(target=self._work, name="accbooks-live", daemon=True)
        threading.Thread(target=self._hear, name="accbooks-receiver-messages", daemon=True).start()
        working.start()
        while working.is_alive() and not signals.stop.wait(1.0):
            pass
        is_asked, is_receiver_gone = signals.stop.is_set(), self._is_receiver_gone
        self._receiver.end()
        working.join(FINISH_SECONDS)
        if is_receiver_gone:
            raise ReceiverGoneError("The process that receives events ended. Stored events are kept.")
        if not is_asked:
            raise WorkerGoneError("The thread that reads events ended. Stored events are kept.")
        return not working.is_alive()

    def _work(self) -> None:
        self._receiver.send(company_ids(self._worker.companies))  # those that the warehouse knows
        self._worker.open_books()
        self._worker.run()

    def _hear(self) -> None:
        for message in self._receiver.messages():
            match message:
                case EventsStored():
                    self._worker.signals.stored()
                case ReceiverWarning():
                    self._log.warning(message.text)
        if not self._worker.signals.stop.is_set():
            self._is_receiver_gone = True
            self._worker.signals.stopped()


def company_ids(companies: Sequence[LiveCompany]) -> CompanyIds:
    """Return the ids of the companies, as far as they are known."""
    unknown = frozenset(each.company.name for each in companies if each.takes_any_id)
    return CompanyIds({each.company.name: each.company_id for each in companies}, unknown)


def figures_of(report: RunReport, companies: Sequence[LiveCompany]) -> WorkerFigures:
    """Return the figures of a run for health and metrics."""
    ended = "failed" if report.result is None else report.result.status.name.lower()
    return WorkerFigures(
        report.trouble,
        f"{report.kind}_{ended}",
        time.time(),
        report.lags,
        tuple(
            _requests_of(each.books)
            for each in companies
            if each.books is not None and each.books.knows_its_company  # else the id is the configured name
        ),
        {
            "error": sum(each.errors for each in companies),
            "warning": sum(each.warnings for each in companies),
        },
    )


def _requests_of(books: Books) -> CompanyFigures:
    spent, allowance = books.budget.spent_today, books.budget.daily_allowance
    return CompanyFigures(books.company_id, spent, None if allowance is None else max(0, allowance - spent))
