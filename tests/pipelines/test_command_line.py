import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Any

import duckdb
import pytest
import typer
from accbooks_warehouse.pipelines import completion, options
from accbooks_warehouse.pipelines.cli import app
from accbooks_warehouse.pipelines.output import console
from accbooks_warehouse.pipelines.usage import wrong_value
from rich.console import Console
from typer.main import get_command
from typer.testing import CliRunner, Result

Configure = Callable[..., None]

COMMAND = Path(sys.executable).with_name("accbooks")
GROUP: Any = get_command(app)
COMMAND_NAMES = list(GROUP.commands)
COMMANDS = (
    "check",
    "plan",
    "sync",
    "transform",
    "reconcile",
    "status",
    "report",
    "emulate",
    "demo",
    "init",
    "export",
    "forget",
    "close",
    "reopen",
    "maintain",
)

HEAVY = (
    "adbc_driver_postgresql",
    "structlog",
    "dlt",
    "dbt",
    "duckdb",
    "pandas",
    "pyarrow",
    "psycopg2",
    "fastapi",
    "pendulum",
    "altair",
    "vl_convert",
    "jinja2",
)

HELP = """
import json, sys
from accbooks_warehouse.pipelines.cli import app
codes = {}
for command in [[], *([name] for name in json.loads(sys.argv[1]))]:
    try:
        app([*command, "--help"])
    except SystemExit as end:
        codes[" ".join(command)] = end.code
loaded = sorted({name.partition(".")[0] for name in sys.modules} & set(json.loads(sys.argv[2])))
print(json.dumps([codes, loaded]))
"""


@pytest.fixture
def run(here: Path, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    """Return a runner of commands that leaves this process' logging as it is."""
    assert here.is_dir()
    monkeypatch.delenv("COLUMNS", raising=False)
    monkeypatch.setattr(console, "open_console", lambda **_: Console(width=100, highlight=False))
    return CliRunner()


def said(result: Result) -> tuple[int, str]:
    return result.exit_code, result.stderr.strip()


RUNNING = """
import sys
from accbooks_warehouse.pipelines.cli import app
try:
    app(["sync", "--jobs", "2", "--from", "2026-01-31"])
finally:
    print("pydantic" in sys.modules)
"""


def test_a_command_starts_without_pydantic(here: Path) -> None:
    found = subprocess.run(
        [sys.executable, "-c", RUNNING], cwd=here, capture_output=True, text=True, check=False
    )
    assert "There is no API key" in found.stderr, "it got as far as the command itself"
    assert found.stdout == "False\n"


def test_help_of_every_command_loads_nothing_heavy() -> None:
    names = COMMAND_NAMES
    assert set(names) >= set(COMMANDS)
    command = [sys.executable, "-c", HELP, json.dumps(names), json.dumps(HEAVY)]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    codes, loaded = json.loads(ran.stdout.splitlines()[-1])
    assert codes == dict.fromkeys(["", *names], 0)
    assert loaded == []
    assert "Exit status: 0 done and everything compared matches AccBooks, 1 error, 2 bad usage" in " ".join(
        ran.stdout.split()
    )


VERSION = """
import json, sys
from accbooks_warehouse.pipelines.cli import app
try:
    app(["--version"])
except SystemExit as end:
    loaded = sorted({name.partition(".")[0] for name in sys.modules} & set(json.loads(sys.argv[1])))
    print(json.dumps([end.code, loaded]))
"""


def test_the_version_is_one_line_of_what_is_installed_and_loads_nothing_heavy() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", VERSION, json.dumps(HEAVY)], capture_output=True, text=True, check=True
    )
    line, ended = ran.stdout.splitlines()
    names = ("accbooks-warehouse", "dlt", "dbt-core", "duckdb")
    assert line == ", ".join(f"{name} {metadata.version(name)}" for name in names)
    assert json.loads(ended) == [0, []]


