"""Processes of one's own for whatever is measured, so that its time and memory are its own.

A child is told what to do as JSON, answers with lines of JSON, and is gone when its block ends. It also ends
by itself when the pipe to its parent closes, so that even a killed benchmark leaves nothing behind.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

Request = Mapping[str, Any]
Answer = dict[str, Any]

LAST_WORDS = 2_000
LONGEST_SECONDS = 7_200.0


class ChildError(Exception):
    """A child ended without an answer."""


class Child:
    """A running child."""

    def __init__(self, process: subprocess.Popen[str], errors: IO[str]) -> None:
        self._process = process
        self._errors = errors

    def answer(self) -> Answer:
        """Return the next answer; raises ChildError, with the child's last words, if there is none."""
        for line in self._process.stdout or ():
            answer: Answer = json.loads(line)
            return answer
        self._errors.seek(0)
        raise ChildError(self._errors.read()[-LAST_WORDS:] or f"ended with {self._process.wait()}")

    def wait(self, seconds: float) -> bool:
        """Wait for the end for so long; tell whether it came."""
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def kill(self) -> None:
        """Send SIGKILL, which nothing can prepare for."""
        self._process.kill()
        self._process.wait()


@contextmanager
def child(module: str, request: Request, directory: Path) -> Iterator[Child]:
    """Run a module in `directory` until the block ends."""
    command = [sys.executable, "-m", module, json.dumps(request)]
    pipe = subprocess.PIPE
    with (
        tempfile.TemporaryFile("w+", dir=directory) as errors,
        subprocess.Popen(
            command, stdin=pipe, stdout=pipe, stderr=errors, text=True, cwd=directory
        ) as process,
    ):
        limit = threading.Timer(LONGEST_SECONDS, process.kill)
        limit.start()
        try:
            yield Child(process, errors)
        finally:
            limit.cancel()
            process.kill()


def run(module: str, request: Request, directory: Path) -> Answer:
    """Run a module to its end and return its last answer."""
    with child(module, request, directory) as running:
        running.answer()
        return running.answer()


def asked() -> Answer:
    """Return what this process, a child, was told to do; from now on it ends with its parent."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    request: Answer = json.loads(sys.argv[1])
    return request


def reply(answer: Request) -> None:
    """Answer the parent."""
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


def _end_with_parent() -> None:
    sys.stdin.read()
    os._exit(1)
