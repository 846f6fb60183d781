"""Configured CSV files are in the warehouse after a sync, and a file with a bad row changes nothing there."""

from __future__ import annotations

import datetime as dt
import io
import json
import re
from html import unescape
from pathlib import Path

import pytest
from accbooks_warehouse.pipelines.commands import opening
from accbooks_warehouse.pipelines.commands.status import run_status
from accbooks_warehouse.pipelines.configuration import configured_files, file_variables
from accbooks_warehouse.pipelines.days import Days
from accbooks_warehouse.pipelines.destinations import stored_company_ids
from accbooks_warehouse.pipelines.files import BadFileError, LoadedFiles, load_configured, load_file
from accbooks_warehouse.pipelines.output.overview_json import overview_as_json
from accbooks_warehouse.pipelines.queries.figures import figures
from accbooks_warehouse.pipelines.queries.findings import Findings
from accbooks_warehouse.pipelines.queries.overview import overview
from accbooks_warehouse.pipelines.queries.pack.budget import budget
from accbooks_warehouse.pipelines.queries.practice import practice
from accbooks_warehouse.pipelines.report.practice import practice_page
from accbooks_warehouse.pipelines.sync.result import SyncResult
from accbooks_warehouse.pipelines.transform.models import Transforms
from copies import TODAY, Copy
from rich.console import Console

pytestmark = pytest.mark.long_on("postgres")

HEADER = "company_id,nominal_code,month,amount\n"


def source_of_pack(copy: Copy) -> str:
    """Return what a pack says of its budget."""
    (company,) = stored_company_ids(copy.warehouse)
    found = budget(copy.warehouse, company, Days(dt.date(2026, 4, 1), dt.date(2026, 5, 31)), None)
    assert found is not None
    return found.source


