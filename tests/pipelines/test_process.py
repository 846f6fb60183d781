"""How the process of a command ends."""

import signal
import subprocess
import sys

import pytest

COMMAND = """
import atexit, signal, sys, typer
from pipelines.process import run

app = typer.Typer()

@app.command()
def work(number: int) -> None:
    try:
        if number:
            signal.raise_signal(number)
    except KeyboardInterrupt:
        print("told")
    raise typer.Exit(1)

atexit.register(print, "Python's end")
run(app)
"""


def ending(number: int) -> tuple[int, str]:
    """Return the exit status and the output of a command that sends itself a signal, and takes it calmly."""
    # as a job of a background shell it would be deaf to SIGINT
    hearing = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
    line = [sys.executable, "-c", hearing + COMMAND, str(number)]
    ran = subprocess.run(line, capture_output=True, text=True, check=False)
    return ran.returncode, ran.stdout


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_whoever_was_interrupted_leaves_without_pythons_end_however_that_was_taken(number: int) -> None:
    assert ending(number) == (1, "told\n")


def test_others_end_as_usual() -> None:
    assert ending(0) == (1, "Python's end\n")
