"""Apache Spark, as `make spark` installs it: a master, two workers and Spark Connect, each its own JVM."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

HOME = "ACCBOOKS_TEST_SPARK"
"""Names the folder of `make spark`, if it is not the one in the project's folder."""
PLACE = Path(__file__).parents[2] / ".venv-spark"
MASTER_CLASS = "org.apache.spark.deploy.master.Master"
WORKER_CLASS = "org.apache.spark.deploy.worker.Worker"
CONNECT_CLASS = "org.apache.spark.sql.connect.service.SparkConnectServer"
EXECUTOR_CLASS = "CoarseGrainedExecutorBackend"
WORKERS = ("one", "two")
STARTS_AFTER = 120.0
"""Seconds after which a process that has not logged that it is ready is taken for broken."""
CONFIGURATION = {
    "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
    "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.shuffle.partitions": "2",
    "spark.ui.enabled": "false",
    "spark.executor.memory": "1g",
    "spark.driver.memory": "2g",
    "spark.driver.host": "127.0.0.1",
    "spark.connect.grpc.binding.address": "127.0.0.1",
    "spark.connect.grpc.binding.port": "0",
    # plans of models are deep
    "spark.driver.extraJavaOptions": "-Xss16m",
    "spark.executor.extraJavaOptions": "-Xss16m",
}


@dataclass
class Cluster:
    """The processes of a standalone cluster, and where Spark Connect answers."""

    folder: Path
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    address: str = ""

    def start(self, name: str, *arguments: str) -> None:
        """Start a process in a group of its own; it writes what it logs into a file."""
        with (self.folder / f"{name}.log").open("wb") as log:
            self.processes[name] = subprocess.Popen(
                arguments, stdout=log, stderr=log, env=environment(), start_new_session=True
            )

    def logged(self, name: str, pattern: str) -> str:
        """Wait until a process logs what a pattern finds, and return its group."""
        path, until = self.folder / f"{name}.log", time.monotonic() + STARTS_AFTER
        while time.monotonic() < until:
            text = path.read_text(errors="replace")
            if found := re.search(pattern, text):
                return found[1]
            assert self.processes[name].poll() is None, text[-3000:]
            time.sleep(0.1)  # nothing tells when a JVM has written a line
        raise AssertionError(f"{name} did not start: {path.read_text(errors='replace')[-3000:]}")

    def executors(self) -> list[int]:
        """Return the process ids of the executors, which the workers start."""
        workers = [Path("/proc") / str(self.processes[name].pid) / "task" for name in WORKERS]
        children = [each.read_text() for worker in workers for each in worker.glob("*/children")]
        processes = [int(pid) for text in children for pid in text.split()]
        return [
            pid for pid in processes if EXECUTOR_CLASS in (Path("/proc") / str(pid) / "cmdline").read_text()
        ]

    def stop(self) -> None:
        """End every process, and what it started."""
        for process in reversed(self.processes.values()):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def spark_home() -> Path:
    """Return the folder of Spark; skips the test where it is not installed."""
    place = Path(os.environ.get(HOME) or PLACE)
    homes = sorted(place.glob("lib/python3*/site-packages/pyspark"))
    if not (place / ".installed").exists() or not homes:
        pytest.skip(f"Apache Spark is not installed: run `make spark`, or name its folder in {HOME}.")
    return homes[0]


def environment() -> dict[str, str]:
    """Return the environment of Spark's processes."""
    return {**os.environ, "SPARK_HOME": str(spark_home()), "SPARK_LOCAL_IP": "127.0.0.1", "RUST_LOG": "off"}


@contextlib.contextmanager
def cluster(folder: Path) -> Iterator[Cluster]:
    """Start a master, two workers of one core each, and Spark Connect on them."""
    started, run = Cluster(folder), str(spark_home() / "bin" / "spark-class")
    loopback = ("--host", "127.0.0.1", "--port", "0", "--webui-port", "0")
    try:
        started.start("master", run, MASTER_CLASS, *loopback)
        master = started.logged("master", r"Starting Spark master at (spark://\S+)")
        for name in WORKERS:
            size = ("--cores", "1", "--memory", "2g", "--work-dir", str(folder / name))
            started.start(name, run, WORKER_CLASS, *loopback, *size, master)
        for name in WORKERS:
            started.logged(name, r"(Successfully registered with master)")
        submit = str(spark_home() / "bin" / "spark-submit")
        jars = ",".join(str(each) for each in sorted((spark_home().parents[3] / "jars").glob("*.jar")))
        chosen = CONFIGURATION | {"spark.sql.warehouse.dir": (folder / "catalog").as_uri()}
        options = [part for name, value in chosen.items() for part in ("--conf", f"{name}={value}")]
        started.start(
            "connect",
            *(
                submit,
                "--master",
                master,
                "--jars",
                jars,
                *options,
                "--class",
                CONNECT_CLASS,
                "spark-internal",
            ),
        )
        port = started.logged("connect", r"Spark Connect server started at: \S+:(\d+)")
        started.address = f"sc://127.0.0.1:{port}"
        yield started
    finally:
        started.stop()