def test_the_module_is_the_same_command() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "pipelines", "nonsense"], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 2
    assert "No such command 'nonsense'" in ran.stderr


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--from", "2024-13-01"], "--from is '2024-13-01', which is no date. Write one like 2026-04-01."),
        (["--to", "1 April"], "--to is '1 April', which is no date. Write one like 2026-04-01."),
        (["--from", "2024-05-01", "--to", "2024-04-01"], "--from 2024-05-01 is after --to 2024-04-01."),
        (
            ["--resource", "receipts"],
            (
                "There is no table 'receipts'. Choose from company, contacts, bank_accounts, "
                "transactions, invoices, journals, trial_balance, balance_sheet, profit_loss."
            ),
        ),
    ],
)
def test_an_option_that_cannot_be_right_is_bad_usage(
    run: CliRunner, arguments: list[str], sentence: str
) -> None:
    result = run.invoke(app, ["sync", *arguments])
    assert said(result) == (2, f"{sentence} See 'accbooks --help'.")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ("sync --certify deep", "--certify is 'deep'. Write balances, years or months."),
        ("sync --log-format xml", "--log-format is 'xml'. Write text or json."),
        ("sync --summary none", "--summary is 'none'. Write full or line."),
        ("sync --jobs many", "--jobs is 'many'. Write a whole number of at least 1."),
        ("sync --jobs 0", "--jobs is '0'. Write a whole number of at least 1."),
        ("sync --max-minutes 1.5", "--max-minutes is '1.5'. Write a whole number of at least 1."),
        ("sync --jitter=-1", "--jitter is '-1'. Write a whole number of at least 0."),
        ("status --format xml", "--format is 'xml'. Write table or json."),
        ("plan --format csv", "--format is 'csv'. Write table or json."),
        ("reconcile --format xml", "--format is 'xml'. Write table, csv or json."),
        ("export trial_balance --format doc", "--format is 'doc'. Write csv, parquet, xlsx or mtd."),
        ("report --format pdf", "--format is 'pdf'. Write html or xlsx."),
        ("listen --port 99999", "--port is '99999'. Write a whole number from 0 to 65535."),
        ("listen --metrics-port x", "--metrics-port is 'x'. Write a whole number from 0 to 65535."),
        ("emulate --port 99999", "--port is '99999'. Write a whole number from 0 to 65535."),
        ("emulate --seed x", "--seed is 'x'. Write a whole number."),
        ("emulate --companies 0", "--companies is '0'. Write a whole number of at least 1."),
        ("emulate --latency soon", "--latency is 'soon'. Write a number of at least 0."),
        ("emulate --minute x", "--minute is 'x'. Write a number."),
    ],
)
def test_a_value_of_another_kind_is_said_in_one_sentence(
    run: CliRunner, arguments: str, sentence: str
) -> None:
    command = arguments.partition(" ")[0]
    code, found = said(run.invoke(app, arguments.split(), prog_name="accbooks"))
    assert (code, found) == (2, f"{sentence} See 'accbooks {command} --help'.")


@pytest.mark.parametrize(
    "arguments",
    [
        "report --as-at 31/3/2026",
        "close --through 31/3/2026",
        "close --vat 31/3/2026",
        "close --corporation-tax 31/3/2026",
        "close --through 2026-03-31 --filed 31/3/2026",
        "reopen --through 31/3/2026",
        "emulate --today 31/3/2026",
    ],
)
def test_every_option_with_a_date_says_the_same_of_one_that_is_none(run: CliRunner, arguments: str) -> None:
    option = arguments.split()[-2]
    sentence = f"{option} is '31/3/2026', which is no date. Write one like 2026-04-01."
    assert said(run.invoke(app, arguments.split())) == (2, f"{sentence} See 'accbooks --help'.")


def test_no_option_of_any_command_answers_in_the_words_of_a_library() -> None:
    refused = {}
    for name, command in GROUP.commands.items():
        for parameter in command.params:
            if parameter.param_type_name == "option" and not parameter.is_flag:
                try:
                    command.make_context(name, [parameter.opts[0], "?!"], resilient_parsing=False)
                except typer.BadParameter as error:
                    if error.param is parameter:
                        refused[name, parameter.opts[0]] = wrong_value(error)
    assert len(refused) >= 15
    expected = r"Write (an?|[a-z]+,|[a-z]+ or) .*\w\."
    assert [
        said
        for (_, option), said in refused.items()
        if not re.fullmatch(rf"{option} is '\?!'\. {expected}", said)
    ] == []


