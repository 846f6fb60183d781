import pendulum
import pytest
from accbooks_warehouse.sources.accbooks.errors import ConfigurationError
from accbooks_warehouse.sources.accbooks.settings import (
    BASE_URL,
    LONGEST_LOOKBACK_DAYS,
    Settings,
    is_loopback,
    parse_start_date,
)

HTTPS_ONLY = (
    "sources.accbooks.base_url is '{}', but AccBooks accepts only HTTPS. Write "
    "https://api.accbooks.co.uk/v1/. (Plain http is allowed to 127.0.0.1 and localhost, for the emulator.)"
)


def test_the_documented_address_is_the_default() -> None:
    assert Settings("key").base_url == BASE_URL == "https://api.accbooks.co.uk/v1/"


@pytest.mark.parametrize(
    "url",
    [
        "https://books.example/v1/",
        "http://127.0.0.1:8800/v1/",
        "http://127.9.9.9/v1/",
        "http://localhost:8800/v1/",
        "http://[::1]:8800/v1/",
    ],
)
def test_https_anywhere_and_http_to_this_machine_are_accepted(url: str) -> None:
    assert Settings("key", url).base_url == url


@pytest.mark.parametrize(
    "url",
    [
        "http://api.accbooks.co.uk/v1/",
        "http://192.168.0.1/v1/",
        "http://0.0.0.0/v1/",
        "http://localhost.example/v1/",
        "http://127.0.0.1.example/v1/",
        "ftp://localhost/v1/",
        "api.accbooks.co.uk/v1/",
        "https://",
        "",
    ],
)
def test_a_key_is_never_sent_in_the_clear_over_a_network(url: str) -> None:
    with pytest.raises(ConfigurationError) as refusal:
        Settings("key", url)
    assert str(refusal.value) == HTTPS_ONLY.format(url)


@pytest.mark.parametrize("url", ["https://user:secret@books.example/v1/", "http://secret@localhost/v1/"])
def test_credentials_in_the_address_are_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(ConfigurationError) as refusal:
        Settings("key", url)
    assert str(refusal.value) == "sources.accbooks.base_url must not contain a user name or password."


def test_an_address_that_is_none_is_refused() -> None:
    with pytest.raises(
        ConfigurationError, match=r"^sources\.accbooks\.base_url is not a valid URL: Invalid IPv6"
    ):
        Settings("key", "https://[::1/v1/")


@pytest.mark.parametrize("key", ["", "two words", "line\n", "\tkey", "kéy"])
def test_a_key_no_header_can_carry_is_refused(key: str) -> None:
    with pytest.raises(ConfigurationError, match=r"^The API key is empty or contains invalid"):
        Settings(key)


def test_the_key_is_not_shown() -> None:
    assert "top-secret" not in repr(Settings("top-secret"))


@pytest.mark.parametrize("days", [0, 35, LONGEST_LOOKBACK_DAYS])
def test_a_lookback_of_up_to_a_century_is_accepted(days: int) -> None:
    assert Settings("key", lookback_days=days).lookback_days == days


@pytest.mark.parametrize("days", [-1, LONGEST_LOOKBACK_DAYS + 1])
def test_another_lookback_is_refused(days: int) -> None:
    with pytest.raises(ConfigurationError) as refusal:
        Settings("key", lookback_days=days)
    assert str(refusal.value) == (
        f"sources.accbooks.lookback_days is {days}. Write a number of days from 0 to 36525."
    )


def test_a_host_is_loopback_by_name_or_address_only() -> None:
    hosts = ["localhost", "127.0.0.1", "127.1.2.3", "::1", "example.com", "10.0.0.1", "", "::2"]
    assert [host for host in hosts if is_loopback(host)] == ["localhost", "127.0.0.1", "127.1.2.3", "::1"]


def test_a_start_date_is_a_day_or_nothing() -> None:
    assert parse_start_date("2024-04-01") == pendulum.date(2024, 4, 1)
    assert parse_start_date("") is None
    assert parse_start_date(None) is None


@pytest.mark.parametrize("text", ["01/04/2024", "2024-04-31", "2024-04-01T00:00:00", "soon"])
def test_a_start_date_written_otherwise_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError) as refusal:
        parse_start_date(text)
    assert str(refusal.value) == (
        f"sources.accbooks.start_date is '{text}'. Write it as YYYY-MM-DD, for example 2024-04-01."
    )
