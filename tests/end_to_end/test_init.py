"""Setting up by `accbooks init`: at a real terminal, with wrong answers, and with nobody to ask."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from accbooks_warehouse.emulator.server import Emulator, running
from accbooks_warehouse.emulator.settings import Grant, Settings
from accbooks_warehouse.pipelines.cli import app
from dlt.common.configuration.container import Container
from dlt.common.configuration.specs.pluggable_run_context import PluggableRunContext
from typer.testing import CliRunner

COMMAND = Path(sys.executable).with_name("accbooks")
NORTH, SOUTH, NARROW = "sk-live-north-0001", "sk-live-south-0002", "sk-live-narrow-0003"
SECRET, OTHER_SECRET = "whsec_north_0001", "whsec_south_0002"
FIRST, SECOND = "Harbour & Vale Joinery Ltd (comp_1)", "(comp_2)"


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    keys = {NORTH: Grant(0), SOUTH: Grant(1), NARROW: Grant(0, frozenset({"contacts:read", "reports:read"}))}
    with running(Settings(plan="enterprise", port=0, companies=2, keys=keys)) as server:
        yield server


@pytest.fixture
def environment(emulator: Emulator, tmp_path: Path) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if "__" not in name}
    return inherited | {
        "COLUMNS": "80",
        "XDG_STATE_HOME": str(tmp_path.parent / "state"),
        "SOURCES__ACCBOOKS__BASE_URL": emulator.base_url,
    }


@pytest.fixture
def accbooks(environment, tmp_path, monkeypatch):
    """Run `accbooks init` in this process and an empty folder; answers are those of a person."""
    before = Path.cwd()
    for name in [name for name in os.environ if "__" in name]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("accbooks_warehouse.pipelines.commands.init.require_terminal", lambda: None)

    def run(*options: str, answers: Sequence[str] = (), **more: str):
        Container()[PluggableRunContext].reload(str(tmp_path))
        typed = "".join(f"{answer}\n" for answer in answers)
        return CliRunner().invoke(
            app, ["init", *options], input=typed, env=environment | more, prog_name="accbooks"
        )

    yield run
    Container()[PluggableRunContext].reload(str(before))


def held(folder: Path) -> tuple[dict, dict]:
    """What the two files say; nothing else may be in their folder."""
    assert {path.name for path in (folder / ".dlt").iterdir()} <= {"config.toml", "secrets.toml"}
    found = [folder / ".dlt" / name for name in ("config.toml", "secrets.toml")]
    config, secrets = (tomllib.loads(path.read_text()) if path.exists() else {} for path in found)
    return config, secrets


def words(result) -> str:
    return " ".join(result.output.split())


class Terminal:
    """A command at a terminal of its own, and a person who answers what it asks."""

    def __init__(self, folder: Path, environment: dict[str, str], *arguments: str) -> None:
        self.seen = ""
        self._master, slave = pty.openpty()
        # a shell may have had its background jobs ignore interrupts, and children inherit that
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        self._process = subprocess.Popen(
            [COMMAND, *arguments],
            cwd=folder,
            env=environment,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
        )
        signal.signal(signal.SIGINT, before)
        os.close(slave)

    def answer(self, question: str, text: str) -> None:
        """Wait for a question and type the answer."""
        self._wait_for(question)
        os.write(self._master, f"{text}\n".encode())

    def interrupt(self, question: str) -> None:
        self._wait_for(question)
        self._process.send_signal(signal.SIGINT)

    def _wait_for(self, question: str) -> None:
        """Read up to the question's last blank: what is typed before a hidden answer is asked for is lost."""
        already = len(self.seen)
        while question not in self.seen[already:] or not self.seen.endswith(": "):
            self._read()

    def end(self) -> int:
        try:
            while True:
                self._read()
        except OSError:  # the other side is closed
            os.close(self._master)
        return self._process.wait()

    def _read(self) -> None:
        text = os.read(self._master, 4096).decode()
        if not text:
            raise OSError("The command ended.")
        self.seen += text


