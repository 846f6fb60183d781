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

_counting = threading.Lock()
_loads: list[int] = []


def bound_arenas() -> bool:
    """Let all threads take memory from two arenas; tells whether that could be set, which only glibc offers.

    glibc gives threads arenas of their own, up to eight a core, and each keeps what was freed in it.
    """
    if platform.libc_ver()[0] != "glibc":
        return False
    return bool(ctypes.CDLL(None).mallopt(M_ARENA_MAX, ARENAS))


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
