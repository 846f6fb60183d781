"""Telling somebody how a run ended: a POST of JSON to an address of the user's."""

from __future__ import annotations

import socket
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import dlt
import pendulum
import requests
from accbooks_warehouse.pipelines.exit_status import ExitStatus
from accbooks_warehouse.pipelines.one_line import plain
from accbooks_warehouse.pipelines.output.run_record import RunRecord
from accbooks_warehouse.sources.accbooks import Bounds, ConfigurationError, Wire, WireError, is_loopback
from dlt.common.configuration.exceptions import ConfigValueCannotBeCoercedException

SECTION = "notify"
BOUNDS = Bounds(size=2**16, seconds=10.0, waits=(5.0, 10.0))
"""Of an answer, of which the status alone is read: a slow one must not hold up the end of a run."""
UNSAID = frozenset({"problems"})
"""What a notice leaves out of a company's record: sentences that may quote the books."""


@dataclass(frozen=True)
class Webhook:
    """Where notices go. The path of the address is as good as a password, so nothing ever shows it.

    Raises ConfigurationError for an address that would send it in the clear.
    """

    url: str = field(repr=False)
    always: bool = False

    def __post_init__(self) -> None:
        try:
            parts = urlsplit(self.url)
            host = parts.hostname or ""
        except ValueError:
            raise ConfigurationError(f"{SECTION}.webhook_url is no address.") from None
        if parts.scheme == "https" and host:
            return
        if parts.scheme == "http" and is_loopback(host):
            return
        raise ConfigurationError(
            f"{SECTION}.webhook_url has to begin with https:// (plain http is allowed to 127.0.0.1 and "
            "localhost)."
        )

    @property
    def place(self) -> str:
        """Return as much of the address as may be said."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.hostname}"

    def wants(self, record: RunRecord) -> bool:
        """Tell whether a run is worth a notice."""
        return self.always or record.status is not ExitStatus.DONE

    def send(self, record: RunRecord, began_at: pendulum.DateTime) -> str | None:
        """Send a notice; returns what went wrong with it, if anything did, and raises nothing."""
        body = notice(record, began_at, pendulum.now("UTC"))
        try:
            request = requests.Request("POST", self.url, json=body).prepare()
            status = Wire(self.url, bounds=BOUNDS).status(request)
        except (WireError, ConfigurationError) as error:
            return f"The notice could not be sent to {self.place} ({str(error).removesuffix('.')})."
        except (requests.exceptions.RequestException, ValueError) as error:
            return f"The notice could not be sent to {self.place} ({type(error).__name__})."
        if not requests.codes.ok <= status < requests.codes.multiple_choices:
            return f"The notice could not be sent to {self.place} (it answered {status})."
        return None


def configured_webhook() -> Webhook | None:
    """Return where the user wants notices sent, None if nowhere; raises ConfigurationError."""
    url = dlt.secrets.get(f"{SECTION}.webhook_url", str)
    if not url:
        return None
    try:
        always = dlt.config.get(f"{SECTION}.always", bool)
    except ConfigValueCannotBeCoercedException:
        raise ConfigurationError(f"{SECTION}.always has to be true or false.") from None
    return Webhook(url.strip(), always=bool(always))


def notice(record: RunRecord, began_at: pendulum.DateTime, ended_at: pendulum.DateTime) -> dict[str, Any]:
    """Return what a notice says. It holds names and counts, and no amount of the books.

    `text` is the sentence that chat services with incoming webhooks show.
    """
    host = socket.gethostname()
    said: dict[str, Any] = {
        "text": f"accbooks sync on {host} ended with {int(record.status)}: {record.message}",
        "status": int(record.status),
        "outcome": record.outcome,
        "message": record.message,
        "host": host,
        "began_at": began_at.to_iso8601_string(),
        "ended_at": ended_at.to_iso8601_string(),
        **record.totals,
        "companies": [
            {name: value for name, value in company.as_json().items() if name not in UNSAID}
            for company in record.companies
        ],
    }
    return plain(said)  # type: ignore[no-any-return]
