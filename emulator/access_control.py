"""Check every API request: the rate limit, the key, its permissions, and the armed faults."""

from collections.abc import Mapping
from dataclasses import dataclass

from accbooks_warehouse.emulator import rates
from accbooks_warehouse.emulator.answers import Answer, capture, deliver, error_answer
from accbooks_warehouse.emulator.books import Books
from accbooks_warehouse.emulator.clock import Clock
from accbooks_warehouse.emulator.faults import Exchange, Faults
from accbooks_warehouse.emulator.permissions import needed
from accbooks_warehouse.emulator.settings import Settings
from accbooks_warehouse.emulator.traffic import Traffic
from accbooks_warehouse.emulator.webhooks import Webhooks
from starlette.types import ASGIApp, Receive, Scope, Send

API = "/v1/"


@dataclass(frozen=True)
class Access:
    """A key's books and permissions."""

    books: Books
    permissions: frozenset[str]


@dataclass(frozen=True)
class EmulatorState:
    """Everything the parts of one running emulator share."""

    settings: Settings
    books: tuple[Books, ...]
    clock: Clock
    rates: rates.Rates
    faults: Faults
    traffic: Traffic
    webhooks: Webhooks

    def passes(self) -> dict[str, Access]:
        """Return the books and permissions of each key."""
        grants = self.settings.all_keys
        return {key: Access(self.books[grant.company], grant.permissions) for key, grant in grants.items()}


class AccessControl:
    """An ASGI application around the API; it checks requests under /v1/ and passes on all others."""

    def __init__(self, app: ASGIApp, emulator_state: EmulatorState) -> None:
        self._app = app
        self._office = emulator_state
        self._passes: Mapping[str, Access] = emulator_state.passes()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, always with rate and date headers."""
        if scope["type"] != "http" or not f"{scope['path']}/".startswith(API):
            await self._app(scope, receive, send)
            return
        emulator_state, key = self._office, bearer(scope)
        known = key if key in self._passes else ""  # all unknown keys share one budget
        allowance = emulator_state.rates.spend(known)
        emulator_state.traffic.arrived(scope["path"], known, allowance.reset, refused=allowance.refused)
        answer = await self._answer(scope, receive, known, allowance)
        now = emulator_state.clock.now()
        limits = rates.headers(allowance, emulator_state.settings.minute, now)
        present = {name for name, _ in answer.headers}
        answer.headers += [header for header in limits if header[0] not in present]
        answer.headers.append((b"date", emulator_state.clock.http_date().encode()))
        answer.delay += emulator_state.settings.latency
        if answer.held:
            await emulator_state.faults.release()
        try:
            await deliver(answer, scope, receive, send)
        finally:
            emulator_state.traffic.answered(answer.status)

    async def _answer(self, scope: Scope, receive: Receive, key: str, allowance: rates.Allowance) -> Answer:
        if allowance.refused:
            return error_answer(429, "the rate limit is spent; wait until X-RateLimit-Reset")
        found = self._passes.get(key)
        exchange = Exchange(scope["method"], scope["path"], found.books if found else None)
        replaced = self._office.faults.instead(exchange)
        if replaced is None:
            replaced = self._refusal(scope, found)
        if replaced is None and found is not None:
            scope["books"] = found.books
            replaced = await capture(self._app, scope, receive)
        return self._office.faults.after(exchange, replaced or error_answer(401, "no key"))

    def _refusal(self, scope: Scope, found: Access | None) -> Answer | None:
        if found is None:
            return error_answer(401, "the API key is missing or unknown")
        permission = needed(scope["method"], scope["path"].removeprefix(API).split("/")[0])
        if permission is not None and permission not in found.permissions:
            return error_answer(403, f"the API key lacks the permission {permission}")
        return None


def bearer(scope: Scope) -> str:
    """Return the key of the Authorization header, or an empty text."""
    for name, value in scope["headers"]:
        if name == b"authorization":
            scheme, _, key = value.decode("latin-1").partition(" ")
            return key.strip() if scheme.lower() == "bearer" else ""
    return ""
