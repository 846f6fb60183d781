"""Load what was read of several companies at once: what changes nothing is noted, the rest is one load."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import ExitStack

from accbooks_warehouse.pipelines import interrupts
from accbooks_warehouse.pipelines.destinations import (
    StoredPipeline,
    Warehouse,
    remember_together,
    store_states,
)
from accbooks_warehouse.pipelines.sync.memory import forget_circles, forget_traces, release_unused_memory
from accbooks_warehouse.pipelines.sync.packages import FEW_ROWS, Part
from accbooks_warehouse.pipelines.sync.unchanged import are_stored
from accbooks_warehouse.sources.accbooks import Writing, merged, package_source

logger = logging.getLogger(__name__)

TOGETHER = "loads of several companies"
"""The lock of loads of several companies: these share staging tables."""


def load_parts(warehouse: Warehouse, parts: Sequence[Part]) -> list[Exception | None]:
    """Load parts, each of another company; returns the error of each, if there was one."""
    errors: dict[int, Exception] = {}
    for batch in batches(_changing(warehouse, parts)):
        if len(batch) == 1 or not _loaded_together(warehouse, batch, errors):
            for part in (each for each in batch if id(each) not in errors):
                try:
                    part.load_alone()
                except Exception as error:  # noqa: BLE001 - it is raised where the part comes from
                    interrupts.check()
                    errors[id(part)] = error
    return [errors.get(id(part)) for part in parts]


def batches(parts: Sequence[Part]) -> Iterator[list[Part]]:
    """Yield parts that can be loaded together: few rows, and each table written in one way.

    One whose pipeline dlt has already is loaded by that.
    """
    waiting = [part for part in parts if not part.packages.is_with_dlt]
    yield from ([part] for part in parts if part.packages.is_with_dlt)
    while waiting:
        batch: list[Part] = []
        writings: dict[str, Writing] = {}
        left: list[Part] = []
        rows = 0
        for part in waiting:
            fits = not batch or rows + part.rows <= FEW_ROWS
            if fits and all(writings.get(table, each) is each for table, each in part.writings.items()):
                batch.append(part)
                writings |= part.writings
                rows += part.rows
            else:
                left.append(part)
        yield batch
        waiting = left


def _changing(warehouse: Warehouse, parts: Sequence[Part]) -> list[Part]:
    """Note what was read in the parts that change nothing, and return the others."""
    candidates = [part for part in parts if part.may_change_nothing] if len(parts) > 1 else []
    if not candidates:
        return list(parts)
    try:
        stored = are_stored(warehouse, [(part.package.company_id, part.changes) for part in candidates])
    except Exception:
        interrupts.check()
        logger.info("Companies are compared one by one", exc_info=True)
        return list(parts)
    unchanged = [part for part, is_stored in zip(candidates, stored, strict=True) if is_stored]
    if unchanged:
        pipelines = remember_together(warehouse, [part.memory for part in unchanged])
        for part, each in zip(unchanged, pipelines, strict=True):
            part.packages.stored = each
    noted = {id(part) for part in unchanged}
    return [part for part in parts if id(part) not in noted]


def _loaded_together(warehouse: Warehouse, parts: Sequence[Part], errors: dict[int, Exception]) -> bool:
    """Load parts as one load of dlt's; returns False if each has to be loaded alone.

    An error may be of one company, so each is loaded alone after it, but for those without an earlier load:
    they only add rows, of which the database may have some by now. If the database cannot be used, all have
    the error.
    """
    is_written = is_loaded = False
    package = merged([part.package for part in parts])
    memories = [part.memory for part in parts]
    try:
        with ExitStack() as stack:
            stack.enter_context(warehouse.lock(TOGETHER, wait=True))
            pipeline = stack.enter_context(warehouse.pipeline_of_several())
            if warehouse.exists():
                pipeline.sync_destination()
            source = package_source(package).with_resources(*package.changes)
            pipeline.extract(source, loader_file_format="parquet")
            pipeline.normalize()
            release_unused_memory()
            with warehouse.loading(keeping_open=True):
                with warehouse.defining():
                    pipeline.sync_schema()
                warehouse.fence_tables()
                (load_id,) = pipeline.list_normalized_load_packages()
                states = store_states(warehouse, memories, pipeline, load_id)
                is_written = True
                pipeline.load()
            is_loaded = True
            warehouse.maintain_raw_tables(pipeline)
    except Exception as error:
        interrupts.check()
        logger.info("Companies are loaded one by one", exc_info=True)
        if is_written:
            is_over = is_loaded or not warehouse.can_go_on_after(error)
            left = [each for each in parts if is_over or Writing.FIRST in each.writings.values()]
            errors |= {id(part): error for part in left}
        return False
    finally:
        forget_traces()
        forget_circles()
    for part, state in zip(parts, states, strict=True):
        # the next package compares itself with columns and schema as they were: at worst it is loaded
        part.packages.stored = StoredPipeline(
            state, part.packages.stored.columns, part.packages.stored.schema
        )
    return True
