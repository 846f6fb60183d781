"""Receive webhooks: check who signed them, store them, and answer within milliseconds."""

from __future__ import annotations

import asyncio
import datetime as dt
import math
import threading
import time
from collections.abc import Callable, Mapping

from accbooks_warehouse.pipelines.destinations.event_store import (
    PENDING,
    UNKNOWN,
    EventStore,
    StoredEvent,
    StoreError,
    Waiting,
)
from accbooks_warehouse.pipelines.live.messages import CompanyIds, WorkerFigures
from accbooks_warehouse.pipelines.live.metrics import Metrics, backlog_age
from accbooks_warehouse.pipelines.live.writer import StoreWriter
from accbooks_warehouse.sources.accbooks import (
    SIGNATURE_HEADER,
    MalformedEventError,
    WebhookEvent,
    parse_event,
    signers,
)
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

MOST_BYTES = 256 * 1024
BODY_SECONDS = 10.0
"""How long a body may take: AccBooks itself gives up after as long."""
LATE_SECONDS = 600.0
"""The age of the backlog from which on the service is not ready."""
PROBE_SECONDS = 1.0
"""How often the store is probed at most: whoever reaches the port may ask."""
NO_TYPE = "none"


class Receiver:
    """The webhook's path: what it answers, and what it stores.

    An answer says nothing of what was wrong with a signature, a time or a company.
    """

    def __init__(
        self,
        secrets: Mapping[str, tuple[str, ...]],
        writer: StoreWriter,
        metrics: Metrics,
        warn: Callable[[str], None],
    ) -> None:
        self._warn = warn
        self._secrets = secrets
        self._writer = writer
        self._metrics = metrics
        self.companies = CompanyIds(dict.fromkeys(secrets))

    async def receive(self, request: Request) -> Response:
        """Answer a POST: 200 once the event is stored."""
        try:
            body = await _body(request)
            event, company_id = self._checked(request, body)
            type_ = event.type if event.is_known else "unknown"
            outcome = await self._store(event, company_id, body)
        except _RefusedError as refused:
            self._metrics.count(NO_TYPE, refused.outcome)
            return Response(status_code=refused.status)
        except StoreError as error:
            self._warn(f"Events were not stored. {error}")
            self._metrics.count(type_, "not_stored")
            return Response(status_code=503)
        self._metrics.count(type_, outcome)
        return Response(status_code=200)

    def _checked(self, request: Request, body: bytes) -> tuple[WebhookEvent, str]:
        """Return the event in a body, and the id of its company; raises _RefusedError."""
        signed_by = signers(body, request.headers.get(SIGNATURE_HEADER), self._secrets, time.time())
        if not signed_by:
            raise _RefusedError(401, "refused")
        try:
            event = parse_event(body)
        except MalformedEventError:
            raise _RefusedError(400, "malformed") from None
        return event, self._company_of(event, signed_by)

    def _company_of(self, event: WebhookEvent, signed_by: frozenset[str]) -> str:
        """Return the company whose secret signed an event, which must name that company."""
        ids = {self.companies.ids.get(name) for name in signed_by}
        if event.company_id in ids:
            return event.company_id
        if None in ids:
            raise _RefusedError(503, "company_not_known_yet")
        for name in signed_by & self.companies.any_id:
            return self.companies.ids[name] or name
        raise _RefusedError(401, "refused")

    async def _store(self, event: WebhookEvent, company_id: str, body: bytes) -> str:
        """Store an event; returns what became of it."""
        state = PENDING if event.is_known else UNKNOWN
        stored = StoredEvent(company_id, event.id, event.type, body, dt.datetime.now(dt.UTC), state)
        is_new = await self._writer.write(stored)
        if is_new and not event.is_known:
            self._warn(f"An event of the unknown type {event.type[:80]!r} is stored and not acted on.")
        return "stored" if is_new else "repeated"


class _RefusedError(Exception):
    """A request is refused with a status; `outcome` is the word for the metrics."""

    def __init__(self, status: int, outcome: str) -> None:
        super().__init__(outcome)
        self.status = status
        self.outcome = outcome


