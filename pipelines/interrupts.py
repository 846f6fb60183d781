"""Ending a command at any moment: a signal asks for it, or its time is up.

Python handles signals in its main thread alone, and between two of its own instructions. The main thread may
be asleep, deep in a database's code, in a library that has put its own handlers in place of ours, or in one
that takes an interrupt for an error of its own. So a thread listens for signals, too, whoever handles them.
It interrupts the main thread, again if that goes on, and ends the process if that does not help: whatever a
run has begun stands being cut off.

Until a command begins its work there is nothing to put in order, and the process ends at once. To listen is
the first thing the process does, so this module imports little.
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

INTERRUPTED = "Interrupted. The warehouse keeps what was complete; run again to finish."
ERROR = 1
"""The exit status of a command that a signal ended."""

REPEAT_SECONDS = 1.5
"""How long the main thread may go on after it was interrupted, before it is interrupted again."""
LONGEST_SECONDS = 3.0
"""How long after the first interrupt the process ends, whatever it is doing."""
LONGEST_SECONDS_SAYING = 20.0
"""The same of one that is saying so already: a notice to a webhook has a deadline of its own."""
LAST_WORDS_SECONDS = 1.0
POLL_SECONDS = 0.1
SHOW_CURSOR = b"\x1b[?25h"
"""What a terminal is told that may have been told to hide it."""
WAKING = getattr(signal, "SIGURG", None)
"""The signal that interrupts the main thread; nobody else needs to see it."""


class Ending:
    """Why a command is to end: what to say of it, its exit status, and the error that says so in the code."""

    def __init__(self, sentence: str, status: int, error: BaseException) -> None:
        self.sentence, self.status, self.error = sentence, status, error


class _State:
    """What is known in this process: there is one of it, as there is one main thread."""

    def __init__(self) -> None:
        self.ending: Ending | None = None
        self.is_listening = False
        self.is_working = False
        self.is_said = False
        self.is_over = False
        self.is_postponed = False
        self.interrupted_at = 0.0
        self.deadline: float | None = None
        self.at_deadline: Ending | None = None
        self.last_words: Callable[[Ending], None] | None = None
        self.wake: int | None = None


_state = _State()


def listen() -> None:
    """Take SIGTERM, and SIGINT unless it is ignored, as the wish that this process ends."""
    _state.is_listening = True
    signal.signal(signal.SIGTERM, _on_signal)
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:  # as a job in the background has it
        signal.signal(signal.SIGINT, _on_signal)
    if WAKING is None or not hasattr(signal, "pthread_kill"):
        return  # where there are no POSIX threads there is no thread to choose
    signal.signal(WAKING, _on_waking)
    received, told = os.pipe()
    os.set_blocking(told, False)
    signal.set_wakeup_fd(told, warn_on_full_buffer=False)
    _state.wake = told
    main = threading.get_ident()
    threading.Thread(target=_watch, args=(received, main), daemon=True, name="accbooks-signals").start()


def begin_work() -> None:
    """From now on there is something to put in order: an interrupt is raised where the main thread is."""
    _state.is_working = True
    if _state.ending is not None:
        raise KeyboardInterrupt


def ending() -> Ending | None:
    """Return why the process is to end; None if it may go on."""
    return _state.ending


def cause_of(error: BaseException) -> BaseException:
    """Return why the process is to end in place of an error, which then follows from that."""
    return error if _state.ending is None else _state.ending.error


def check() -> None:
    """Raise KeyboardInterrupt if the process is to end: for whoever caught an error and would go on."""
    if _state.ending is not None:
        raise KeyboardInterrupt


@contextmanager
def ending_at(moment: float | None, ending: Ending) -> Iterator[None]:
    """End the process in the same way at a moment of time.monotonic(), unless the block is over by then."""
    _state.deadline, _state.at_deadline = moment, ending
    _tell(0)
    try:
        yield
    finally:
        _state.deadline = None


@contextmanager
def last_words(say: Callable[[Ending], None]) -> Iterator[None]:
    """Have `say` called, in another thread, if the process has to be ended from outside of the block."""
    _state.last_words = say
    try:
        yield
    finally:
        _state.last_words = None


def saying() -> None:
    """Note that the main thread has put everything in order, and says why the process ends."""
    _state.is_said = _state.ending is not None


def settle() -> None:
    """Note that to end as it was told to is how the command ends well."""
    _state.ending = None


@contextmanager
def postponed() -> Iterator[None]:
    """Let nothing interrupt the block, which is short; what came meanwhile interrupts its end."""
    _state.is_postponed = True
    try:
        yield
    finally:
        _state.is_postponed = False
    _on_waking()


def end() -> None:
    """Say why the process ends, unless that was said, and leave without going through Python's end.

    Threads may be in the middle of DuckDB's or Arrow's code, which aborts the process if Python stops them
    there at its end.
    """
    assert _state.ending is not None  # noqa: S101 - for the types
    with suppress(Exception):
        sys.stdout.flush()
    with suppress(Exception):
        sys.stderr.flush()
    _leave(_state.ending)


def finish() -> None:
    """Let the process end with the status it has: its work is done, and a signal changes nothing any more.

    Python gives signals back to the system as it ends, which would then end the process in its own way.
    """
    _state.is_over = True
    if threading.current_thread() is threading.main_thread() and _state.is_listening:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.signal(signal.SIGINT, signal.SIG_IGN)


def _on_signal(*_: object) -> None:
    _begin(Ending(INTERRUPTED, ERROR, KeyboardInterrupt()))
    _on_waking()


def _on_waking(*_: object) -> None:
    """Interrupt this, the main thread: at once if it has not been yet, else after a while."""
    state = _state
    if state.ending is None or state.is_over or state.is_postponed or state.is_said:
        return
    if not state.is_working:
        _leave(state.ending)
    now = time.monotonic()
    if now - state.interrupted_at >= REPEAT_SECONDS:
        state.interrupted_at = now
        raise KeyboardInterrupt


def _begin(ending: Ending) -> None:
    """Note why the process is to end; what libraries say of interrupted threads is of no interest."""
    if _state.ending is None and not _state.is_over:
        sys.unraisablehook = lambda _: None
        threading.excepthook = lambda _: None
        _state.ending = ending


def _tell(number: int) -> None:
    """Have the listening thread look at the time again."""
    if _state.wake is not None:
        with suppress(OSError):
            os.write(_state.wake, bytes([number]))


def _watch(received: int, main: int) -> None:
    """Wait for a signal, or the deadline, and see to it that the process ends."""
    while not _state.is_over:
        left = None if _state.deadline is None else max(0.0, _state.deadline - time.monotonic())
        if select.select([received], [], [], left)[0]:
            if os.read(received, 1)[0] in {signal.SIGINT, signal.SIGTERM}:
                _begin(Ending(INTERRUPTED, ERROR, KeyboardInterrupt()))
        elif _state.deadline is not None and _state.at_deadline is not None:
            _begin(_state.at_deadline)
        if _state.ending is not None:
            _press(main, _state.ending)


def _press(main: int, ending: Ending) -> None:
    """Interrupt the main thread until the process ends, and end it if that takes too long."""
    began = time.monotonic()
    while _is_awaited(time.monotonic() - began):
        signal.pthread_kill(main, WAKING or signal.SIGTERM)
        time.sleep(POLL_SECONDS)
        if _state.ending is None or _state.is_over:
            return
    _say_last_words(ending)
    _leave(ending)


def _is_awaited(seconds: float) -> bool:
    """Tell whether the main thread may take longer to put things in order."""
    return seconds < (LONGEST_SECONDS_SAYING if _state.is_said else LONGEST_SECONDS) or _state.is_postponed


def _say_last_words(ending: Ending) -> None:
    """Have the command say it in its own way, if it can: the main thread may keep what that needs."""
    say = _state.last_words
    if say is None or _state.is_said:
        return

    def speak() -> None:
        with suppress(Exception):
            say(ending)
            _state.is_said = True

    speaker = threading.Thread(target=speak, daemon=True)
    speaker.start()
    speaker.join(LAST_WORDS_SECONDS)


def _leave(ending: Ending) -> None:
    """Say the sentence, unless it was said, and end the process."""
    with suppress(OSError):
        if os.isatty(1):
            os.write(1, SHOW_CURSOR)
        if not _state.is_said:
            _state.is_said = True
            os.write(2, (ending.sentence + "\n").encode())
    os._exit(ending.status)
