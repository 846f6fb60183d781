"""Memory that threads take comes from few arenas, so that what one frees another can use."""

from __future__ import annotations

import gc
import platform
import subprocess
import sys

import pyarrow as pa
import pytest
from accbooks_warehouse.emulator.server import running
from accbooks_warehouse.emulator.settings import Settings as EmulatorSettings
from accbooks_warehouse.emulator.settings import key_of
from accbooks_warehouse.pipelines.configuration import Company, prepare_dlt
from accbooks_warehouse.pipelines.destinations import DuckDB
from accbooks_warehouse.pipelines.sync import memory
from accbooks_warehouse.pipelines.sync.load import Loader
from accbooks_warehouse.pipelines.sync.package_loads import load_parts
from accbooks_warehouse.pipelines.sync.packages import Packages, Part
from accbooks_warehouse.pipelines.sync.warehouse_access import WarehouseAccess
from accbooks_warehouse.sources.accbooks import ReadPackage, open_books
from accbooks_warehouse.sources.accbooks.settings import Settings

COUNT_ARENAS = """
import ctypes, os, threading
from accbooks_warehouse.pipelines.sync.memory import limit_malloc
{bound}
barrier = threading.Barrier(6)
def take():
    bytearray(100_000)
    barrier.wait()
threads = [threading.Thread(target=take) for _ in range(6)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
libc = ctypes.CDLL(None)
libc.fdopen.restype = ctypes.c_void_p
read, write = os.pipe()
stream = ctypes.c_void_p(libc.fdopen(write, b"w"))
libc.malloc_info(0, stream)
libc.fclose(stream)
print(os.read(read, 65536).count(b"<heap nr="))
"""


def arenas(bound: str) -> int:
    said = subprocess.run(
        [sys.executable, "-c", COUNT_ARENAS.format(bound=bound)], capture_output=True, text=True, check=True
    )
    return int(said.stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc has arenas to bound")
def test_threads_share_two_arenas():
    assert arenas("") > 2
    assert arenas("limit_malloc()") == 2


def test_other_c_libraries_are_left_alone(monkeypatch):
    monkeypatch.setattr(memory.platform, "libc_ver", lambda: ("", ""))
    assert not memory.limit_malloc()


def test_a_load_leaves_nothing_of_itself_behind(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    prepare_dlt()
    warehouse = DuckDB(str(tmp_path / "books.duckdb"))
    with running(EmulatorSettings(size="tiny")) as emulator:
        settings = Settings(emulator.key, emulator.base_url)
        Loader(warehouse, Company("default", settings), open_books(settings)).load_records()
    gc.collect()
    assert warehouse.has_raw_tables()
    assert not [each for each in gc.get_objects() if type(each) in {Packages, Part}]


def test_a_load_of_several_companies_leaves_no_tables_though_python_looks_for_no_circles(
    tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    prepare_dlt()
    warehouse = DuckDB(str(tmp_path / "books.duckdb"))
    parts = []

    def set_aside(some):
        parts.extend(some)
        return [None for _ in some]

    with running(EmulatorSettings(size="tiny", companies=2)) as emulator:
        for number in range(2):
            settings = Settings(key_of(number), emulator.base_url)
            company, access = Company(f"c{number}", settings), WarehouseAccess(warehouse, set_aside)
            Loader(warehouse, company, open_books(settings), access).load_records()
    gc.collect()
    gc.disable()
    try:
        assert len(parts) == 2
        assert load_parts(warehouse, parts) == [None, None]
        parts.clear()
        left = [each for each in gc.get_objects() if isinstance(each, (pa.Table, ReadPackage))]
    finally:
        gc.enable()
    assert warehouse.query(f"select count(distinct company_id) from {warehouse.raw}.invoices") == [(2,)]
    assert left == []
