"""Memory that threads take comes from few arenas, so that what one frees another can use."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest
from accbooks_warehouse.pipelines.sync import memory

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
