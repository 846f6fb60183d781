"""Load one company, so that whatever goes wrong with it does not stop the others."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from accbooks_warehouse.pipelines import interrupts
from accbooks_warehouse.pipelines.destinations.locks import LockedByAnotherRunError
from accbooks_warehouse.pipelines.errors import LoadError, WarehouseError
from accbooks_warehouse.pipelines.sync.load import Loader
from accbooks_warehouse.pipelines.sync.prove import Loaded
from accbooks_warehouse.pipelines.sync.result import CompanyResult
from accbooks_warehouse.sources.accbooks import AccBooksError, Books, Outcome

logger = logging.getLogger(__name__)


@dataclass
class Attempt:
    """What a load has reached so far; its steps fill in the fields one after another."""

    books: Books | None = None
    loader: Loader | None = None
    still_damaged_rows: Mapping[str, int] = field(default_factory=dict)


def attempted(name: str, load: Callable[[Attempt], None]) -> Loaded:
    """Load a company; an error of it becomes part of the result, which then has no loader.

    Raises WarehouseError if the database cannot be used: no company can be loaded then.
    """
    began = time.monotonic()
    attempt = Attempt()
    error: Exception | None = None
    waits_for: str | None = None
    try:
        load(attempt)
    except (AccBooksError, LoadError) as fault:
        error = fault
    except LockedByAnotherRunError as fault:
        logger.debug("%s is being synced by another run", name)
        waits_for = fault.name
    except WarehouseError:
        raise
    except Exception as fault:
        interrupts.check()
        logger.info("%s could not be loaded", name, exc_info=True)
        error = fault
    result = CompanyResult(
        name,
        company_id=attempt.books.company_id if attempt.books else None,
        books=attempt.books,
        outcome=attempt.loader.outcome if attempt.loader else Outcome(),
        error=error,
        waits_for=waits_for,
        seconds=time.monotonic() - began,
        still_damaged_rows=attempt.still_damaged_rows,
    )
    return Loaded(result, None if error else attempt.loader)
