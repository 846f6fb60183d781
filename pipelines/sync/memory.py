"""Limit the memory of a load: one process reads, types and loads with many threads."""

from __future__ import annotations

import ctypes
import gc
import importlib
import platform
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pyarrow as pa
from dlt.common.configuration.utils import get_resolved_traces

M_ARENA_MAX = -8
"""The mallopt(3) parameter for the number of arenas, from glibc's malloc.h."""
ARENAS = 2
M_MMAP_THRESHOLD = -3
"""The mallopt(3) parameter for the size above which a freed block goes back to the system at once."""
LARGE_BLOCK = 2**20

_counting = threading.Lock()
_loads: list[int] = []


def limit_malloc() -> bool:
    """Make all threads share two arenas and return large blocks to the system when they are freed.

    Returns whether this could be set; only glibc can. By default glibc has up to eight arenas per core, and
    each keeps its freed memory, including blocks of up to 32 MiB.
    """
    if platform.libc_ver()[0] != "glibc":
        return False
    libc = ctypes.CDLL(None)
    return bool(libc.mallopt(M_ARENA_MAX, ARENAS)) and bool(libc.mallopt(M_MMAP_THRESHOLD, LARGE_BLOCK))


def release_unused_memory() -> None:
    """Release Arrow's unused memory, which the database needs next."""
    pa.default_memory_pool().release_unused()


def forget_traces() -> None:
    """Forget how dlt found its configuration in this thread.

    dlt notes it for each thread until that ends, with the errors of what was not configured. Their tracebacks
    hold every frame of the load, and so its packages: 2 MB for each company of 400 records.
    """
    get_resolved_traces().clear()


def forget_circles() -> None:
    """Collect what dlt's objects, which refer to each other in circles, still hold of a load that is over.

    Python looks for circles when enough objects have come and gone, which may be many loads later. Packages
    of 200 companies of 400 records took 200 MB until then.
    """
    gc.collect()


@contextmanager
def imports_kept_apart() -> Iterator[None]:
    """Exclude imported objects from garbage collection, which would scan them many times in a load.

    This lasts as long as any thread loads. Objects of other threads that existed then are collected after it.
    """
    with _counting:
        if not _loads:  # what is frozen while loads of many companies overlap would never be collected
            gc.freeze()
        _loads.append(threading.get_ident())
    try:
        yield
    finally:
        with _counting:
            _loads.remove(threading.get_ident())
            if not _loads:
                gc.unfreeze()


def share_memory_of_threads() -> None:
    """Have Arrow take its memory from malloc, which all threads share; tables that exist stay where they are.

    Arrow's own allocator keeps memory for each thread that ever had a table. Of 60 companies in threads it
    kept 200 MB that nothing used any more.
    """
    pa.set_memory_pool(pa.system_memory_pool())


def allow_many_files() -> None:
    """Let this process open as many files as the system lets it: each company has locks and a connection."""
    with suppress(ImportError, OSError, ValueError):  # there are no such limits on Windows
        limits = importlib.import_module("resource")
        most = limits.getrlimit(limits.RLIMIT_NOFILE)[1]
        limits.setrlimit(limits.RLIMIT_NOFILE, (most, most))
