"""Notify a webhook how a run ended: a POST of JSON to the configured address."""

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
from accbooks_warehouse.pipelines.queries.findings import PRIOR_PERIOD_CHANGE, changed_after_closing
from accbooks_warehouse.sources.accbooks import Bounds, ConfigurationError, Wire, WireError, is_loopback
from dlt.common.configuration.exceptions import ConfigValueCannotBeCoercedException

SECTION = "notify"
BOUNDS = Bounds(size=2**16, seconds=10.0, waits=(5.0, 10.0))
"""Limits of size and time for the webhook's response: a slow webhook must not delay the end of a run."""
UNSAID = frozenset({"problems"})
"""Fields of a company's record that a notice leaves out: their sentences may quote the books."""


@dataclass(frozen=True)
class Webhook:
    """The webhook that gets notices. The path of its URL is a secret and is never printed.

    Raises ConfigurationError for a URL without encryption, except to this machine.
    """

    url: str = field(repr=False)
    always: bool = False

    def __post_init__(self) -> None:
        try:
            parts = urlsplit(self.url)
            host = parts.hostname or ""
        except ValueError:
            raise ConfigurationError(f"{SECTION}.webhook_url is not a valid URL.") from None
        if parts.scheme == "https" and host:
            return
        if parts.scheme == "http" and is_loopback(host):
            return
        raise ConfigurationError(
            f"{SECTION}.webhook_url must begin with https://. Plain http is allowed only to 127.0.0.1 and "
            "localhost."
        )

    @property
    def place(self) -> str:
        """Return the part of the URL that may be printed: scheme and host."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.hostname}"

    def is_due(self, record: RunRecord) -> bool:
        """Tell whether to send a notice about a run: always, or only if it did not end with 0."""
        return self.always or record.status is not ExitStatus.DONE

    def send(self, record: RunRecord, began_at: pendulum.DateTime) -> str | None:
        """Send a notice; returns what went wrong, None if nothing did. Does not raise."""
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
    """Return the configured webhook, None if there is none; raises ConfigurationError."""
    url = dlt.secrets.get(f"{SECTION}.webhook_url", str)
    if not url:
        return None
    try:
        always = dlt.config.get(f"{SECTION}.always", bool)
    except ConfigValueCannotBeCoercedException:
        raise ConfigurationError(f"{SECTION}.always must be true or false.") from None
    return Webhook(url.strip(), always=bool(always))


def notice(record: RunRecord, began_at: pendulum.DateTime, ended_at: pendulum.DateTime) -> dict[str, Any]:
    """Return the JSON of a notice: names and counts, but no amounts.

    Chat services with incoming webhooks show `text`. It begins with how many documents changed in closed
    periods, if any did.
    """
    host = socket.gethostname()
    changed = sum(company.checks.get(PRIOR_PERIOD_CHANGE, 0) for company in record.companies)
    first = f"{changed_after_closing(changed)}. " if changed else ""
    content: dict[str, Any] = {
        "text": f"{first}accbooks sync on {host} ended with {int(record.status)}: {record.message}",
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
    return plain(content)  # type: ignore[no-any-return]