def test_at_a_terminal_the_key_is_hidden_the_files_are_written_and_the_key_is_checked(tmp_path, environment):
    terminal = Terminal(tmp_path, environment, "init")
    terminal.answer("API key: ", NORTH)
    terminal.answer("Add another company?", "")
    terminal.answer("Database of the warehouse", "")
    terminal.answer("DuckDB file", "books.duckdb")
    terminal.answer("Start date", "")
    terminal.answer("Set up webhooks", "y")
    terminal.answer("Webhook secret (hidden", SECRET)
    assert terminal.end() == 0
    assert NORTH not in terminal.seen
    assert SECRET not in terminal.seen
    assert "A webhook secret is set." in terminal.seen
    assert f"The key works: {FIRST}." in terminal.seen
    assert "A sync can read everything it needs." in terminal.seen
    assert re.search(r"journals +journals +[0-9]+ +as expected", terminal.seen)
    assert terminal.seen.rstrip().endswith("Next: accbooks sync")
    assert held(tmp_path) == (
        {"destination": {"duckdb": {"credentials": "books.duckdb"}}},
        {"sources": {"accbooks": {"api_key": NORTH, "webhook_secret": SECRET}}},
    )
    assert (tmp_path / ".dlt" / "secrets.toml").stat().st_mode & 0o777 == 0o600
    found = subprocess.run(
        [COMMAND, "status"], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert found.stderr.strip() == "DuckDB file books.duckdb has no books yet. Run 'accbooks sync' first."


def test_an_interrupt_leaves_nothing_behind(tmp_path, environment):
    terminal = Terminal(tmp_path, environment, "init")
    terminal.answer("API key: ", NORTH)
    terminal.answer("Add another company?", "")
    terminal.interrupt("Database of the warehouse")
    assert terminal.end() == 1
    assert "Traceback" not in terminal.seen
    assert list(tmp_path.iterdir()) == []


def test_with_nobody_to_ask_it_says_what_to_do(tmp_path, environment):
    ran = subprocess.run(
        [COMMAND, "init"],
        cwd=tmp_path,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 2
    assert ran.stderr.startswith(
        "'accbooks init' cannot ask questions, because standard input is not a terminal."
    )
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_is_asked_again(accbooks, tmp_path):
    result = accbooks(
        answers=[
            *("sk-unknown", "with a space", NORTH, "n"),
            *("oracle", "duckdb", "nowhere/books.duckdb", "accbooks_raw.duckdb", "books.duckdb"),
            *("1 April", "2999-01-01", "2024-04-01", "y", NORTH, "two words", ""),
        ]
    )
    assert result.exit_code == 0, result.output
    said = words(result)
    for sentence in (
        "AccBooks rejected the API key",
        "The API key is empty or contains invalid",
        "'accbooks init' cannot set up 'oracle'",
        "The folder nowhere does not exist.",
        "cannot be called 'accbooks_raw.duckdb'",
        "Write it as YYYY-MM-DD",
        "2999-01-01 is in the future",
        "That is the API key. The webhook has a secret of its own.",
        "A webhook secret has no spaces",
        "No webhook secret is set; only 'accbooks listen' needs one.",
    ):
        assert sentence in said
    config, secrets = held(tmp_path)
    assert config["sources"]["accbooks"]["start_date"] == "2024-04-01"
    assert secrets == {"sources": {"accbooks": {"api_key": NORTH}}}


def test_several_companies_get_names_and_one_is_not_taken_twice(accbooks, tmp_path):
    result = accbooks(
        answers=[NORTH, "y", "", NORTH, SOUTH, "Harbour", "!", "south", "n", "", "", "", ""],
    )
    assert result.exit_code == 0, result.output
    assert "Harbour & Vale Joinery Ltd has a key already" in words(result)
    assert "The company name 'Harbour' is too much like 'harbour'" in words(result)
    assert held(tmp_path)[1] == {"sources": {"accbooks": {"companies": {"harbour": NORTH, "south": SOUTH}}}}
    assert "harbour: company comp_1" in result.output
    assert "south: company comp_2" in result.output


def test_names_on_the_command_line_are_asked_for_one_by_one(accbooks, tmp_path):
    options = ("--company", "north", "--company", "south", "--destination", "duckdb", "--file", "b.duckdb")
    result = accbooks(*options, "--start-date", "all", answers=[NORTH, SOUTH, "n"])
    assert result.exit_code == 0, result.output
    assert held(tmp_path)[1] == {"sources": {"accbooks": {"companies": {"north": NORTH, "south": SOUTH}}}}


def test_what_is_there_stays_unless_it_is_said_to_be_replaced(accbooks, tmp_path):
    folder = tmp_path / ".dlt"
    folder.mkdir()
    config = '# ours\n[sources.accbooks]\nlookback_days = 60 # two months\nstart_date = "2024-04-01"\n'
    secrets = f'[sources.accbooks]\napi_key = "{SOUTH}" # the old one\n\n[other]\npassword = "kept"\n'
    (folder / "config.toml").write_text(config)
    (folder / "secrets.toml").write_text(secrets)
    (folder / "secrets.toml").chmod(0o600)
    kept = accbooks(answers=["n", "n", "", "", "", ""])
    assert kept.exit_code == 0, kept.output
    assert (folder / "secrets.toml").read_text() == secrets
    assert (folder / "config.toml").read_text() == (
        config + '\n[destination.duckdb]\ncredentials = "books.duckdb"\n'
    )
    replaced = accbooks(answers=["y", NORTH, "n", "", "", "all", ""])
    assert replaced.exit_code == 0, replaced.output
    assert (folder / "secrets.toml").read_text() == secrets.replace(SOUTH, NORTH)
    assert "start_date" not in (folder / "config.toml").read_text()
    assert "lookback_days = 60 # two months" in (folder / "config.toml").read_text()


def test_a_postgresql_is_tried_and_its_password_is_asked_for_by_itself(accbooks, tmp_path, new_database):
    with new_database() as address:
        wrong = "postgresql://nobody@127.0.0.1:9/books"
        result = accbooks(
            answers=[NORTH, "n", "postgres", "books on server", wrong, "s3cret/word", address, "", "", ""],
        )
    assert result.exit_code == 0, result.output
    assert "destination.postgres.credentials cannot be read" in words(result)
    assert "PostgreSQL database books on 127.0.0.1 does not respond" in words(result)
    assert "s3cret" not in result.output
    assert held(tmp_path)[1]["destination"] == {"postgres": {"credentials": address}}
    assert "Next: accbooks sync --destination postgres" in result.output


def test_a_key_that_may_not_read_everything_is_written_and_said(accbooks, tmp_path):
    result = accbooks(answers=[NARROW, "n", "", "", "", ""])
    assert result.exit_code == 3, result.output
    assert "A sync loads the rest, but cannot compare everything with AccBooks." in result.output
    assert held(tmp_path)[1] == {"sources": {"accbooks": {"api_key": NARROW}}}


def test_a_key_that_cannot_be_tried_is_kept_if_that_is_wanted(accbooks, tmp_path):
    away = {"SOURCES__ACCBOOKS__BASE_URL": "http://127.0.0.1:9/v1/"}
    result = accbooks("--no-check", answers=[NORTH, "n", "", "", "", ""], **away)
    assert result.exit_code == 0, result.output
    assert held(tmp_path)[1] == {"sources": {"accbooks": {"api_key": NORTH}}}


def test_a_script_gives_everything_by_options_and_environment(accbooks, tmp_path):
    keys = {"SOURCES__ACCBOOKS__COMPANIES": json.dumps({"north": NORTH, "south": SOUTH})}
    options = ("--no-input", "--start-date", "2024-04-01", "--file", "b.duckdb")
    result = accbooks(*options, **keys)
    assert result.exit_code == 0, result.output
    expected = (
        {
            "destination": {"duckdb": {"credentials": "b.duckdb"}},
            "sources": {"accbooks": {"start_date": "2024-04-01"}},
        },
        {"sources": {"accbooks": {"companies": {"north": NORTH, "south": SOUTH}}}},
    )
    assert held(tmp_path) == expected
    again = accbooks(*options, **keys)
    assert (again.exit_code, "These settings are configured already" in words(again)) == (0, True)
    assert held(tmp_path) == expected
    assert NORTH not in result.output + again.output


@pytest.mark.parametrize(
    ("options", "variables", "code", "sentence"),
    [
        ([], {}, 2, "There is no API key. Set SOURCES__ACCBOOKS__API_KEY"),
        ([], {"SOURCES__ACCBOOKS__API_KEY": "sk-unknown"}, 1, "AccBooks rejected the API key"),
        (
            [],
            {"SOURCES__ACCBOOKS__COMPANIES": "north"},
            2,
            "SOURCES__ACCBOOKS__COMPANIES is not a JSON object",
        ),
        (["--company", "west"], {"SOURCES__ACCBOOKS__COMPANIES": '{"a": "b"}'}, 2, "has no key of west."),
        (["--start-date", "1 April"], {"SOURCES__ACCBOOKS__API_KEY": NORTH}, 2, "Write it as YYYY-MM-DD"),
        (
            ["--destination", "oracle"],
            {"SOURCES__ACCBOOKS__API_KEY": NORTH},
            2,
            "'accbooks init' cannot set up 'oracle'",
        ),
        (
            ["--destination", "postgres"],
            {"SOURCES__ACCBOOKS__API_KEY": NORTH},
            2,
            "There is no PostgreSQL address",
        ),
        (
            ["--file", "no/b.duckdb"],
            {"SOURCES__ACCBOOKS__API_KEY": NORTH},
            2,
            "The folder no does not exist.",
        ),
    ],
)
def test_a_script_is_told_what_is_wrong_and_nothing_is_written(
    accbooks, tmp_path, options, variables, code, sentence
):
    result = accbooks("--no-input", *options, **variables)
    assert result.exit_code == code, result.output
    assert sentence in words(result)
    assert list(tmp_path.iterdir()) == []


def test_a_script_replaces_only_when_it_says_so(accbooks, tmp_path):
    assert accbooks("--no-input", SOURCES__ACCBOOKS__API_KEY=SOUTH).exit_code == 0
    refused = accbooks("--no-input", SOURCES__ACCBOOKS__API_KEY=NORTH)
    assert refused.exit_code == 2
    assert "The configuration has another key already. Add --replace to replace it." in words(refused)
    assert held(tmp_path)[1] == {"sources": {"accbooks": {"api_key": SOUTH}}}
    assert accbooks("--no-input", "--replace", SOURCES__ACCBOOKS__API_KEY=NORTH).exit_code == 0
    assert held(tmp_path)[1] == {"sources": {"accbooks": {"api_key": NORTH}}}
    named = json.dumps({"north": NORTH})
    assert accbooks("--no-input", SOURCES__ACCBOOKS__COMPANIES=named).exit_code == 2
    assert accbooks("--no-input", "--replace", SOURCES__ACCBOOKS__COMPANIES=named).exit_code == 0
    assert held(tmp_path)[1] == {"sources": {"accbooks": {"companies": {"north": NORTH}}}}


def test_a_repository_that_would_take_the_secrets_in_is_warned_of(accbooks, tmp_path):
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)  # noqa: S607
    environment = {"SOURCES__ACCBOOKS__API_KEY": NORTH}
    warned = accbooks("--no-input", **environment)
    assert "git does not ignore .dlt/secrets.toml, so a commit could publish your keys" in words(warned)
    (tmp_path / ".gitignore").write_text(".dlt/secrets.toml\n")
    assert "git does not ignore" not in accbooks("--no-input", **environment).output


def test_each_company_has_a_webhook_secret_of_its_own_which_stays_with_it(accbooks, tmp_path):
    first = accbooks(answers=[NORTH, "n", "", "", "", "y", SECRET])
    assert first.exit_code == 0, first.output
    assert held(tmp_path)[1] == {"sources": {"accbooks": {"api_key": NORTH, "webhook_secret": SECRET}}}
    answers = ["n", "y", "north", SOUTH, "south", "n", "", "", "", "y", "n", OTHER_SECRET]
    second = accbooks(answers=answers)
    assert second.exit_code == 0, second.output
    assert "The webhook secret of north is set already. Replace it?" in words(second)
    assert second.output.count("A webhook secret is set.") == 2
    keys = {"north": NORTH, "south": SOUTH}
    secrets = {"north": SECRET, "south": OTHER_SECRET}
    assert held(tmp_path)[1] == {"sources": {"accbooks": {"companies": keys, "webhook_secrets": secrets}}}
    assert not {SECRET, OTHER_SECRET} & set(re.findall(r"\w+", first.output + second.output))
    options = ("--company", "south")
    third = accbooks(*options, answers=["n", "", "", "", "y", "y", "whsec_third"])
    assert third.exit_code == 0, third.output
    assert held(tmp_path)[1]["sources"]["accbooks"]["webhook_secrets"] == secrets | {"south": "whsec_third"}


def test_a_script_gives_webhook_secrets_and_replaces_them_only_when_it_says_so(accbooks, tmp_path):
    keys = {"SOURCES__ACCBOOKS__COMPANIES": json.dumps({"north": NORTH, "south": SOUTH})}

    def run(*options: str, **secrets: object):
        more = {"SOURCES__ACCBOOKS__WEBHOOK_SECRETS": json.dumps(secrets)} if secrets else {}
        return accbooks("--no-input", *options, **keys, **more)

    assert run(north=SECRET, south=[SECRET, OTHER_SECRET]).exit_code == 0
    both = {"north": SECRET, "south": [SECRET, OTHER_SECRET]}
    assert held(tmp_path)[1]["sources"]["accbooks"]["webhook_secrets"] == both
    assert "nothing was written" in words(run())
    refused = run(north=OTHER_SECRET)
    assert refused.exit_code == 2
    assert "The configuration has another webhook secret already. Add --replace" in words(refused)
    assert held(tmp_path)[1]["sources"]["accbooks"]["webhook_secrets"] == both
    assert run("--replace", south=OTHER_SECRET).exit_code == 0
    replaced = {"north": SECRET, "south": OTHER_SECRET}
    assert held(tmp_path)[1]["sources"]["accbooks"]["webhook_secrets"] == replaced


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"WEBHOOK_SECRETS": "whsec"}, "Set SOURCES__ACCBOOKS__WEBHOOK_SECRETS to a JSON object"),
        ({"WEBHOOK_SECRETS": '{"west": "whsec"}'}, "names west, which has no API key."),
        ({"WEBHOOK_SECRETS": '{"north": 7}'}, "is neither a text nor a list of texts"),
        ({"WEBHOOK_SECRET": "whsec"}, "Set SOURCES__ACCBOOKS__WEBHOOK_SECRETS to a JSON object"),
    ],
)
def test_a_script_is_told_what_is_wrong_with_webhook_secrets(accbooks, tmp_path, variables, sentence):
    keys = {"SOURCES__ACCBOOKS__COMPANIES": json.dumps({"north": NORTH, "south": SOUTH})}
    named = {f"SOURCES__ACCBOOKS__{name}": value for name, value in variables.items()}
    result = accbooks("--no-input", **keys, **named)
    assert (result.exit_code, sentence in words(result)) == (2, True), result.output
    assert list(tmp_path.iterdir()) == []


def test_check_says_whether_a_webhook_secret_is_set_and_what_is_wrong_with_one_is_no_error(
    tmp_path, environment
):
    keys = {"SOURCES__ACCBOOKS__COMPANIES": json.dumps({"north": NORTH, "south": SOUTH})}
    secrets = {"SOURCES__ACCBOOKS__WEBHOOK_SECRETS": json.dumps({"north": SECRET})}
    single = {"SOURCES__ACCBOOKS__WEBHOOK_SECRET": SECRET}

    def lines(more: dict[str, str]) -> list[str]:
        ran = subprocess.run(
            [COMMAND, "check"],
            cwd=tmp_path,
            env=environment | keys | more,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (ran.returncode, SECRET in ran.stdout + ran.stderr) == (0, False)
        return [line for line in ran.stdout.splitlines() if "webhook" in line]

    assert lines(secrets) == [
        "A webhook secret is set.",
        "No webhook secret is set; only 'accbooks listen' needs one.",
    ]
    assert lines(single)[2].startswith("sources.accbooks.webhook_secret is for one company, and there are")
