"""Each driver's errors become the same sentences."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing

import psycopg2
import pytest
from accbooks_warehouse.pipelines.destinations.database_errors import causes, is_database_error
from accbooks_warehouse.pipelines.destinations.postgres_errors import sentence
from adbc_driver_postgresql import dbapi

WITHOUT_GSSAPI = 'gssencmode value "require" invalid when GSSAPI support is not compiled in'


def said(error: BaseException) -> str:
    assert is_database_error(error)
    return str(sentence(causes(error), str(error), where="The server", user="loader"))


def run_by_psycopg(address: str, statement: str) -> None:
    with closing(psycopg2.connect(address)) as connection:
        connection.cursor().execute(statement)


def run_by_adbc(address: str, statement: str) -> None:
    with dbapi.connect(address) as connection, connection.cursor() as cursor:
        cursor.execute(statement)
        cursor.fetchall()


def failure(run: Callable[[str, str], None], address: str, statement: str) -> BaseException:
    with pytest.raises((psycopg2.Error, dbapi.Error)) as failed:
        run(address, statement)
    return failed.value


DRIVERS = pytest.mark.parametrize("run", [run_by_psycopg, run_by_adbc])
FAULTS = {
    "raise exception 'could not extend file' using errcode = '53100', hint = 'Wait.';": (
        "The disk of The server is full. Free some space, then run again."
    ),
    "perform pg_terminate_backend(pg_backend_pid());": "The server closed the connection (",
    "set transaction read only; create table one ();": (
        "The server is read-only: cannot execute CREATE TABLE in a read-only transaction. Use the "
    ),
}


@DRIVERS
@pytest.mark.parametrize(("body", "expected"), FAULTS.items())
def test_the_sentence_does_not_depend_on_the_driver(postgres_server, run, body, expected):
    assert said(failure(run, postgres_server, f"do $$ begin {body} end $$")).startswith(expected)


@DRIVERS
def test_a_server_that_cannot_be_reached_is_said_without_the_password(run):
    error = failure(run, "postgresql://loader:secret@127.0.0.1:1/books", "select 1")
    assert "secret" not in str(error)
    assert said(error).startswith('The server does not respond: connection to server at "127.0.0.1"')


def test_a_login_that_only_one_driver_knows_is_said():
    assert sentence(
        iter(()), f"IO: [libpq] Failed to connect: {WITHOUT_GSSAPI}\n", where="The server", user="loader"
    ) == (
        "Rows are loaded by ADBC, whose driver cannot log in by Kerberos "
        f"({WITHOUT_GSSAPI}). Name a user with a "
        "password or a certificate: correct destination.postgres.credentials."
    )
