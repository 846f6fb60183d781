import errno
import re
from pathlib import Path

import pytest
import typer
from accbooks_warehouse.pipelines.errors import TransformError, WarehouseError
from accbooks_warehouse.pipelines.exit_status import ExitStatus
from accbooks_warehouse.pipelines.output.failure import explain
from accbooks_warehouse.sources.accbooks.errors import (
    ConfigurationError,
    DayBudgetSpentError,
    PermissionMissingError,
    UnauthorizedError,
    UnreachableError,
)
from dlt.common.configuration.providers.toml import SecretsTomlProvider, TomlProviderReadException


@pytest.mark.parametrize(
    ("error", "sentence", "status"),
    [
        (ConfigurationError("No key."), "No key.", ExitStatus.USAGE),
        (UnauthorizedError("Wrong key."), "Wrong key.", ExitStatus.ERROR),
        (UnreachableError("No answer."), "No answer.", ExitStatus.ERROR),
        (WarehouseError("Locked."), "Locked.", ExitStatus.ERROR),
        (TransformError("dbt could not run."), "dbt could not run.", ExitStatus.ERROR),
        (
            PermissionMissingError("reports", "reports/profit-loss"),
            (
                "The API key lacks the permission 'reports' (GET reports/profit-loss was forbidden). "
                "Add it under Settings → Integrations → API → Keys."
            ),
            ExitStatus.ERROR,
        ),
        (
            DayBudgetSpentError("The day is spent.", resets_at=1775088000.0),
            "The day is spent. What was complete is kept. Run again after 2026-04-02 00:00:00 UTC.",
            ExitStatus.LIMIT_REACHED,
        ),
        (
            KeyboardInterrupt(),
            "Interrupted. What was complete is kept. Run again to finish.",
            ExitStatus.ERROR,
        ),
        (OSError(errno.EFBIG, "File too large"), "The disk is full. Free some space, then run again.", 1),
        (OSError(errno.EDQUOT, "Quota exceeded"), "The disk is full. Free some space, then run again.", 1),
        (
            OSError(errno.ENOSPC, "No space left on device"),
            "The disk is full. Free some space, then run again.",
            ExitStatus.ERROR,
        ),
        (
            OSError(errno.EACCES, "Permission denied"),
            (
                "Unexpected error (PermissionError: [Errno 13] Permission denied). "
                "Run again with --verbose to see where."
            ),
            ExitStatus.ERROR,
        ),
        (
            RuntimeError("first line\nsecond line"),
            ("Unexpected error (RuntimeError: first line). Run again with --verbose to see where."),
            ExitStatus.ERROR,
        ),
        (
            AssertionError(),
            ("Unexpected error (AssertionError: no message). Run again with --verbose to see where."),
            ExitStatus.ERROR,
        ),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else "",
)
def test_an_error_becomes_a_sentence_and_a_status(
    error: BaseException, sentence: str, status: ExitStatus
) -> None:
    assert explain(error) == (sentence, status)


def test_a_bad_option_is_bad_usage() -> None:
    sentence, status = explain(typer.BadParameter("--from is no date."))
    assert sentence == "--from is no date. See 'accbooks --help'."
    assert status is ExitStatus.USAGE


@pytest.mark.parametrize("content", ["api_key = sk-live-1\n", "sk-live-1"])
def test_a_file_that_is_no_toml_is_named_and_nothing_of_it_repeated(here: Path, content: str) -> None:
    (here / ".dlt").mkdir()
    (here / ".dlt" / "secrets.toml").write_text(content)
    with pytest.raises(TomlProviderReadException) as refused:
        SecretsTomlProvider(".dlt")
    sentence, status = explain(refused.value)
    assert status is ExitStatus.USAGE
    assert re.fullmatch(
        r"\.dlt/secrets\.toml is not valid TOML at line 1, column \d+\. Correct it, then run again\.",
        sentence,
    )
