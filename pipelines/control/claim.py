"""A process's claim on companies: it holds leases, and keeps them while it says that it is alive.

A claim is renewed every RENEW_SECONDS and expires TERM_SECONDS after the last time, by the database's clock.
Whoever finds an expired claim ends it. It never comes back, even if its process was only paused. Before
the leases of a claim that expired are taken over, the warehouse is told to refuse its writes.
"""

from __future__ import annotations

import logging
import os
import platform
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from accbooks_warehouse.pipelines.control.errors import ClaimEndedError, ControlError
from accbooks_warehouse.pipelines.control.schema import SCHEMA

if TYPE_CHECKING:
    from accbooks_warehouse.pipelines.control.database import ControlDatabase

logger = logging.getLogger(__name__)

TERM_SECONDS = 60
RENEW_SECONDS = 10
LONGEST_GOODBYE_SECONDS = 5
KEPT_DAYS = 30

BEGIN = f"""
insert into {SCHEMA}.claims (worker, expires_at)
values (%s, clock_timestamp() + make_interval(secs => %s)) returning claim
"""
RENEW = f"""
update {SCHEMA}.claims set expires_at = clock_timestamp() + make_interval(secs => %s)
where claim = %s and ended_at is null returning claim
"""
EXPIRE = f"""
update {SCHEMA}.claims set ended_at = clock_timestamp(), has_expired = true
where ended_at is null and expires_at < clock_timestamp() and claim <> %s
"""
EXPIRED = f"""
select claim from {SCHEMA}.claims
where has_expired and ended_at > clock_timestamp() - interval '{KEPT_DAYS} days' order by claim
"""
END = f"""
with left_behind as (delete from {SCHEMA}.leases where claim = %s)
update {SCHEMA}.claims set ended_at = clock_timestamp() where claim = %s and ended_at is null
"""
FORGET_OLD = f"""
delete from {SCHEMA}.claims as old
where old.ended_at < clock_timestamp() - interval '{KEPT_DAYS} days'
    and not exists (select 1 from {SCHEMA}.leases where leases.claim = old.claim)
"""
TAKE = f"""
insert into {SCHEMA}.leases as lease (name, claim) values (%s, %s)
on conflict (name) do update set claim = excluded.claim, taken_at = clock_timestamp()
where lease.claim = excluded.claim or exists (
    select 1 from {SCHEMA}.claims as former where former.claim = lease.claim and former.ended_at is not null
)
returning claim
"""
GIVE_BACK = f"delete from {SCHEMA}.leases where name = %s and claim = %s"


_current: Claim | None = None


def current_claim() -> Claim | None:
    """Return the claim of this process, if it has one."""
    return _current


class Claim:
    """The claim of this process, from its beginning until `end`. A thread renews it, another ends others.

    A process has one claim at most. `fence` is called with the numbers of all claims that expired, before any
    of their leases is used.
    """

    def __init__(self, database: ControlDatabase, fence: Callable[[list[int]], None]) -> None:
        global _current  # noqa: PLW0603 - so a process has one at most, whichever thread asks
        self._database = database
        self._when_ended: list[Callable[[], None]] = []
        self.has_ended = False
        self._fence = fence
        self._fenced: set[int] = set()
        self._over = threading.Event()
        self._held: set[str] = set()
        self._holding = threading.Lock()
        ((self.number,),) = database.query(BEGIN, f"{platform.node()} {os.getpid()}", TERM_SECONDS)
        database.query(FORGET_OLD)
        self._end_others()
        self._threads = [
            threading.Thread(target=target, name="accbooks-claim", daemon=True)
            for target in (self._renew, self._look_for_others)
        ]
        for thread in self._threads:
            thread.start()
        _current = self

    def when_ended(self, call: Callable[[], None]) -> None:
        """Call this, in another thread, if others end the claim; at once if they have."""
        self._when_ended.append(call)
        if self.has_ended:
            call()

    @contextmanager
    def leased(self, name: str) -> Iterator[bool]:
        """Hold the lease of a name if nobody else has it; yields whether it does.

        Raises ClaimEndedError if this claim ended, ControlError if the database cannot be used.
        """
        self._check()
        with self._holding:
            is_free = name not in self._held
            self._held.add(name)
        if not is_free:
            yield False
            return
        try:
            self._end_others()
            is_held = bool(self._database.query(TAKE, name, self.number))
            try:
                if is_held:
                    self._fence_expired()  # a process that died may have ended a claim, and not done this
                yield is_held
            finally:
                if is_held:
                    with suppress(ControlError):  # it stays with this claim, which may take it again
                        self._database.query(GIVE_BACK, name, self.number)
        finally:
            with self._holding:
                self._held.discard(name)

    def was_ended(self) -> bool:
        """Tell whether another process ended the claim; False if the database cannot be asked."""
        try:
            return not self._database.query(RENEW, TERM_SECONDS, self.number)
        except ControlError:
            return False

    def end(self) -> None:
        """End the claim, and give its leases back."""
        global _current  # noqa: PLW0603 - as above
        _current = None
        self._over.set()
        for thread in self._threads:
            thread.join(LONGEST_GOODBYE_SECONDS)  # one may wait for a database that does not answer
        with suppress(ControlError):  # it expires by itself
            self._database.query(END, self.number, self.number)

    def _check(self) -> None:
        if not self._database.query(RENEW, TERM_SECONDS, self.number):
            raise ClaimEndedError

    def _renew(self) -> None:
        while not self._over.wait(RENEW_SECONDS):
            try:
                self._check()
            except ClaimEndedError:
                self.has_ended = True
                for call in self._when_ended:
                    call()
                return
            except Exception as error:  # noqa: BLE001 - a database that is away for a while; the next one tries again
                logger.info("The claim could not be renewed: %s", error)

    def _look_for_others(self) -> None:
        """End claims that expired now and then; in a thread of its own, because that may take a while."""
        while not self._over.wait(RENEW_SECONDS):
            try:
                self._end_others()
            except Exception as error:  # noqa: BLE001 - as above
                logger.info("Claims that expired could not be ended: %s", error)

    def _end_others(self) -> None:
        """End the claims of processes that did not renew them in time, and have their writes refused."""
        self._database.query(EXPIRE, self.number)
        self._fence_expired()

    def _fence_expired(self) -> None:
        expired = [claim for (claim,) in self._database.query(EXPIRED) if claim not in self._fenced]
        if expired:
            self._fence(expired)
            self._fenced.update(expired)
