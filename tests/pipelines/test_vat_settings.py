"""Settings of VAT: what is read from the configuration, and what is said of one that cannot be right."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from accbooks_warehouse.pipelines.configuration import check_named_companies, vat_settings
from accbooks_warehouse.pipelines.vat_settings import VatSetting, read_vat_settings
from accbooks_warehouse.sources.accbooks import ConfigurationError
from dlt.common.configuration.container import Container
from dlt.common.configuration.specs.pluggable_run_context import PluggableRunContext

APRIL = {"from": "2024-04-01"}
IN_TOML = """
[[sources.accbooks.vat.north]]
from = 2024-04-01
scheme = "flat_rate"
stagger = 2
flat_rate_percent = 12.5
registered_from = 2024-04-01
limited_cost = false

[[sources.accbooks.vat.north]]
from = "2022-01-17"
scheme = "standard"
periods = "monthly"
"""
NORTH = (
    VatSetting(dt.date(2022, 1, 17), "standard", "monthly"),
    VatSetting(
        dt.date(2024, 4, 1),
        "flat_rate",
        "quarterly",
        2,
        Decimal("12.5"),
        is_limited_cost=False,
        registered_from=dt.date(2024, 4, 1),
    ),
)


def test_settings_are_a_list_of_tables_and_come_in_the_order_of_their_dates(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".dlt").mkdir()
    (tmp_path / ".dlt" / "config.toml").write_text(IN_TOML)
    before = Path.cwd()
    monkeypatch.chdir(tmp_path)
    Container()[PluggableRunContext].reload(str(tmp_path))
    found = [vat_settings(name) for name in ("north", "south")]
    Container()[PluggableRunContext].reload(str(before))
    assert found == [NORTH, ()]


def test_settings_are_json_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    of_north = [
        APRIL
        | {"scheme": "flat_rate", "stagger": 2, "flat_rate_percent": 12.5}
        | {"registered_from": "2024-04-01", "limited_cost": False},
        {"from": "2022-01-17", "scheme": "standard", "periods": "monthly"},
    ]
    monkeypatch.setenv("SOURCES__ACCBOOKS__VAT", json.dumps({"north": of_north}))
    assert vat_settings("north") == NORTH


def test_settings_of_a_company_that_is_not_configured_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCES__ACCBOOKS__VAT", '{"nroth": []}')
    check_named_companies(["nroth"])
    with pytest.raises(ConfigurationError) as caught:
        check_named_companies(["south", "north"])
    assert str(caught.value) == (
        "sources.accbooks.vat has settings for 'nroth', which is no company in the configuration (it has"
        " north, south). Correct the name; that of a single key is 'default'."
    )


def test_what_is_no_table_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCES__ACCBOOKS__VAT", "cash")
    with pytest.raises(
        ConfigurationError, match=r"^sources.accbooks.vat is not a table of companies\. Write "
    ):
        vat_settings("north")


def test_a_limited_cost_business_needs_no_percentage() -> None:
    (setting,) = read_vat_settings(
        "north", [APRIL | {"scheme": "flat_rate", "stagger": 1, "limited_cost": True}]
    )
    assert (setting.flat_rate_percent, setting.is_limited_cost) == (None, True)


HERE = "sources.accbooks.vat.north"
BAD: list[tuple[Any, str]] = [
    ("cash", f"{HERE} is not a list of tables. Write [[{HERE}]] above each, with from and scheme; as JSON, "),
    ([{"scheme": "cash"}], f'A setting in {HERE} has no date. Add from = "2024-04-01", its first day.'),
    (
        [{"from": "1 April", "scheme": "cash"}],
        f"from in {HERE} is '1 April'. Write it as YYYY-MM-DD, for example 2024-04-01.",
    ),
    (
        [APRIL],
        f"The setting in {HERE} from 2024-04-01 has no scheme. Write one of standard, cash, flat_rate.",
    ),
    (
        [APRIL | {"scheme": "retail"}],
        (
            f"The setting in {HERE} from 2024-04-01 has scheme 'retail', which is not supported. Write one "
            "of standard, cash, flat_rate."
        ),
    ),
    (
        [APRIL | {"scheme": "cash", "periods": "weekly"}],
        (
            f"The setting in {HERE} from 2024-04-01 has periods 'weekly', which is not supported. Write one "
            "of monthly, quarterly, annual."
        ),
    ),
    ([APRIL | {"scheme": "cash"}], f"The setting in {HERE} from 2024-04-01 has no stagger. Write 1 if "),
    (
        [APRIL | {"scheme": "cash", "stagger": 4}],
        (
            f"The setting in {HERE} from 2024-04-01 has stagger 4. Write 1 if quarters end in March, June, "
            "September and December, 2 if they end a month later, 3 if two months later."
        ),
    ),
    (
        [APRIL | {"scheme": "cash", "periods": "annual", "stagger": 1}],
        f"The setting in {HERE} from 2024-04-01 has a stagger, but annual periods. Remove it, or write ",
    ),
    (
        [APRIL | {"scheme": "flat_rate", "stagger": 1}],
        (
            f"The setting in {HERE} from 2024-04-01 has no flat_rate_percent. Write the percentage of your "
            "kind of business, without the discount of the first year, like 12.5."
        ),
    ),
    (
        [APRIL | {"scheme": "flat_rate", "stagger": 1, "flat_rate_percent": "a lot"}],
        f"The setting in {HERE} from 2024-04-01 has flat_rate_percent a lot. Write the percentage ",
    ),
    (
        [APRIL | {"scheme": "cash", "stagger": 1, "flat_rate_percent": 12.5}],
        f"The setting in {HERE} from 2024-04-01 has flat_rate_percent, but the scheme cash. Remove it, or ",
    ),
    (
        [APRIL | {"scheme": "flat_rate", "stagger": 1, "limited_cost": "yes"}],
        f"limited_cost in {HERE} is 'yes'. Write true or false.",
    ),
    (
        [APRIL | {"scheme": "cash", "staggger": 1}],
        f"{HERE} has no setting 'staggger'. Choose from from, scheme, periods, stagger, flat_rate_percent, ",
    ),
    (
        [APRIL | {"scheme": "cash", "stagger": 1}, APRIL | {"scheme": "standard", "stagger": 1}],
        f"{HERE} has two settings from 2024-04-01. Keep one: each is valid until the next one's day.",
    ),
]


@pytest.mark.parametrize(("value", "sentence"), BAD)
def test_a_setting_that_cannot_be_right_says_what_to_write(value: Any, sentence: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read_vat_settings("north", value)
    assert str(caught.value).startswith(sentence)
