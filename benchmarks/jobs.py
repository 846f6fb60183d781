"""What is measured, each job alone in a process: `python -m benchmarks.jobs REQUEST`.

A job says when its imports are done, then does its work against the clock, and answers with the seconds and
the peak memory of its process.
"""

from __future__ import annotations

import gc
import resource
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from benchmarks.children import Answer, Request, asked, reply
from benchmarks.emulated import KEY

Work = Callable[[], Any]


def load(request: Request) -> Work:
    """Load the books as `accbooks sync` does, with its count of the day on disk, without the transforms."""
    from accbooks_warehouse.pipelines.configuration import Company, prepare_dlt  # noqa: PLC0415 - each job imports its own alone
    from accbooks_warehouse.pipelines.sync.load import Loader  # noqa: PLC0415
    from accbooks_warehouse.sources.accbooks.reading.books import open_books  # noqa: PLC0415
    from accbooks_warehouse.sources.accbooks.settings import Settings, parse_start_date  # noqa: PLC0415

    from benchmarks.syncs import warehouse_at  # noqa: PLC0415

    prepare_dlt()
    start = parse_start_date(request.get("start_date"))
    count = Path(request["warehouse"].rpartition("?host=")[2]).with_suffix(".sqlite")
    size = {name: request[name] for name in ("package_records", "package_seconds") if name in request}
    settings = Settings(KEY, request["base_url"], start_date=start, day_count=count, **size)
    company = Company("default", settings)
    warehouse = warehouse_at(request["warehouse"])
    return lambda: Loader(warehouse, company, open_books(settings)).load_records()


def download(request: Request) -> Work:
    """Merely download and parse the pages, one after another."""
    from benchmarks.plain import download_everything  # noqa: PLC0415

    return lambda: download_everything(request["base_url"])


def generic(request: Request) -> Work:
    """Load the lists with dlt's generic rest_api source."""
    from benchmarks.generic import load_lists  # noqa: PLC0415

    return lambda: load_lists(request["base_url"], request["warehouse"], request.get("file_format"))


def compare(request: Request) -> Work:
    """Compare warehouses with the books."""
    from benchmarks.truth import differences  # noqa: PLC0415

    return lambda: differences(request["base_url"], request["warehouses"])


def spend(request: Request) -> Work:
    """Be another program that spends the same key, until killed."""
    from benchmarks.spender import spend_at_random  # noqa: PLC0415

    return lambda: spend_at_random(request["admin_url"], request["window"], request["share"], request["seed"])


def sync(request: Request) -> Work:
    """Sync companies whole, as the command does, with dbt's start."""
    from benchmarks.syncs import whole_sync  # noqa: PLC0415

    return whole_sync(
        request["warehouse"],
        request["base_url"],
        request["keys"],
        request["jobs"],
        request.get("certify"),
        request.get("settings", {}),
    )


def days(request: Request) -> Work:
    """Sync on one day after another, with clocks that are moved."""
    from benchmarks.days import run_days  # noqa: PLC0415

    return run_days(request)


def rebuild(request: Request) -> Work:
    """Rebuild all models of a warehouse."""
    from benchmarks.syncs import rebuild as measured  # noqa: PLC0415

    return measured(request["warehouse"])


def pack(request: Request) -> Work:
    """Write the management pack of a warehouse's company."""
    from benchmarks.packs import pack as written  # noqa: PLC0415

    return written(request["warehouse"], Path(request["target"]), request["file_format"])


def copy_company(request: Request) -> Work:
    """Make a warehouse of many companies from that of one."""
    from benchmarks.practices import copy_company as copied  # noqa: PLC0415

    return copied(request["warehouse"], request["companies"])


def practice(request: Request) -> Work:
    """Write the page of all companies of a warehouse."""
    from benchmarks.practices import practice as written  # noqa: PLC0415

    return written(request["warehouse"], Path(request["target"]))


def edit(request: Request) -> Work:
    """Edit the books."""
    from benchmarks.editor import edit as edited  # noqa: PLC0415

    return lambda: edited(request["base_url"], request["count"])


def edit_invoice(request: Request) -> Work:
    """Edit the youngest invoice that is at least so many days old."""
    from benchmarks.editor import edit_invoice as edited  # noqa: PLC0415

    return lambda: edited(request["base_url"], request["days_ago"])


def edit_months(request: Request) -> Work:
    """Edit the books in months long past."""
    from benchmarks.editor import edit_months as edited  # noqa: PLC0415

    return lambda: edited(request["base_url"], request["count"], request["seed"])


def compare_balances(request: Request) -> Work:
    """Compare the trial balance of a warehouse with AccBooks' own, at every month-end."""
    from benchmarks.truth import differing_balances  # noqa: PLC0415

    return lambda: differing_balances(request["base_url"], request["warehouse"])


JOBS: dict[str, Callable[[Request], Work]] = {
    job.__name__: job
    for job in (
        load,
        download,
        generic,
        compare,
        spend,
        sync,
        days,
        rebuild,
        pack,
        copy_company,
        practice,
        edit,
        edit_invoice,
        edit_months,
        compare_balances,
    )
}


def main() -> None:
    """Do one job."""
    request = asked()
    work = JOBS[request["job"]](request)
    import_module("pandas")  # pyarrow imports it with its first value, in the middle of whatever is measured
    gc.collect()
    reply({"ready": True})
    _wait_for_window(request.get("minute"))
    with _measured() as answer:
        answer["result"] = work()
    reply(answer)


def peak_megabytes() -> float:
    """Return the most memory this process ever held."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024 * 1024 if sys.platform == "darwin" else 1024)


@contextmanager
def _measured() -> Iterator[Answer]:
    answer: Answer = {}
    began, processor = time.perf_counter(), time.process_time()
    yield answer
    answer |= {
        "seconds": time.perf_counter() - began,
        "processor": time.process_time() - processor,
        "megabytes": peak_megabytes(),
    }


def _wait_for_window(minute: float | None) -> None:
    """Wait until a rate window of the emulator begins: no run may profit from starting late in one."""
    if minute:
        time.sleep(minute - time.time() % minute)


if __name__ == "__main__":
    main()
