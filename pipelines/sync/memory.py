"""Keeping what a load takes small: one process reads, types and loads with many threads."""

from __future__ import annotations

import ctypes
import gc
import platform
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pyarrow as pa

M_ARENA_MAX = -8
"""What mallopt(3) calls the most arenas, in glibc's malloc.h."""
ARENAS = 2
M_MMAP_THRESHOLD = -3
"""What it calls the size from which on a block is the system's again as soon as it is freed."""
LARGE_BLOCK = 2**20

_counting = threading.Lock()
_loads: list[int] = []


def limit_malloc() -> bool:
    """Let all threads take memory from two arenas, and give large blocks back to the system once freed.

    Tells whether that could be set, which only glibc offers. It gives threads arenas of their own, up to
    eight a core, and each keeps what was freed in it: blocks of up to 32 MiB too, after the first of them.
    """
    if platform.libc_ver()[0] != "glibc":
        return False
    libc = ctypes.CDLL(None)
    return bool(libc.mallopt(M_ARENA_MAX, ARENAS)) and bool(libc.mallopt(M_MMAP_THRESHOLD, LARGE_BLOCK))


def give_back() -> None:
    """Return what a package no longer needs: the database wants it next."""
    pa.default_memory_pool().release_unused()


@contextmanager
def imports_kept_apart() -> Iterator[None]:
    """Spare the garbage collector what was imported: it would look through it many times in a load.

    As long as any thread loads; what the others have made by then is let go of when the last one ends.
    """
    with _counting:
        _loads.append(threading.get_ident())
        gc.freeze()
    try:
        yield
    finally:
        with _counting:
            _loads.remove(threading.get_ident())
            if not _loads:
                gc.unfreeze()
