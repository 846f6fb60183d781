"""`accbooks emulate`: serve the emulator. No other module of pipelines imports it."""

from __future__ import annotations

import datetime as dt
import importlib.util
import logging
from dataclasses import dataclass, field
from typing import Any

from accbooks_warehouse.pipelines import interrupts
from accbooks_warehouse.sources.accbooks import ConfigurationError
from rich.console import Console


@dataclass(frozen=True)
class WebhookOptions:
    """Where to send events of edits, and the secret that signs them; None sends none."""

    url: str | None = None
    secret: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if (self.url is None) != (self.secret is None):
            raise ConfigurationError("Give both --webhook-url and --webhook-secret, or neither.")
        if self.url is not None and not self.url.startswith(("http://", "https://")):
            raise ConfigurationError(
                f"--webhook-url is '{self.url}'. Write an address like http://127.0.0.1:8787/webhooks."
            )


def serve(console: Console, webhook: WebhookOptions, *, today: dt.date | None, **options: Any) -> None:
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
            options["today"] = today
        settings = Settings(**options)
    except (ValueError, KeyError) as error:
        raise ConfigurationError(f"The emulator's options are not valid: {error}.") from error
    console.print(f"Generating {settings.size} books …", markup=False)

    def started(emulator: server.Emulator) -> None:
        if webhook.url is not None and webhook.secret is not None:
            for company in range(settings.companies):
                emulator.register(webhook.url, webhook.secret, company=company)
            console.print(f"Sending an event of every edit to {webhook.url}", markup=False)

    try:
        server.serve(settings, started)
        interrupts.clear()
    except KeyboardInterrupt:
        interrupts.clear()
        console.print("Stopped.")
    except OSError as error:
        raise ConfigurationError(
            f"Port {settings.port} cannot be used ({error.strerror}). Choose another one with --port."
        ) from error
