"""The settings of an emulator: companies, plan, limits and faults."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Literal, Self, get_args

from accbooks_warehouse.emulator.permissions import READ_WRITE

DEFAULT_KEY = "demo-key"
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})

SizeName = Literal["empty", "tiny", "small", "medium", "large"]
PlanName = Literal["starter", "pro", "enterprise"]
ListOrder = Literal["date", "id", "reverse", "shuffled"]


@dataclass(frozen=True)
class Plan:
    """Requests per minute and per day; None is no daily limit."""

    per_minute: int
    per_day: int | None


# Starter and Pro are documented by AccBooks; Enterprise is "custom", these figures are ours.
PLANS: dict[PlanName, Plan] = {
    "starter": Plan(60, 10_000),
    "pro": Plan(300, 100_000),
    "enterprise": Plan(3_000, None),
}


@dataclass(frozen=True)
class Grant:
    """The company (counted from 0) a key opens, and the permissions it has there."""

    company: int = 0
    permissions: frozenset[str] = READ_WRITE


@dataclass(frozen=True)
class Fault:
    """A fault in the next `count` matching requests, after `after` that succeed.

    `kind` is a row of the table in emulator.faults; `path` is the prefix of matching paths; `chance` is the
    probability for each request. The other fields depend on the kind, as listed in that table.
    """

    kind: str
    count: int = 1
    after: int = 0
    path: str = "/v1/"
    chance: float = 1.0
    status: int = 500
    retry_after: int | None = None
    seconds: float = 0.0
    requests: int = 0
    day: bool = False
    inside: bool = True
    edit: Literal["insert", "delete"] = "delete"
    key: str = DEFAULT_KEY


def today_utc() -> date:
    """Return the current date in UTC."""
    return datetime.now(tz=UTC).date()


@dataclass(frozen=True)
class Settings:
    """The settings of an emulator.

    `minute` is the length in seconds of the per-minute window, `latency` the seconds added to each response.
    `minute_limit` and `daily_limit` override the plan's. Company number i (from 0) has the key `key_of(i)`
    with every permission, ends its financial year on `year_ends[i % len(year_ends)]` and keeps its books in
    `base_currencies[i % len(base_currencies)]`; `keys` adds others. `sizes` are those of
    the first companies.
    Port 0 lets the system choose. `empty_total_pages` is what an empty list reports.
    """

    seed: int = 1
    size: SizeName = "small"
    sizes: tuple[SizeName, ...] = ()
    today: date = field(default_factory=today_utc)
    companies: int = 1
    year_ends: tuple[str, ...] = ("03-31", "02-28", "02-29", "04-05", "06-30", "12-31")
    base_currencies: tuple[str, ...] = ("GBP",)
    plan: PlanName = "pro"
    minute_limit: int | None = None
    daily_limit: int | None = None
    minute: float = 60.0
    latency: float = 0.0
    keys: Mapping[str, Grant] = field(default_factory=dict)
    order: ListOrder = "date"
    empty_total_pages: Literal[0, 1] = 1
    show_zero_accounts: bool = False
    faults: tuple[Fault, ...] = ()
    host: str = "127.0.0.1"
    port: int = 0

    def __post_init__(self) -> None:
        if self.host not in LOOPBACK:
            raise ValueError(f"the emulator serves loopback addresses only, not {self.host}")
        if self.minute <= 0:
            raise ValueError("a rate window has to last some time")
        sizes = [("size", each, SizeName) for each in (self.size, *self.sizes)]
        for name, value, known in (*sizes, ("plan", self.plan, PlanName)):
            if value not in get_args(known):
                raise ValueError(f"{name} is one of {', '.join(get_args(known))}, not {value}")

    def of(self, company: int) -> Self:
        """Return the settings with the size of one company's books."""
        return replace(self, size=self.sizes[company]) if company < len(self.sizes) else self

    @property
    def limits(self) -> Plan:
        """The plan's limits with the overrides."""
        plan = PLANS[self.plan]
        return Plan(
            self.minute_limit if self.minute_limit is not None else plan.per_minute,
            self.daily_limit if self.daily_limit is not None else plan.per_day,
        )

    @property
    def all_keys(self) -> dict[str, Grant]:
        """All valid keys: one per company, and those in `keys`."""
        return {key_of(company): Grant(company) for company in range(self.companies)} | dict(self.keys)


def key_of(company: int) -> str:
    """Return the read-write key of a company: demo-key, demo-key-2, demo-key-3 and so on."""
    return DEFAULT_KEY if company == 0 else f"{DEFAULT_KEY}-{company + 1}"