def test_a_window_may_be_open_on_either_side() -> None:
    assert options.window(None, None) is None
    assert str(options.window("2024-01-01", None)) == "2024-01-01 to the end"
    assert str(options.window("2024-01-01", "2024-01-01")) == "2024-01-01 to 2024-01-01"


@pytest.mark.parametrize("command", ["status", "transform", "reconcile", "report"])
def test_a_database_that_is_not_there_is_said_to_hold_no_books_and_is_not_made(
    run: CliRunner, here: Path, command: str
) -> None:
    sentence = "DuckDB file books.duckdb has no books yet. Run 'accbooks sync' first."
    assert said(run.invoke(app, [command])) == (1, sentence)
    assert list(here.iterdir()) == []


def test_the_former_default_file_is_used_with_a_sentence(run: CliRunner, here: Path) -> None:
    duckdb.connect("accbooks.duckdb").close()
    code, sentences = said(run.invoke(app, ["status"]))
    assert code == 1
    assert sentences == (
        "Using accbooks.duckdb, because no DuckDB file is configured and books.duckdb does not exist. "
        "To choose another file, set destination.duckdb.credentials in .dlt/config.toml.\n"
        "DuckDB file accbooks.duckdb has no books yet. Run 'accbooks sync' first."
    )
    assert {path.name for path in here.glob("*.duckdb")} == {"accbooks.duckdb"}


def test_a_sync_without_a_key_asks_for_one_and_makes_no_database(run: CliRunner, here: Path) -> None:
    code, sentence = said(run.invoke(app, ["sync"]))
    assert code == 2
    assert sentence.startswith("There is no API key. Create one in AccBooks")
    assert list(here.iterdir()) == []


def test_a_check_without_a_key_asks_for_one(run: CliRunner) -> None:
    assert said(run.invoke(app, ["check"]))[0] == 2


def test_postgres_without_credentials_is_bad_configuration(run: CliRunner) -> None:
    code, sentence = said(run.invoke(app, ["status", "--destination", "postgres"]))
    assert code == 2
    assert sentence.startswith("There are no credentials for PostgreSQL.")


def test_an_unknown_destination_is_bad_usage(run: CliRunner) -> None:
    assert said(run.invoke(app, ["sync", "--destination", "sqlite"]))[0] == 2


@pytest.mark.parametrize(
    ("option", "value", "reason"),
    [
        ("--minute", "0", "a rate window has to last some time"),
        ("--size", "huge", "size is one of empty, tiny, small, medium, large, not huge"),
        ("--plan", "free", "plan is one of starter, pro, enterprise, not free"),
    ],
)
def test_an_emulator_that_cannot_be_is_refused(run: CliRunner, option: str, value: str, reason: str) -> None:
    code, sentence = said(run.invoke(app, ["emulate", option, value]))
    assert code == 2
    assert sentence == f"The emulator's options are not valid: {reason}."


