"""`accbooks listen`: receive webhooks and keep the warehouse current within seconds."""

from __future__ import annotations

import datetime as dt
import importlib.util
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pendulum
from accbooks_warehouse.pipelines import interrupts
from accbooks_warehouse.pipelines.commands import opening
from accbooks_warehouse.pipelines.commands.sync import sync_companies
from accbooks_warehouse.pipelines.configuration import (
    Company,
    check_named_companies,
    check_named_secrets,
    companies,
    company_names,
    dbt_variables,
    prepare_dlt,
    webhook_secrets,
)
from accbooks_warehouse.pipelines.control import Claim, ClaimEndedError
from accbooks_warehouse.pipelines.destinations import Warehouse, open_warehouse
from accbooks_warehouse.pipelines.destinations.event_store import EventStore, StoreError
from accbooks_warehouse.pipelines.destinations.event_stores import open_store
from accbooks_warehouse.pipelines.errors import WarehouseError
from accbooks_warehouse.pipelines.exit_status import ExitStatus
from accbooks_warehouse.pipelines.output.notice import configured_webhook
from accbooks_warehouse.pipelines.output.run_record import run_record
from accbooks_warehouse.pipelines.queries.configured_companies import known_ids
from accbooks_warehouse.pipelines.queries.runs import BATCH
from accbooks_warehouse.pipelines.sync.publish import check_publishing, publish_copy
from accbooks_warehouse.pipelines.sync.result import SyncResult
from accbooks_warehouse.pipelines.sync.run_rows import record_failed_run, record_run
from accbooks_warehouse.pipelines.sync.scope import Scope
from accbooks_warehouse.pipelines.transform.models import Transforms
from accbooks_warehouse.sources.accbooks import ConfigurationError
from rich.console import Console

if TYPE_CHECKING:
    from accbooks_warehouse.pipelines.live.listener import ReceiverProcess
    from accbooks_warehouse.pipelines.live.run_report import RunReport
    from accbooks_warehouse.pipelines.live.worker import Worker
    from accbooks_warehouse.pipelines.output.live_log import ServiceLog
    from dbt.contracts.graph.manifest import Manifest

JOBS = 4
PATH = re.compile(r"/[\w.~/-]*", re.ASCII)
NEEDED = ("prometheus_client", "starlette", "uvicorn")


@dataclass(frozen=True)
class ListenOptions:
    """The options of the service; `sync_every` is in seconds, `metrics_port` None serves no metrics."""

    host: str
    port: int
    path: str
    sync_every: float
    metrics_port: int | None = None
    replay_since: dt.datetime | None = None
    publish: Path | None = None

    def __post_init__(self) -> None:
        if not PATH.fullmatch(self.path):
            raise ConfigurationError(
                f"--path is '{self.path}'. Write a path like /webhooks, of letters, digits and - _ . ~ /."
            )
        if self.path in {"/healthz", "/readyz"}:
            raise ConfigurationError(f"--path cannot be {self.path}, which tells how the service is.")


def run_listen(
    console: Console,
    company: str | None,
    destination: str,
    options: ListenOptions,
    *,
    in_json: bool = False,
    verbose: bool = False,
) -> ExitStatus:
    """Serve until a signal comes; returns DONE then. Ends the process if a batch does not finish in time."""
    _check_installed()
    prepare_dlt()
    log = _log(console, in_json=in_json, verbose=verbose)
    warehouse = open_warehouse(destination)
    if reason := warehouse.unlistenable():
        raise ConfigurationError(reason)
    if warehouse.notice:
        log.warning(warehouse.notice)
    configured = companies(company)
    check_named_companies(company_names())
    check_named_secrets(company_names())
    dbt_variables()  # for its errors: the first batch would meet them
    secrets = webhook_secrets([each.name for each in configured])
    _check_secrets(configured, secrets, log)
    if options.publish is not None:
        check_publishing(warehouse, options.publish)
    with opening.claimed(warehouse) as claim:
        return _Service(log, warehouse, configured, options).run(secrets, claim)


