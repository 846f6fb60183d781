"""`accbooks emulate`: serve the emulator. No other module of pipelines imports it."""

from __future__ import annotations

import datetime as dt
import importlib.util
import logging
from typing import Any

from accbooks_warehouse.pipelines import interrupts
from accbooks_warehouse.sources.accbooks import ConfigurationError
from rich.console import Console


def serve(console: Console, *, today: str | None, **options: Any) -> None:
    """Print the address and keys, then serve until interrupted."""
    if importlib.util.find_spec("uvicorn") is None or importlib.util.find_spec("fastapi") is None:
        raise ConfigurationError(
            "The emulator is not installed. Run: pip install 'accbooks-warehouse[emulator]'"
        )
    from accbooks_warehouse.emulator import server  # noqa: PLC0415 - an optional dependency
    from accbooks_warehouse.emulator.settings import Settings  # noqa: PLC0415

    logging.getLogger("accbooks_warehouse.emulator").setLevel(logging.INFO)
    try:
        if today:
            options["today"] = dt.date.fromisoformat(today)
        settings = Settings(**options)
    except (ValueError, KeyError) as error:
        raise ConfigurationError(f"The emulator's options are not valid: {error}.") from error
    console.print(f"Generating {settings.size} books …", markup=False)
    try:
        server.serve(settings)
        interrupts.clear()
    except KeyboardInterrupt:
        interrupts.clear()
        console.print("Stopped.")
    except OSError as error:
        raise ConfigurationError(
            f"Port {settings.port} cannot be used ({error.strerror}). Choose another one with --port."
        ) from error
