"""Ask once for a group of companies what would otherwise be asked for each of them.

A query takes a few milliseconds however few rows it finds, and a sync asks some hundred of each company. So a
question is written for several companies, and whoever works on a group of them asks it with the first.
"""

from __future__ import annotations

import logging
import threading
from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from accbooks_warehouse.pipelines import interrupts

logger = logging.getLogger(__name__)

Answer = TypeVar("Answer")
Row = tuple[Any, ...]

MEMBERS = "$members"
"""Stands in SQL for the companies, or names, that a question is asked of."""


class Together:
    """What each thread asks of its group; outside of a group every question is asked anew."""

    def __init__(self) -> None:
        self._of_thread = threading.local()

    @contextmanager
    def asking(self, members: Collection[str]) -> Iterator[None]:
        """Ask of all these members at once until the block ends, and keep the answers until then."""
        before = self._group
        self._of_thread.group = _Group(members)
        try:
            yield
        finally:
            self._of_thread.group = before

    def members_with(self, member: str) -> Sequence[str]:
        """Return the group that a member is in, or else the member alone."""
        group = self._group
        return group.members if group is not None and member in group.members else [member]

    def once(self, question: Hashable, ask: Callable[[], Answer]) -> Answer:
        """Return the answer of the group's first call of a question."""
        group = self._group
        if group is None:
            return ask()
        if question not in group.answers:
            group.answers[question] = ask()
        answer: Answer = group.answers[question]
        return answer

    def of(
        self,
        question: Hashable,
        member: str,
        ask: Callable[[Sequence[str]], Mapping[str, list[Any]]],
    ) -> list[Any]:
        """Return what `ask` finds of a member; it is asked of the whole group, and gives lists by member."""
        members = self.members_with(member)
        if len(members) == 1:
            return ask(members).get(member, [])
        try:
            return self.once(question, lambda: ask(members)).get(member, [])
        except Exception:
            interrupts.check()
            logger.info("A question of %d companies failed; it is asked of one", len(members), exc_info=True)
            return ask([member]).get(member, [])

    @property
    def _group(self) -> _Group | None:
        return getattr(self._of_thread, "group", None)


class _Group:
    def __init__(self, members: Collection[str]) -> None:
        self.members = list(dict.fromkeys(members))
        self.answers: dict[Hashable, Any] = {}


def sql_of(sql: str, members: Sequence[str], parameters: Sequence[Any]) -> tuple[str, list[Any]]:
    """Return SQL with a list of placeholders for each MEMBERS, and the parameters in their order."""
    parts = sql.split(MEMBERS)
    left = list(parameters)
    ordered: list[Any] = []
    for part in parts[:-1]:
        own = part.count("%s")
        ordered += [*left[:own], *members]
        left = left[own:]
    return ", ".join(["%s"] * len(members)).join(parts), [*ordered, *left]


def by_member(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """Return rows, without their first column, by what is in it."""
    found: defaultdict[str, list[Row]] = defaultdict(list)
    for member, *values in rows:
        found[member].append(tuple(values))
    return dict(found)
