"""What is read from PostgreSQL's credentials, and how dlt and dbt are told."""

from __future__ import annotations

import subprocess
import sys
from typing import Any
from urllib.parse import quote

import pytest
from accbooks_warehouse.pipelines.destinations import Postgres
from accbooks_warehouse.pipelines.destinations.postgres_address import Address, with_password
from accbooks_warehouse.sources.accbooks.errors import ConfigurationError
from psycopg2.extensions import parse_dsn


def told_libpq(credentials: Any) -> dict[str, str]:
    """Return what libpq makes of the address that dlt gives it."""
    return parse_dsn(Address(credentials).of_dlt().to_native_representation())


SOCKETS = [
    "postgresql://loader:secret@/books?host=/var/run/postgresql",
    "postgresql://loader:secret@/books?host=/var/run/postgresql&port=5432",
    "postgresql://loader:secret@%2Fvar%2Frun%2Fpostgresql/books",
    {"host": "/var/run/postgresql", "username": "loader", "password": "secret", "database": "books"},
]


@pytest.mark.parametrize("credentials", SOCKETS)
def test_a_unix_socket_is_found_however_it_is_written(credentials):
    told = told_libpq(credentials)
    assert (told["host"], told["port"], told["user"]) == ("/var/run/postgresql", "5432", "loader")
    assert (told["password"], told["dbname"]) == ("secret", "books")
    assert Postgres(credentials).dbt_environment()["ACCBOOKS_POSTGRES_HOST"] == "/var/run/postgresql"
    assert Postgres(credentials).describe() == "PostgreSQL database books on /var/run/postgresql"


def test_characters_that_urls_write_otherwise_reach_both():
    credentials = "postgresql://lo%40der:p%40ss%2Fw%25rd@db.example:5433/our%20books"
    told = told_libpq(credentials)
    assert (told["user"], told["password"], told["dbname"]) == ("lo@der", "p@ss/w%rd", "our books")
    environment = Address(credentials).of_dbt()
    assert environment["ACCBOOKS_POSTGRES_USER"] == "lo@der"
    assert environment["DBT_ENV_SECRET_POSTGRES_PASSWORD"] == "p@ss/w%rd"
    assert environment["ACCBOOKS_POSTGRES_DATABASE"] == "our books"


def test_parameters_reach_both():
    credentials = (
        "postgresql://loader@db.example/books"
        "?sslmode=verify-full&sslrootcert=/etc/ca.pem&application_name=books&connect_timeout=3"
        "&options=-c%20statement_timeout%3D9"
    )
    told = told_libpq(credentials)
    assert (told["sslmode"], told["sslrootcert"], told["application_name"], told["connect_timeout"]) == (
        "verify-full",
        "/etc/ca.pem",
        "books",
        "3",
    )
    environment = Address(credentials).of_dbt()
    assert environment["ACCBOOKS_POSTGRES_SSLMODE"] == "verify-full"
    assert (environment["PGSSLROOTCERT"], environment["PGAPPNAME"]) == ("/etc/ca.pem", "books")
    assert environment["PGCONNECT_TIMEOUT"] == "3"
    assert told["options"] == "-c statement_timeout=9 -ctimezone=UTC"
    assert environment["PGOPTIONS"] == "-c statement_timeout=9"


def test_a_session_has_the_settings_in_the_address(new_database):
    with new_database() as address:
        mark = "&" if "?" in address else "?"
        settings = "-c statement_timeout=7min -c application_name=the\\ books"
        warehouse = Postgres(f"{address}{mark}options={quote(settings)}")
        assert warehouse.query("show statement_timeout") == [("7min",)]
        assert warehouse.query("show application_name") == [("the books",)]
        assert warehouse.query("show timezone") == [("UTC",)]


def test_sessions_of_both_speak_utc():
    address = Address("postgresql://loader:secret@db.example/books")
    assert "timezone=UTC" in told_libpq("postgresql://loader:secret@db.example/books")["options"]
    assert address.of_dbt()["PGTZ"] == "UTC"


@pytest.mark.parametrize(
    ("credentials", "missing"),
    [
        ("postgresql://loader:secret@db.example", "a database"),
        ("postgresql://:secret@db.example/books", "a user"),
        ("postgresql://loader:secret@/books", "a host"),
        ("postgresql://loader:secret@", "a database and a host"),
    ],
)
def test_what_is_missing_is_named_and_the_password_is_not(credentials, missing):
    with pytest.raises(ConfigurationError) as refused:
        Postgres(credentials)
    assert f"credentials does not name {missing}; write it as" in str(refused.value)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    ("address", "password", "expected"),
    [
        ("postgresql://loader@host:5432/books", "p/w@", "postgresql://loader:p%2Fw%40@host:5432/books"),
        ("postgresql://loader:@/books?host=/run", "secret", "postgresql://loader:secret@/books?host=/run"),
        ("postgresql://loader:mine@host/books", "other", "postgresql://loader:mine@host/books"),
        ("postgresql://loader@host/books", "", "postgresql://loader@host/books"),
        ("postgresql://host/books", "secret", "postgresql://host/books"),
    ],
)
def test_a_password_asked_for_by_itself_is_put_into_the_address(
    address: str, password: str, expected: str
) -> None:
    assert with_password(address, password) == expected


TOLD = """
import sys
sys.modules["sqlalchemy"] = None
from psycopg2.extensions import parse_dsn
from accbooks_warehouse.pipelines.destinations.postgres_address import Address
address = Address("postgresql://loader@host/our%20books%2F1")
print(parse_dsn(address.of_dlt().to_native_representation())["dbname"])
"""


@pytest.mark.parametrize("installed", [True, False])
def test_a_database_s_name_is_the_same_with_and_without_sqlalchemy(installed):
    script = TOLD.replace('sys.modules["sqlalchemy"] = None\n', "") if installed else TOLD
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout == "our books/1\n"