class Health:
    """Health, readiness and metrics; of the backlog, that of the `companies` that are served."""

    def __init__(
        self, open_store: Callable[[], EventStore], metrics: Metrics, companies: Callable[[], CompanyIds]
    ) -> None:
        self._open_store = open_store
        self._metrics = metrics
        self._companies = companies
        self._probing = threading.Lock()
        self._probed: tuple[float, str | None] = (-math.inf, None)
        self.figures: WorkerFigures | None = None
        self.is_stopping = False

    async def healthz(self, _: Request) -> Response:
        """Answer 200 while events can be received and stored."""
        fault = await run_in_threadpool(self._fault)
        if self.is_stopping:
            fault = "The service is stopping."
        if fault is not None:
            return _status(503, "unavailable", fault)
        return _status(200, "ok", self._trouble)

    async def readyz(self, _: Request) -> Response:
        """Answer 200 while events can be stored and none waits for long."""
        fault = await run_in_threadpool(self._fault)
        if fault is None:
            try:
                age = backlog_age(await run_in_threadpool(self._waiting))
            except StoreError as error:
                fault = str(error)
            else:
                if age > LATE_SECONDS:
                    fault = f"The oldest event has waited for {age / 60:.0f} minutes."
                    fault = f"{fault} {self._trouble}" if self._trouble else fault
        if fault is not None:
            return _status(503, "unavailable", fault)
        return _status(200, "ready", self._trouble)

    async def metrics(self, _: Request) -> Response:
        """Answer with all metrics; those of the backlog are no numbers while the store cannot be read."""
        try:
            waiting = await run_in_threadpool(self._waiting)
        except StoreError:
            waiting = None
        return Response(self._metrics.text(waiting), media_type="text/plain; version=0.0.4; charset=utf-8")

    @property
    def _trouble(self) -> str | None:
        return None if self.figures is None else self.figures.trouble

    def _fault(self) -> str | None:
        """Return why events cannot be stored; None if they can. Asks the store once a second at most."""
        with self._probing:
            at, fault = self._probed
            if time.monotonic() - at > PROBE_SECONDS:
                fault = self._probe()
                self._probed = time.monotonic(), fault
            return fault

    def _probe(self) -> str | None:
        store = self._open_store()
        try:
            store.probe()
        except StoreError as error:
            return str(error)
        finally:
            store.close()
        return None

    def _waiting(self) -> list[Waiting]:
        """Return what waits of the companies that are served; of all while the id of one is not known."""
        served = set(self._companies().ids.values())
        store = self._open_store()
        try:
            return [each for each in store.waiting() if each.company_id in served or None in served]
        finally:
            store.close()


def public_app(path: str, receiver: Receiver, health: Health) -> Starlette:
    """Return what is served where AccBooks reaches it: the webhook's path and health, nothing else."""
    return _app(
        Route(path, receiver.receive, methods=["POST"]),
        Route("/healthz", health.healthz, methods=["GET"]),
        Route("/readyz", health.readyz, methods=["GET"]),
    )


def metrics_app(health: Health) -> Starlette:
    """Return what is served on the port for metrics."""
    return _app(
        Route("/healthz", health.healthz, methods=["GET"]),
        Route("/readyz", health.readyz, methods=["GET"]),
        Route("/metrics", health.metrics, methods=["GET"]),
    )


def _app(*routes: Route) -> Starlette:
    app = Starlette(routes=routes)
    app.router.redirect_slashes = False  # a path is right or unknown
    return app


async def _body(request: Request) -> bytes:
    """Return the body, of which no more than the limit is read; raises _RefusedError."""
    length = request.headers.get("content-length", "0")
    if not length.isascii() or not length.isdigit() or float(length) > MOST_BYTES:
        raise _RefusedError(413, "too_large")
    parts, size = [], 0
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for part in request.stream():
                size += len(part)
                if size > MOST_BYTES:
                    raise _RefusedError(413, "too_large")
                parts.append(part)
    except (TimeoutError, ClientDisconnect):
        raise _RefusedError(408, "incomplete") from None
    return b"".join(parts)


def _status(code: int, status: str, reason: str | None) -> Response:
    content = {"status": status} | ({} if reason is None else {"reason": reason})
    return JSONResponse(content, status_code=code)
