"""The settings of VAT: since when a company is on which scheme, and what its periods are.

HMRC's rules: VAT Notices 700 (standard accounting), 731 (cash accounting), 732 (annual accounting) and 733
(flat rate).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from typing import Any

from accbooks_warehouse.sources.accbooks import ConfigurationError

SECTION = "sources.accbooks.vat"
SCHEMES = ("standard", "cash", "flat_rate")
MONTHLY, QUARTERLY, ANNUAL = PERIODS = ("monthly", "quarterly", "annual")
STAGGER_GROUPS = (1, 2, 3)
KEYS = ("from", "scheme", "periods", "stagger", "flat_rate_percent", "limited_cost", "registered_from")
OF_FLAT_RATE = ("flat_rate_percent", "limited_cost", "registered_from")


@dataclass(frozen=True)
class VatSetting:
    """What is so from a day until the next setting's.

    `stagger` is HMRC's stagger group of quarters: 1 ends in March, 2 in April, 3 in May. Of the flat rate
    scheme: the percentage of the business, whether it is a limited cost business, and the first day of its
    registration, where that gives it the discount of the first year.
    """

    valid_from: dt.date
    scheme: str
    periods: str = QUARTERLY
    stagger: int | None = None
    flat_rate_percent: Decimal | None = None
    is_limited_cost: bool | None = None
    registered_from: dt.date | None = None


def read_vat_settings(name: str, value: Any) -> tuple[VatSetting, ...]:
    """Return a company's settings of VAT in the order of their dates.

    `value` is what the configuration has: a list of tables. Raises ConfigurationError, which says what to
    write, for anything else.
    """
    if not isinstance(value, list) or not all(isinstance(each, Mapping) for each in value):
        raise ConfigurationError(
            f"{SECTION}.{name} is not a list of tables. Write [[{SECTION}.{name}]] above each, with from and "
            f'scheme; as JSON, {{"{name}": [{{"from": "2024-04-01", "scheme": "standard", "stagger": 1}}]}}.'
        )
    settings = sorted((_setting(name, each) for each in value), key=lambda each: each.valid_from)
    for one, other in pairwise(settings):
        if one.valid_from == other.valid_from:
            raise ConfigurationError(
                f"{SECTION}.{name} has two settings from {one.valid_from}. Keep one: each is valid until the "
                "next one's day."
            )
    return tuple(settings)


def _setting(name: str, table: Mapping[str, Any]) -> VatSetting:
    place = f"{SECTION}.{name}"
    unknown = sorted(str(key) for key in table if key not in KEYS)
    if unknown:
        raise ConfigurationError(f"{place} has no setting '{unknown[0]}'. Choose from {', '.join(KEYS)}.")
    valid_from = _day(place, table, "from")
    if valid_from is None:
        raise ConfigurationError(f'A setting in {place} has no date. Add from = "2024-04-01", its first day.')
    scheme = _choice(place, valid_from, table, "scheme", SCHEMES)
    is_flat_rate = scheme == "flat_rate"
    strangers = [key for key in OF_FLAT_RATE if key in table and not is_flat_rate]
    if strangers:
        raise ConfigurationError(
            f"The setting in {place} from {valid_from} has {strangers[0]}, but the scheme {scheme}. Remove "
            'it, or write scheme = "flat_rate".'
        )
    periods = _choice(place, valid_from, {"periods": QUARTERLY, **table}, "periods", PERIODS)
    is_limited_cost = _truth(place, table, "limited_cost")
    return VatSetting(
        valid_from,
        scheme,
        periods,
        _stagger(place, valid_from, table, periods),
        _percent(place, valid_from, table, is_needed=is_flat_rate and not is_limited_cost),
        is_limited_cost,
        _day(place, table, "registered_from"),
    )


def _choice(place: str, day: dt.date, table: Mapping[str, Any], key: str, known: tuple[str, ...]) -> str:
    value = table.get(key)
    if value not in known:
        problem = f"{key} '{value}', which is not supported" if key in table else f"no {key}"
        raise ConfigurationError(
            f"The setting in {place} from {day} has {problem}. Write one of {', '.join(known)}."
        )
    return str(value)


def _stagger(place: str, day: dt.date, table: Mapping[str, Any], periods: str) -> int | None:
    value = table.get("stagger")
    if periods != QUARTERLY:
        if value is not None:
            raise ConfigurationError(
                f"The setting in {place} from {day} has a stagger, but {periods} periods. Remove it, or "
                f'write periods = "{QUARTERLY}".'
            )
        return None
    if isinstance(value, bool) or value not in STAGGER_GROUPS:
        problem = "no stagger" if value is None else f"stagger {value!r}"
        raise ConfigurationError(
            f"The setting in {place} from {day} has {problem}. Write 1 if quarters end in March, June, "
            "September and December, 2 if they end a month later, 3 if two months later."
        )
    return int(value)


def _percent(place: str, day: dt.date, table: Mapping[str, Any], *, is_needed: bool) -> Decimal | None:
    value = table.get("flat_rate_percent")
    if value is None and not is_needed:
        return None
    with_percent = None if value is None or isinstance(value, bool) else _decimal(str(value))
    if with_percent is None or not 1 < with_percent < 100 or with_percent != round(with_percent, 2):  # noqa: PLR2004
        problem = "no flat_rate_percent" if value is None else f"flat_rate_percent {value}"
        raise ConfigurationError(
            f"The setting in {place} from {day} has {problem}. Write the percentage of your kind of "
            "business, without the discount of the first year, like 12.5."
        )
    return with_percent


def _decimal(text: str) -> Decimal | None:
    try:
        found = Decimal(text)
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def _truth(place: str, table: Mapping[str, Any], key: str) -> bool | None:
    value = table.get(key)
    if value is not None and not isinstance(value, bool):
        raise ConfigurationError(f"{key} in {place} is '{value}'. Write true or false.")
    return value


def _day(place: str, table: Mapping[str, Any], key: str) -> dt.date | None:
    value = table.get(key)
    if value is None:
        return None
    try:
        return dt.date.fromisoformat(str(value))
    except ValueError:
        raise ConfigurationError(
            f"{key} in {place} is '{value}'. Write it as YYYY-MM-DD, for example 2024-04-01."
        ) from None