def test_an_error_nobody_foresaw_is_said_in_one_line(run: CliRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("boom")

    monkeypatch.setattr("accbooks_warehouse.pipelines.commands.status.run_status", fail)
    result = run.invoke(app, ["status"])
    assert said(result) == (
        1,
        "Unexpected error (RuntimeError: boom). Run again with --verbose to see where.",
    )
    assert result.stdout == ""


def test_a_reader_that_goes_away_is_said_as_what_it_is(here: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    ran = subprocess.run(
        [COMMAND, "export", "--list"],
        stdout=writing,
        stderr=subprocess.PIPE,
        text=True,
        cwd=here,
        check=False,
    )
    os.close(writing)
    assert (ran.returncode, ran.stderr) == (
        1,
        "The program reading the output closed it early.\n",
    )


@pytest.mark.parametrize("name", sorted(COMMAND_NAMES))
def test_the_help_of_a_command_ends_with_examples_that_can_be_typed_and_fits_a_terminal(name: str) -> None:
    result = CliRunner().invoke(app, [name, "--help"], env={"COLUMNS": "80"}, prog_name="accbooks")
    assert max(map(len, result.output.splitlines())) <= 80
    _, _, ending = result.output.partition("\n  Example")
    examples = [line.strip() for line in ending.splitlines()[1:]]
    assert 1 <= len(examples) <= 4
    for example in examples:
        words = shlex.split(example.partition("|")[0].partition(">")[0].strip(), posix=True)
        arguments = words[words.index("accbooks") + 1 :]
        assert arguments[0] == name
        command = GROUP.commands[name]
        command.make_context(name, arguments[1:])


def complete(words: str) -> list[str]:
    """Return what bash offers after these words."""
    environment = {
        "PATH": os.environ["PATH"],
        "_ACCBOOKS_COMPLETE": "complete_bash",
        "COMP_WORDS": words,
        "COMP_CWORD": str(words.count(" ")),
    }
    ran = subprocess.run([COMMAND], capture_output=True, text=True, env=environment, check=False)
    assert ran.stderr == ""
    return ran.stdout.splitlines()


def test_a_shell_completes_commands_models_companies_and_destinations(configure: Configure) -> None:
    configure(
        secrets='[sources.accbooks.companies]\nnorth = "key-1"\nnorth_east = "key-2"\nsouth = "key-3"\n'
    )
    assert complete("accbooks rec") == ["reconcile"]
    assert complete("accbooks export trial") == ["trial_balance"]
    assert complete("accbooks sync --company nor") == ["north", "north_east"]
    assert complete("accbooks status --destination p") == ["postgres"]


@pytest.mark.parametrize("secrets", ["no TOML", "sources = 3", "[sources.accbooks]\ncompanies = 3", ""])
def test_a_configuration_that_cannot_be_read_completes_nothing(here: Path, secrets: str) -> None:
    (here / ".dlt").mkdir()
    (here / ".dlt" / "secrets.toml").write_text(secrets)
    assert completion.company_names("") == []


def test_companies_in_the_environment_are_completed(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert here.is_dir()
    monkeypatch.setenv("SOURCES__ACCBOOKS__COMPANIES", '{"south": "key-2", "north": "key-1"}')
    assert completion.company_names("") == ["north", "south"]


def test_the_shell_is_told_how_to_complete() -> None:
    # as from an interactive shell: which one it is follows from the process that started the command
    line = ["bash", "-c", f"{COMMAND} --show-completion; true"]
    ran = subprocess.run(line, capture_output=True, text=True, check=False)
    assert "complete -o default -F _accbooks_completion accbooks" in ran.stdout


COMPLETING = """
import sys
from accbooks_warehouse.pipelines.completion import company_names, destination_names, model_names
company_names(""), destination_names(""), model_names("")
import accbooks_warehouse.pipelines.cli
print(sorted({name.partition(".")[0] for name in sys.modules} & set(sys.argv[1].split())))
"""


def test_completing_loads_nothing_heavy() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", COMPLETING, " ".join(HEAVY)], capture_output=True, text=True, check=True
    )
    assert ran.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ["--webhook-url", "http://127.0.0.1:1/"],
            "Give both --webhook-url and --webhook-secret, or neither.",
        ),
        (["--webhook-secret", "whsec"], "Give both --webhook-url and --webhook-secret, or neither."),
        (
            ["--webhook-url", "127.0.0.1:8787", "--webhook-secret", "whsec"],
            "--webhook-url is '127.0.0.1:8787'. Write an address like http://127.0.0.1:8787/webhooks.",
        ),
    ],
)
def test_the_emulator_refuses_webhooks_that_it_cannot_send(
    run: CliRunner, arguments: list[str], sentence: str
) -> None:
    assert said(run.invoke(app, ["emulate", *arguments])) == (2, sentence)
