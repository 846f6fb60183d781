import json
from pathlib import Path
from typing import Any

import pendulum
import platformdirs
import pytest
from accbooks_warehouse.pipelines.configuration import (
    Company,
    check_named_companies,
    companies,
    dbt_variables,
    incorporation_dates,
)
from accbooks_warehouse.sources.accbooks.errors import ConfigurationError
from accbooks_warehouse.sources.accbooks.settings import Settings

pytestmark = pytest.mark.usefixtures("here")

NO_KEY = (
    "There is no API key. Create one in AccBooks (Settings → Integrations → API → Keys), then run "
    "'accbooks init' or set SOURCES__ACCBOOKS__API_KEY. Without a key, 'accbooks demo' syncs generated books."
)


def configured(key: str) -> Settings:
    """Return the settings of a key with everything else as it is by default."""
    return Settings(key, day_count=platformdirs.user_state_path("accbooks") / "requests.sqlite")


@pytest.fixture
def with_key(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert list(here.iterdir()) == []
    monkeypatch.setenv("SOURCES__ACCBOOKS__API_KEY", "key")


def refusal(name: str | None = None) -> str:
    with pytest.raises(ConfigurationError) as refused:
        companies(name)
    return str(refused.value)


def test_without_a_key_it_is_said_where_to_put_one() -> None:
    assert refusal() == NO_KEY


def test_an_empty_key_is_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCES__ACCBOOKS__API_KEY", "")
    assert refusal() == NO_KEY


@pytest.mark.usefixtures("with_key")
def test_a_key_alone_is_the_default_company_with_the_default_settings() -> None:
    (company,) = companies()
    assert company == Company("default", configured("key"))
    assert company.settings.api_key == "key"


def test_a_key_from_secrets_toml_is_found(configure: Any) -> None:
    configure(secrets='[sources.accbooks]\napi_key = "from the file"'.replace(" the ", "-"))
    assert companies() == [Company("default", configured("from-file"))]


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["Müller & Co", "Möller & Co"], "is too much like"),
        (["a b", "a-b"], "is too much like"),
        (["x" * 51, "north"], "is too long. Use at most 50 characters."),
        (["***"], "cannot be the name of a company"),
    ],
)
def test_names_that_could_not_tell_companies_apart_are_refused(
    names: list[str], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = {name: f"key-{number}" for number, name in enumerate(names)}
    monkeypatch.setenv("SOURCES__ACCBOOKS__COMPANIES", json.dumps(keys))
    assert said in refusal()
    assert said in refusal(names[0])


def test_companies_in_the_environment_are_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCES__ACCBOOKS__COMPANIES", '{"south": "key-2", "north": "key-1"}')
    north, south = Company("north", configured("key-1")), Company("south", configured("key-2"))
    assert companies() == [north, south]
    assert companies("south") == [south]


def test_companies_in_secrets_toml_are_a_table(configure: Any) -> None:
    configure(secrets='[sources.accbooks.companies]\nnorth = "key-1"\nsouth = "key-2"')
    assert [company.name for company in companies()] == ["north", "south"]
    assert companies("north") == [Company("north", configured("key-1"))]


def test_an_unknown_company_is_refused_with_those_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCES__ACCBOOKS__COMPANIES", '{"south": "key-2", "north": "key-1"}')
    assert refusal("west") == (
        "There is no company 'west' in the configuration (it has north, south). "
        'Add it to .dlt/secrets.toml under [sources.accbooks.companies] as west = "its API key".'
    )


@pytest.mark.usefixtures("with_key")
def test_without_companies_every_name_is_unknown() -> None:
    assert refusal("west").startswith("There is no company 'west' in the configuration (it has none).")


@pytest.mark.parametrize("text", ["key-1", '["key-1"]', "{north: key}"])
def test_companies_that_are_no_json_object_are_refused(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCES__ACCBOOKS__COMPANIES", text)
    assert refusal() == (
        'SOURCES__ACCBOOKS__COMPANIES is not a JSON object. Write it as {"NAME": "API key"}.'
    )


def test_a_company_whose_key_is_no_text_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCES__ACCBOOKS__COMPANIES", '{"north": {"key": "1"}}')
    assert refusal() == 'Every entry under [sources.accbooks.companies] must be NAME = "API key".'


@pytest.mark.usefixtures("with_key")
@pytest.mark.parametrize("text", ["2024-04-01", '"2024-04-01"'])
def test_a_start_date_in_toml_may_be_a_date_or_a_text(text: str, configure: Any) -> None:
    configure(config=f"[sources.accbooks]\nstart_date = {text}")
    assert companies()[0].settings.start_date == pendulum.date(2024, 4, 1)


@pytest.mark.usefixtures("with_key")
@pytest.mark.parametrize("text", ['"1 April 2024"', "2024-04-01T00:00:00Z"])
def test_a_start_date_that_is_no_date_is_refused(text: str, configure: Any) -> None:
    configure(config=f"[sources.accbooks]\nstart_date = {text}")
    assert refusal().endswith("'. Write it as YYYY-MM-DD, for example 2024-04-01.")


@pytest.mark.usefixtures("with_key")
@pytest.mark.parametrize(("text", "days"), [("60", 60), ('"60"', 60), ("0", 0)])
def test_a_lookback_is_a_number_of_days(text: str, days: int, configure: Any) -> None:
    configure(config=f"[sources.accbooks]\nlookback_days = {text}")
    assert companies()[0].settings.lookback_days == days


@pytest.mark.usefixtures("with_key")
@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("many", "sources.accbooks.lookback_days is 'many'. Write it as a whole number of days."),
        ("5.5", "sources.accbooks.lookback_days is '5.5'. Write it as a whole number of days."),
        ("-1", "sources.accbooks.lookback_days is -1. Write a number of days from 0 to 36525."),
    ],
)
def test_another_lookback_is_refused(text: str, reason: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCES__ACCBOOKS__LOOKBACK_DAYS", text)
    assert refusal() == reason


@pytest.mark.usefixtures("with_key")
def test_a_base_url_in_the_clear_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCES__ACCBOOKS__BASE_URL", "http://books.example/v1/")
    assert refusal().startswith(
        "sources.accbooks.base_url is 'http://books.example/v1/', but AccBooks accepts"
    )


def test_dbt_variables_are_what_the_user_set(configure: Any) -> None:
    assert dbt_variables() == {}
    configure(config='[transforms.vars]\ntrade_debtors = "1150"')
    assert dbt_variables() == {"trade_debtors": "1150"}


def test_a_date_of_incorporation_is_a_date_of_a_configured_company(monkeypatch):
    monkeypatch.setenv("SOURCES__ACCBOOKS__INCORPORATED", '{"north": "2024-05-01"}')
    check_named_companies(["north", "south"])
    with pytest.raises(ConfigurationError, match="settings for 'north', which is no company"):
        check_named_companies(["nroth"])
    monkeypatch.setenv("SOURCES__ACCBOOKS__INCORPORATED", '{"north": "2024-05-01", "south": "1 May"}')
    with pytest.raises(ConfigurationError, match=r"incorporated\.south is '1 May', which is no date"):
        incorporation_dates()
