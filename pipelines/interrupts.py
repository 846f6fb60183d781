"""End a command at any moment, on a signal or at its time limit.

Python handles signals only in the main thread, between two instructions. The main thread may be asleep, in a
database's native code, in a library that replaced our handlers, or in one that treats an interrupt as an
error of its own. So a second thread also listens for signals. It interrupts the main thread, repeats that
while the main thread goes on, and finally ends the process. Every step of a run can be cut off safely.

Before a command begins its work there is nothing to clean up, and the process ends at once. The process
listens first of all, so this module imports little.
"""

from __future__ import annotations

import os
import select
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import NoReturn

INTERRUPTED = "Interrupted. What was complete is kept. Run again to finish."
ERROR = 1
"""The exit status of a command that a signal ended."""

REPEAT_SECONDS = 1.5
"""Seconds between two interrupts of the main thread."""
LONGEST_SECONDS = 3.0
"""Seconds after the first interrupt until the process ends."""
LONGEST_SECONDS_REPORTING = 20.0
"""The same for a process that is already reporting its end: a webhook notice has its own deadline."""
FINAL_REPORT_SECONDS = 1.0
ANOTHER_SIGNAL_SECONDS = 0.5
"""A signal that comes later than this after another one is another one."""
POLL_SECONDS = 0.1
SHOW_CURSOR = b"\x1b[?25h"
"""The escape sequence that shows the cursor again after progress bars hid it."""
WAKING = getattr(signal, "SIGURG", None)
"""The signal that the listening thread sends to the main thread."""


class Ending:
    """Why a command ends: the sentence to print, the exit status, and the error to raise."""

    def __init__(self, sentence: str, status: int, error: BaseException) -> None:
        self.sentence, self.status, self.error = sentence, status, error


class _State:
    """The state of this process; there is one instance."""

    def __init__(self) -> None:
        self.ending: Ending | None = None
        self.is_listening = False
        self.is_working = False
        self.is_reported = False
        self.is_over = False
        self.is_postponed = False
        self.interrupted_at = 0.0
        self.deadline: float | None = None
        self.at_deadline: Ending | None = None
        self.final_report: Callable[[Ending], None] | None = None
        self.stop: Callable[[], None] | None = None
        self.stopped_at: float | None = None
        self.wake: int | None = None


_state = _State()


def listen() -> None:
    """Handle SIGTERM, and SIGINT unless it is ignored, by ending the process."""
    _state.is_listening = True
    signal.signal(signal.SIGTERM, _on_signal)
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:  # as in a background job
        signal.signal(signal.SIGINT, _on_signal)
    if WAKING is None or not hasattr(signal, "pthread_kill"):
        return  # without POSIX threads no thread can be chosen
    signal.signal(WAKING, _on_waking)
    received, wakeup = os.pipe()
    os.set_blocking(wakeup, False)
    signal.set_wakeup_fd(wakeup, warn_on_full_buffer=False)
    _state.wake = wakeup
    main = threading.get_ident()
    threading.Thread(target=_watch, args=(received, main), daemon=True, name="accbooks-signals").start()


def begin_work() -> None:
    """From now on raise KeyboardInterrupt in the main thread, so that it can clean up."""
    _state.is_working = True
    if _state.ending is not None:
        raise KeyboardInterrupt


def ending() -> Ending | None:
    """Return why the process is ending; None if it is not."""
    return _state.ending


def cause_of(error: BaseException) -> BaseException:
    """Return the error of the ending if the process is ending, else the error given."""
    return error if _state.ending is None else _state.ending.error


def check() -> None:
    """Raise KeyboardInterrupt if the process is ending. Call it after catching an error."""
    if _state.ending is not None:
        raise KeyboardInterrupt


@contextmanager
def ending_at(moment: float | None, ending: Ending) -> Iterator[None]:
    """End the process at `moment` (time.monotonic()), unless the block is over by then."""
    _state.deadline, _state.at_deadline = moment, ending
    _wake_listener()
    try:
        yield
    finally:
        _state.deadline = None


@contextmanager
def stopping(stop: Callable[[], None]) -> Iterator[None]:
    """Call `stop` on the first signal instead of ending the process: for services, which end in order.

    Another signal ends the process. `stop` is called in any thread.
    """
    _state.stop = stop
    try:
        yield
    finally:
        _state.stop = None