@pytest.fixture
def budgets(tmp_path: Path, copy: Copy, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Configure a file of budgets with one row, which is not loaded yet."""
    path = tmp_path / "budgets.csv"
    path.write_text(HEADER + "default,4000,2026-04-01,1000.50\n")
    monkeypatch.setenv("SOURCES__ACCBOOKS__FILES__BUDGETS", str(path))
    load_configured(copy.warehouse, {})
    return path


def rows(copy: Copy) -> list[tuple[str, ...]]:
    return [
        tuple(map(str, row))
        for row in copy.query(
            "select company_id, nominal_code, month, amount, line_number from {raw}.budgets "
            "order by line_number"
        )
    ]


def test_a_sync_loads_the_file_and_names_the_companies_by_their_ids(copy: Copy, budgets: Path) -> None:
    result = copy.sync()
    ((company_id,),) = copy.query("select company_id from {raw}.company")
    assert result.file_faults == ()
    assert rows(copy) == [(company_id, "4000", "2026-04-01", "1000.50", "2")]
    ((path, count, fault),) = copy.query("select path, number_of_rows, fault from {raw}.configured_files")
    assert (path, count, fault) == (str(budgets), 1, None)


def shown(copy: Copy, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return what is said of refused files as text, as JSON, on the practice page and in the pack."""
    monkeypatch.setattr(opening, "open_warehouse", lambda _: copy.warehouse)
    now = dt.datetime.now(dt.UTC)
    with copy.warehouse.kept_open():
        ids = stored_company_ids(copy.warehouse)
        found = overview(copy.warehouse, ids, Findings(), {})
        packs = figures(copy.warehouse, ids[0], [], now).refused_files
        page = practice_page(practice(copy.warehouse, found), {})
    said = io.StringIO()
    run_status(Console(file=said, width=1000), None, copy.warehouse.name)
    lines = [each.strip() for each in said.getvalue().splitlines()]
    after = lines.index("Configured files that were refused") if packs else -1
    texts = [lines[after + 1].removeprefix("budgets: ")] if packs else []
    (document,) = [json.loads(overview_as_json(found, SyncResult()))]
    assert document["totals"]["refused_files"] == len(packs)
    texts += [each["message"] for each in document["exceptions"] if each["kind"] == "file_refused"]
    texts += [unescape(each) for each in re.findall(r"<td>([^<]*budgets.csv[^<]*)</td>", page)]
    return [*texts, *(each.message_without_reason for each in packs)]


@pytest.mark.long
@pytest.mark.nightly_on("postgres")
def test_a_file_with_a_bad_row_changes_nothing_and_is_loaded_once_it_is_good(
    copy: Copy, budgets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy.sync()
    before = rows(copy)
    budgets.write_text(HEADER + "default,4000,2026-05-01,1\ndefault,4000,2026-05-02,1\n")
    said = (
        f"{budgets} (budgets) was not loaded. Line 3: month '2026-05-02' is not the first day of a month. "
        "Write 2026-05-01."
    )
    assert copy.sync().file_faults == (f"{said} The last good version stays.",)
    assert rows(copy) == before
    assert copy.query("select fault from {raw}.configured_files") == [(said,)]
    attention = f"{said} The last good version stays. Correct it and run `accbooks sync`."
    of_one = "The file of budgets was refused. The last good version stays. `accbooks status` says why."
    assert shown(copy, monkeypatch) == [*[attention] * 3, of_one]
    copy.sync()
    assert shown(copy, monkeypatch) == [*[attention] * 3, of_one], "it stays until a sync accepts the file"
    assert source_of_pack(copy).startswith("the last good version of the configured file, which could not")
    with pytest.raises(BadFileError, match="Line 3") as refused:
        load_file(copy.warehouse, "budgets", budgets)
    assert str(refused.value) == said
    budgets.write_text(HEADER + "default,4000,2026-05-01,1\n")
    assert load_configured(copy.warehouse, configured_files()) == LoadedFiles(("budgets",))
    assert [row[2:] for row in rows(copy)] == [("2026-05-01", "1.00", "2")]
    assert source_of_pack(copy) == "the configured file"
    assert copy.query("select fault from {raw}.configured_files") == [(None,)]
    assert shown(copy, monkeypatch) == []


@pytest.mark.usefixtures("budgets")
def test_a_file_that_is_not_different_is_not_loaded_again(copy: Copy) -> None:
    assert load_configured(copy.warehouse, configured_files()) == LoadedFiles(("budgets",))
    loaded = copy.query("select loaded_at from {raw}.configured_files")
    assert load_configured(copy.warehouse, configured_files()) == LoadedFiles()
    assert copy.query("select loaded_at from {raw}.configured_files") == loaded


@pytest.mark.usefixtures("budgets")
def test_a_file_that_is_no_longer_configured_is_removed(copy: Copy) -> None:
    load_configured(copy.warehouse, configured_files())
    assert load_configured(copy.warehouse, {}) == LoadedFiles(("budgets",))
    assert rows(copy) == []
    assert copy.query("select * from {raw}.configured_files") == []
    assert load_configured(copy.warehouse, {}) == LoadedFiles()


def test_a_large_file_is_loaded_in_parts(copy: Copy, budgets: Path) -> None:
    months = [f"{year}-{month:02}-01" for year in range(1900, 2000) for month in range(1, 13)]
    budgets.write_text(
        HEADER + "".join(f"default,4000,{month},{index}\n" for index, month in enumerate(months))
    )
    load_configured(copy.warehouse, configured_files())
    ((count, total),) = copy.query("select count(*), sum(amount) from {raw}.budgets")
    assert (count, int(total)) == (1200, 1199 * 1200 // 2)


def names(copy: Copy) -> set[str]:
    rows = copy.query("select table_name from information_schema.tables where table_schema = 'accbooks'")
    return {name for (name,) in rows if name.startswith(("consolidated_", "missing_"))}


@pytest.mark.long
@pytest.mark.nightly_on("postgres")
def test_views_of_a_file_are_built_when_it_is_configured_and_dropped_when_it_is_not(
    copy: Copy, tmp_path: Path
) -> None:
    path = tmp_path / "groups.csv"
    path.write_text("group,company_id,share,acquired_on\nAlone,default,1,\n")
    load_configured(copy.warehouse, {"groups": path})
    with Transforms(copy.warehouse, TODAY, file_variables(["groups"])) as transforms:
        assert transforms.version == copy.transforms.version, "no table is built again"
        assert transforms.build_views_of_settings()
        assert not transforms.build_views_of_settings()
    assert names(copy) == {
        "consolidated_balance_sheet",
        "consolidated_profit_and_loss",
        "consolidated_trial_balance",
        "missing_exchange_rates",
    }
    # a group of one company has the statements of that company
    for model, key, values in (
        ("trial_balance", "as_at", "debit, credit"),
        ("balance_sheet", "as_at", "amount"),
        ("profit_and_loss", "period_start", "amount"),
    ):
        columns = f"{key}, nominal_code, name, category, {values}"
        ours = copy.query(
            f"select {columns} from {{models}}.consolidated_{model} where {values.split(', ')[0]} <> 0"
        )
        theirs = copy.query(f"select {columns} from {{models}}.{model} where {values.split(', ')[0]} <> 0")
        assert ours
        assert sorted(map(str, ours)) == sorted(map(str, theirs))
    load_configured(copy.warehouse, {})
    assert copy.transforms.build_views_of_settings()
    assert names(copy) == set()
