"""How the process of a command ends."""

import signal
import subprocess
import sys

import pytest
from accbooks_warehouse.pipelines.interrupts import INTERRUPTED

COMMAND = """
import atexit, queue, signal, sys, threading, time, typer
from accbooks_warehouse.pipelines import interrupts
from accbooks_warehouse.pipelines.process import run

interrupts.listen()
interrupts.begin_work()
app = typer.Typer()
LONG = 20

def wait_while_another_thread_gets(number: int) -> None:
    nothing = queue.SimpleQueue()
    threading.Timer(0.2, lambda: signal.pthread_kill(threading.get_ident(), number)).start()
    nothing.get(timeout=LONG)

@app.command()
def work(number: int, elsewhere: bool = False) -> None:
    began = time.monotonic()
    try:
        if elsewhere:
            wait_while_another_thread_gets(number)
        elif number:
            signal.raise_signal(number)
    except KeyboardInterrupt:
        print("told" if time.monotonic() - began < LONG else "told late")
    raise typer.Exit(1)

atexit.register(print, "Python's end")
run(app)
"""


def ending(number: int, *options: str) -> tuple[int, str]:
    """Return the exit status and the output of a command that sends itself a signal, and takes it calmly."""
    # as a job of a background shell it would be deaf to SIGINT
    hearing = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
    line = [sys.executable, "-c", hearing + COMMAND, str(number), *options]
    ran = subprocess.run(line, capture_output=True, text=True, check=False)
    return ran.returncode, ran.stdout


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_whoever_was_interrupted_leaves_without_pythons_end_however_that_was_taken(number: int) -> None:
    assert ending(number) == (1, "told\n")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_that_another_thread_was_given_ends_a_wait(number: int) -> None:
    assert ending(number, "--elsewhere") == (1, "told\n")


def test_others_end_as_usual() -> None:
    assert ending(0) == (1, "Python's end\n")


IMPORTING = """
import signal, sys, typer
from accbooks_warehouse.pipelines import interrupts
from accbooks_warehouse.pipelines.process import run, working

interrupts.listen()

class Importing:
    def find_spec(self, name: str, *_: object) -> None:
        if name == "accbooks_warehouse.pipelines.output.failure":
            signal.raise_signal(signal.SIGTERM)

sys.meta_path.insert(0, Importing())
app = typer.Typer()

@app.command()
def work() -> None:
    with working(verbose=False):
        print("worked")

run(app)
"""
WITH_SEMAPHORES = """
import multiprocessing, signal, typer
from accbooks_warehouse.pipelines import interrupts
from accbooks_warehouse.pipelines.process import run, working

interrupts.listen()
app = typer.Typer()

@app.command()
def work() -> None:
    with working(verbose=False):
        app.semaphore = multiprocessing.get_context("spawn").Semaphore()
        signal.raise_signal(signal.SIGTERM)

run(app)
"""


@pytest.mark.parametrize("script", [IMPORTING, WITH_SEMAPHORES], ids=["importing", "with semaphores"])
def test_one_sentence_is_all_that_is_said_of_an_interrupt_whenever_it_comes(script: str) -> None:
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout, ran.stderr) == (1, "", f"{INTERRUPTED}\n")


LEAVING = """
import atexit, sys, threading, time
from accbooks_warehouse.pipelines.process import leave

def work() -> None:
    time.sleep(0.2)
    print("worked")

atexit.register(print, "registered")
print("said")
threading.Thread(target=work, daemon=sys.argv[1] == "daemon").start()
leave(3)
print("awaited")
sys.exit(4)
"""


@pytest.mark.parametrize(
    ("thread", "expected"),
    [("daemon", (3, "said\nregistered\n")), ("other", (4, "said\nawaited\nworked\nregistered\n"))],
)
def test_a_command_leaves_after_what_is_registered_and_waits_for_threads_that_work(
    thread: str, expected: tuple[int, str]
) -> None:
    ran = subprocess.run([sys.executable, "-c", LEAVING, thread], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout) == expected