def leave(status: int) -> NoReturn:
    """Exit at once, without Python's shutdown: threads may be in code that it would abort in."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(Exception):
            stream.flush()
    os._exit(status)


@contextmanager
def final_report(report: Callable[[Ending], None]) -> Iterator[None]:
    """Call `report` in another thread if the process ends while the main thread is stuck in the block."""
    _state.final_report = report
    try:
        yield
    finally:
        _state.final_report = None


def reporting() -> None:
    """Note that the main thread has cleaned up and reports why the process ends."""
    _state.is_reported = _state.ending is not None


def clear() -> None:
    """Forget the ending: for a command that a signal ends normally."""
    _state.ending = None


@contextmanager
def postponed() -> Iterator[None]:
    """Delay interrupts until the end of the block, which must be short."""
    _state.is_postponed = True
    try:
        yield
    finally:
        _state.is_postponed = False
    _on_waking()


def end() -> None:
    """Print why the process ends, unless that was printed, and exit without Python's shutdown.

    Threads may be in DuckDB's or Arrow's code, which aborts the process if Python's shutdown stops them.
    """
    assert _state.ending is not None  # noqa: S101 - for the types
    for stream in (sys.stdout, sys.stderr):
        with suppress(Exception):
            stream.flush()
    _exit(_state.ending)


def finish() -> None:
    """Ignore signals from now on: the work is done and the exit status is known.

    Python restores the default handlers at shutdown, and a signal would then change the exit status.
    """
    _state.is_over = True
    if threading.current_thread() is threading.main_thread() and _state.is_listening:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.signal(signal.SIGINT, signal.SIG_IGN)


def _on_signal(*_: object) -> None:
    if _is_stopping():
        return
    _begin(Ending(INTERRUPTED, ERROR, KeyboardInterrupt()))
    _on_waking()


def _on_waking(*_: object) -> None:
    """Raise KeyboardInterrupt in the main thread, at most once in REPEAT_SECONDS."""
    state = _state
    if state.ending is None or state.is_over or state.is_postponed or state.is_reported:
        return
    if not state.is_working:
        _exit(state.ending)
    now = time.monotonic()
    if now - state.interrupted_at >= REPEAT_SECONDS:
        state.interrupted_at = now
        raise KeyboardInterrupt


def _begin(ending: Ending) -> None:
    """Note why the process ends, and silence libraries' errors about interrupted threads."""
    if _state.ending is None and not _state.is_over:
        sys.unraisablehook = lambda _: None
        threading.excepthook = lambda _: None
        _state.ending = ending


def _is_stopping() -> bool:
    """Tell whether a signal is the first for a service, which is told to stop."""
    state, now = _state, time.monotonic()
    if state.stop is None:
        return False
    if state.stopped_at is not None:  # both threads get a signal, and the second one is not another
        return now - state.stopped_at < ANOTHER_SIGNAL_SECONDS
    state.stopped_at = now
    state.stop()
    return True


def _wake_listener() -> None:
    """Wake the listening thread so that it reads the deadline again."""
    if _state.wake is not None:
        with suppress(OSError):
            os.write(_state.wake, bytes([0]))


def _watch(received: int, main: int) -> None:
    """Wait for a signal or the deadline, then end the process."""
    while not _state.is_over:
        left = None if _state.deadline is None else max(0.0, _state.deadline - time.monotonic())
        if select.select([received], [], [], left)[0]:
            if os.read(received, 1)[0] in {signal.SIGINT, signal.SIGTERM} and not _is_stopping():
                _begin(Ending(INTERRUPTED, ERROR, KeyboardInterrupt()))
        elif _state.deadline is not None and _state.at_deadline is not None:
            _begin(_state.at_deadline)
        if _state.ending is not None:
            _interrupt_until_ended(main, _state.ending)


def _interrupt_until_ended(main: int, ending: Ending) -> None:
    """Interrupt the main thread until the process ends; end it here if that takes too long."""
    began = time.monotonic()
    while _is_awaited(time.monotonic() - began):
        signal.pthread_kill(main, WAKING or signal.SIGTERM)
        time.sleep(POLL_SECONDS)
        if _state.ending is None or _state.is_over:
            return
    _report_from_thread(ending)
    _exit(ending)


def _is_awaited(seconds: float) -> bool:
    """Tell whether the main thread may take more time to clean up."""
    return (
        seconds < (LONGEST_SECONDS_REPORTING if _state.is_reported else LONGEST_SECONDS)
        or _state.is_postponed
    )


def _report_from_thread(ending: Ending) -> None:
    """Call the command's own report of the end, for FINAL_REPORT_SECONDS at most: it may need a held lock."""
    report = _state.final_report
    if report is None or _state.is_reported:
        return

    def run() -> None:
        with suppress(Exception):
            report(ending)
            _state.is_reported = True

    reporter = threading.Thread(target=run, daemon=True)
    reporter.start()
    reporter.join(FINAL_REPORT_SECONDS)


def _exit(ending: Ending) -> None:
    """Print the sentence unless it was printed, and end the process."""
    with suppress(OSError):
        if os.isatty(1):
            os.write(1, SHOW_CURSOR)
        if not _state.is_reported:
            _state.is_reported = True
            os.write(2, (ending.sentence + "\n").encode())
    os._exit(ending.status)