class _Service:
    """The parts of the service, and what they have to do with each other."""

    def __init__(
        self, log: ServiceLog, warehouse: Warehouse, configured: Sequence[Company], options: ListenOptions
    ) -> None:
        self._log = log
        self._warehouse = warehouse
        self._configured = configured
        self._options = options
        self._receiver: ReceiverProcess | None = None
        self._worker: Worker | None = None

    def run(self, secrets: Mapping[str, tuple[str, ...]], claim: Claim | None) -> ExitStatus:
        """Serve until a signal comes. Raises ClaimEndedError if others took over the companies meanwhile."""
        from accbooks_warehouse.pipelines.live.companies import LiveCompany  # noqa: PLC0415
        from accbooks_warehouse.pipelines.live.listener import Listener, receiving  # noqa: PLC0415 - an extra
        from accbooks_warehouse.pipelines.live.messages import ReceiverOptions  # noqa: PLC0415
        from accbooks_warehouse.pipelines.live.worker import Worker  # noqa: PLC0415

        options, store = self._options, self._opened_store()
        ids = self._known_ids()
        receiver_options = ReceiverOptions(
            options.host, options.port, options.path, options.metrics_port, self._warehouse.events, secrets
        )
        self._worker = worker = Worker(
            self._warehouse,
            store,
            [LiveCompany(each, ids.get(each.name)) for each in self._configured],
            self._transforms,
            self._sync,
            self,
            options.sync_every,
        )
        if options.replay_since is not None:
            worker.replayed()
        if claim is not None:
            claim.when_ended(worker.signals.stopped)
        with (
            interrupts.stopping(worker.signals.stopped),
            self._warehouse.open_while_idle(),
            receiving(receiver_options) as receiver,
        ):
            self._receiver = receiver
            port, metrics_port = receiver.listening.port, receiver.listening.metrics_port
            metrics = None if metrics_port is None else f"http://127.0.0.1:{metrics_port}/metrics"
            self._log.listening(f"http://{_in_url(options.host)}:{port}{options.path}", metrics)
            is_finished = Listener(receiver, worker, self).run()
        if claim is not None and claim.has_ended:
            raise ClaimEndedError
        self._log.stopped(is_finished=is_finished)
        if not is_finished:
            interrupts.leave(ExitStatus.DONE)
        return ExitStatus.DONE

    def ran(self, report: RunReport) -> None:
        """Report a batch or a sync, tell the receiver, and publish."""
        from accbooks_warehouse.pipelines.live.listener import figures_of  # noqa: PLC0415

        if self._receiver is not None and self._worker is not None:
            self.opened()
            self._receiver.send(figures_of(report, self._worker.companies))
        self._log.ran(report)
        if report.kind == "batch":
            self._record(report)
        publish, result = self._options.publish, report.result
        if publish is not None and result is not None:
            self._publish(publish, result)

    def _record(self, report: RunReport) -> None:
        """Write a batch into the table of runs; a sync has written itself."""
        began = pendulum.now("UTC").subtract(seconds=report.seconds)
        if report.result is not None:
            record_run(self._warehouse, BATCH, began, report.result, self._log.warning)
        elif isinstance(report.error, Exception):
            record_failed_run(self._warehouse, BATCH, began, report.error, [None])

    def opened(self) -> None:
        """Tell the receiver the companies' ids, as far as they are known."""
        from accbooks_warehouse.pipelines.live.listener import company_ids  # noqa: PLC0415

        if self._receiver is not None and self._worker is not None:
            self._receiver.send(company_ids(self._worker.companies))

    def announce(self, text: str) -> None:
        """Report a step."""
        self._log.announce(text)

    def warning(self, text: str) -> None:
        """Report a problem."""
        self._log.warning(text)

    def _publish(self, target: Path, result: SyncResult) -> None:
        if fault := publish_copy(self._warehouse, target, result.companies):
            self._log.warning(fault)

    def _sync(self) -> SyncResult:
        """Sync everything that is due, as `accbooks sync` does, and send a notice if one is due."""
        began_at = pendulum.now("UTC")
        configured = list(self._configured)
        result, records = sync_companies(self._log.runs, self._warehouse, configured, Scope(), jobs=JOBS)
        webhook, record = configured_webhook(), run_record(result, records)
        if webhook is not None and webhook.is_due(record) and (fault := webhook.send(record, began_at)):
            self._log.warning(fault)
        return result

    def _transforms(self, parsed: Manifest | None) -> Transforms:
        """Return the transforms of today."""
        return Transforms(self._warehouse, pendulum.today("UTC").date(), dbt_variables(), parsed)

    def _opened_store(self) -> EventStore:
        """Return the store of events, which can be written; makes events of the past pending if asked."""
        store = open_store(self._warehouse.events)
        try:
            store.probe()
            if self._options.replay_since is not None:
                count = store.replay(self._options.replay_since)
                self._log.announce(f"Reading {count:,} events again.")
        except StoreError as error:
            raise WarehouseError(str(error)) from error
        return store

    def _known_ids(self) -> Mapping[str, str]:
        """Return the ids that earlier syncs learned, if the warehouse can be read now."""
        try:
            return known_ids(self._warehouse) if self._warehouse.exists() else {}
        except WarehouseError as error:
            self._log.warning(str(error))
            return {}


def _log(console: Console, *, in_json: bool, verbose: bool) -> ServiceLog:
    from accbooks_warehouse.pipelines.output.live_log import JsonServiceLog, TextServiceLog  # noqa: PLC0415

    return JsonServiceLog(verbose=verbose) if in_json else TextServiceLog(console, verbose=verbose)


def _check_installed() -> None:
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise ConfigurationError(
            f"{', '.join(missing)} is not installed. Run: pip install 'accbooks-warehouse[live]'"
        )


def _check_secrets(
    configured: Sequence[Company], secrets: Mapping[str, tuple[str, ...]], service_log: ServiceLog
) -> None:
    """Raise ConfigurationError if no company has a webhook secret; name those without one."""
    if not secrets:
        raise ConfigurationError(
            "There is no webhook secret. Create a webhook in AccBooks (Settings → Integrations → API → "
            "Webhooks), then set sources.accbooks.webhook_secret in .dlt/secrets.toml or "
            "SOURCES__ACCBOOKS__WEBHOOK_SECRET. Several companies need one each, under "
            "[sources.accbooks.webhook_secrets]."
        )
    without = [each.name for each in configured if each.name not in secrets]
    if without:
        service_log.warning(
            f"{', '.join(without)}: no webhook secret is set, so only the scheduled sync reads these books."
        )


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host
