"""A destination that the user alone configured: dlt's of any name, and a dbt profile of the user's."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg2
import pytest
import yaml
from accbooks_warehouse.emulator.server import Emulator, running
from accbooks_warehouse.emulator.settings import Settings
from accbooks_warehouse.pipelines.cli import app
from accbooks_warehouse.pipelines.destinations import Postgres, open_warehouse
from typer.testing import CliRunner

pytestmark = [pytest.mark.long, pytest.mark.nightly]

COMMAND = Path(sys.executable).with_name("accbooks")
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with running(Settings(plan="enterprise", port=0, size="tiny")) as server:
        yield server


def ours(emulator: Emulator, directory: Path) -> dict[str, str]:
    """The settings that name the books."""
    return {
        "COLUMNS": "100",
        "XDG_STATE_HOME": str(directory / "state"),
        "SOURCES__ACCBOOKS__API_KEY": emulator.key,
        "SOURCES__ACCBOOKS__BASE_URL": emulator.base_url,
    }


@pytest.fixture
def accbooks(emulator: Emulator, tmp_path: Path) -> Run:
    """Run the command in an empty directory; gives the finished process, and all it said as `stdout`."""
    inherited = {name: value for name, value in os.environ.items() if "__" not in name}

    def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [COMMAND, *arguments],
            cwd=tmp_path,
            env=inherited | ours(emulator, tmp_path) | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=180,
            check=False,
        )

    return run


def write_profile(directory: Path, outputs: dict[str, Any]) -> dict[str, str]:
    """Write the user's profiles.yml; return the setting that says where."""
    (directory / "profiles").mkdir()
    profile = {"accbooks": {"target": "unused", "outputs": outputs}}
    (directory / "profiles" / "profiles.yml").write_text(yaml.safe_dump(profile))
    return {"TRANSFORMS__PROFILES_DIR": "profiles"}


def target(where: Postgres) -> dict[str, Any]:
    """A target of dbt for a PostgreSQL database."""
    found = where.address.of_dbt()
    return {
        "type": "postgres",
        "host": found["ACCBOOKS_POSTGRES_HOST"],
        "port": int(found["ACCBOOKS_POSTGRES_PORT"]),
        "user": found["ACCBOOKS_POSTGRES_USER"],
        "password": "{{ env_var('DBT_ENV_SECRET_LEDGER') }}",
        "dbname": found["ACCBOOKS_POSTGRES_DATABASE"],
        "schema": "accbooks",
        "threads": 2,
    }


def test_a_destination_the_user_configured_is_synced_and_proved(accbooks, new_database, tmp_path):
    with new_database() as address:
        where = Postgres(address)
        environment = write_profile(tmp_path, {"ledger": target(where)}) | {
            "DESTINATION__LEDGER__DESTINATION_TYPE": "postgres",
            "DESTINATION__LEDGER__CREDENTIALS": str(where.address.of_dlt().to_native_representation()),
            "DBT_ENV_SECRET_LEDGER": where.address.of_dbt()["DBT_ENV_SECRET_POSTGRES_PASSWORD"],
        }
        for _ in range(2):
            synced = accbooks("sync", "--destination", "ledger", **environment)
            assert synced.returncode == 0, synced.stdout
            assert "The warehouse matches AccBooks' reports to the penny." in synced.stdout
        reconciled = accbooks("reconcile", "--destination", "ledger", "--format", "csv", **environment)
        assert (reconciled.returncode, len(reconciled.stdout.splitlines())) == (0, 2), reconciled.stdout
        status = accbooks("status", "--destination", "ledger", **environment)
        assert "0 open differences" in status.stdout
        with closing(psycopg2.connect(address)) as connection, connection.cursor() as cursor:
            cursor.execute("select count(*), count(distinct posting_id) from accbooks.general_ledger")
            postings, different = cursor.fetchone()
        assert postings == different > 100
    assert {path.name for path in tmp_path.iterdir()} == {"profiles", "state"}
    (locks,) = (tmp_path / "state" / "accbooks" / "locks").iterdir()
    assert any(path.name.startswith("models-") for path in locks.iterdir())


def test_a_second_run_of_a_company_leaves_it_alone(accbooks, new_database, tmp_path):
    with new_database() as address:
        credentials = str(Postgres(address).address.of_dlt().to_native_representation())
        environment = write_profile(tmp_path, {"ledger": target(Postgres(address))}) | {
            "DESTINATION__LEDGER__DESTINATION_TYPE": "postgres",
            "DESTINATION__LEDGER__CREDENTIALS": credentials,
            "DBT_ENV_SECRET_LEDGER": "",
        }
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(tmp_path)
            for name, value in (environment | {"XDG_STATE_HOME": str(tmp_path / "state")}).items():
                patch.setenv(name, value)
            with open_warehouse("ledger").lock("pipeline default"):
                synced = accbooks("sync", "--destination", "ledger", **environment)
    assert synced.returncode == 0, synced.stdout
    assert "another run" in synced.stdout


LEDGER = {
    "DESTINATION__LEDGER__DESTINATION_TYPE": "postgres",
    "DESTINATION__LEDGER__CREDENTIALS": "postgresql://loader:secret-word@localhost:5432/books",
}


@pytest.mark.parametrize(
    ("name", "environment", "outputs", "sentence"),
    [
        (
            "oracle",
            {},
            None,
            "There is no destination 'oracle'. Choose duckdb, postgres or lakehouse, or set destination.",
        ),
        (
            "snowflake",
            {},
            None,
            "The destination 'snowflake' is of type snowflake. Choose duckdb or postgres",
        ),
        ("filesystem", {}, None, "The destination 'filesystem' is of type filesystem. Choose duckdb or"),
        (
            "ledger",
            {"DESTINATION__LEDGER__DESTINATION_TYPE": "postgres"},
            None,
            "dlt's destination 'ledger' is not configured. Set destination.ledger.credentials",
        ),
        (
            "ledger",
            LEDGER,
            None,
            "dbt does not know 'ledger'. Write a profiles.yml with a profile accbooks and a",
        ),
        (
            "ledger",
            LEDGER,
            {"other": {}},
            "profiles.yml has no profile accbooks with a target ledger and its type",
        ),
        (
            "ledger",
            LEDGER,
            {"ledger": {"type": "snowflake"}},
            "profiles.yml is of type snowflake. Choose duckdb or postgres",
        ),
    ],
)
def test_what_is_missing_is_said_in_a_sentence(
    emulator, tmp_path, monkeypatch, name, environment, outputs, sentence
):
    settings = environment | (write_profile(tmp_path, outputs) if outputs else {})
    monkeypatch.chdir(tmp_path)
    said = CliRunner().invoke(app, ["sync", "--destination", name], env=ours(emulator, tmp_path) | settings)
    assert said.exit_code == 2, said.output
    assert sentence in " ".join(said.output.split())
    assert isinstance(said.exception, SystemExit)
    assert "secret-word" not in said.output
