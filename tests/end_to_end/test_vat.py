"""VAT of the emulator's books: settings that change, AccBooks' own VAT accounts, and the file for HMRC."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from accbooks_warehouse.pipelines.exit_status import ExitStatus
from accbooks_warehouse.sources.accbooks import ConfigurationError

COMMAND = Path(sys.executable).with_name("accbooks")
VARIABLE = "SOURCES__ACCBOOKS__VAT"

pytestmark = pytest.mark.long


def settings(*tables: dict[str, Any]) -> str:
    return json.dumps({"default": list(tables)})


FROM = {"from": "2000-01-01"}
QUARTERS = FROM | {"stagger": 1}


def amounts(copy: Any, boxes: str = "1, 4, 6, 7") -> dict[tuple[str, int], Decimal]:
    rows = copy.query(
        f"select period_end, box, amount from {{models}}.vat_return where box in ({boxes}) and amount <> 0"
    )
    return {(str(end), box): Decimal(amount) for end, box, amount in rows}


def vat_accounts(copy: Any, day: str) -> dict[int, Decimal]:
    """What AccBooks' own trial balance has on the VAT accounts, by the box that it is due in."""
    lines = {line["nominal_code"]: line for line in copy.report("trial-balance", as_at=day)["lines"]}
    none = {"debit": Decimal(0), "credit": Decimal(0)}
    sales, purchases = lines.get("2200", none), lines.get("2201", none)
    return {1: sales["credit"] - sales["debit"], 4: purchases["debit"] - purchases["credit"]}


def cleared(copy: Any, day: str) -> dict[int, Decimal]:
    """What the bookkeeper moved from the VAT accounts to what is owed, at a quarter's end."""
    moved = {1: Decimal(0), 4: Decimal(0)}
    for journal in copy.emulator.books.all("journals"):
        for line in journal["lines"] if journal["date"] == day else ():
            if line["nominal_code"] in ("2200", "2201"):
                amount = Decimal(str(line["debit"])) - Decimal(str(line["credit"]))
                moved[1 if line["nominal_code"] == "2200" else 4] += (
                    amount if line["nominal_code"] == "2200" else -amount
                )
    return moved


def test_a_quarter_is_what_accbooks_own_vat_accounts_moved_by(copy: Any) -> None:
    ours = amounts(copy, "1, 4")
    rows = copy.query(
        "select distinct period_start, period_end from {models}.vat_return"
        " where period_status = 'finished' order by period_end desc"
    )
    quarters = [(str(start - dt.timedelta(days=1)), str(end)) for start, end in rows][:4]
    for before, end in quarters:
        opening, closing, moved = vat_accounts(copy, before), vat_accounts(copy, end), cleared(copy, end)
        expected = {box: closing[box] - opening[box] + moved[box] for box in (1, 4)}
        assert {box: ours[end, box] for box in (1, 4)} == expected
        assert min(expected.values()) > 100


@pytest.mark.nightly
@pytest.mark.soak_on("postgres")
def test_a_changed_setting_changes_the_returns_though_no_book_did(
    copy: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    company_id = copy.emulator.books.company["id"]
    by_quarter = amounts(copy)
    totals = {box: sum(each for (_, of), each in by_quarter.items() if of == box) for box in (1, 4, 6, 7)}
    monkeypatch.setenv(VARIABLE, settings(FROM | {"scheme": "standard", "periods": "monthly"}))
    copy.sync_and_prove()
    by_month = amounts(copy)
    assert len(by_month) > 2 * len(by_quarter)
    assert {
        box: sum(each for (_, of), each in by_month.items() if of == box) for box in (1, 4, 6, 7)
    } == totals
    assert copy.transforms.changed([company_id]) == []

    # every total of the other scheme is compared, too: no finding of the books is an error
    monkeypatch.setenv(VARIABLE, settings(QUARTERS | {"scheme": "cash"}))
    copy.sync_and_prove()
    by_payment = amounts(copy)
    assert by_payment != by_quarter
    assert copy.query("select count(*) from {models}.vat_return_lines where kind = 'payment'")[0][0] > 20
    assert copy.query("select count(*) from {models}.findings where check_name like 'vat%'") == [(0,)]

    monkeypatch.delenv(VARIABLE)
    copy.sync_and_prove()
    assert amounts(copy) == by_quarter


@pytest.mark.soak
def test_the_flat_rate_is_of_the_turnover_with_vat(copy: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    by_quarter = amounts(copy)
    flat = {"scheme": "flat_rate", "flat_rate_percent": 10}
    monkeypatch.setenv(VARIABLE, settings(QUARTERS | flat))
    copy.sync_and_prove()
    turnover = {
        end: by_quarter.get((end, 6), Decimal(0)) + by_quarter.get((end, 1), Decimal(0))
        for end, _ in by_quarter
    }
    assert {end: each for (end, box), each in amounts(copy).items() if box == 6} == turnover
    assert copy.query("select count(*) from {models}.findings where check_name like 'vat%'") == [(0,)]
    monkeypatch.delenv(VARIABLE)
    copy.sync_and_prove()
    assert amounts(copy) == by_quarter


@pytest.mark.databases("duckdb")
def test_a_wrong_setting_ends_the_sync_of_its_company_with_bad_usage(
    copy: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, settings(QUARTERS | {"scheme": "barter"}))
    result = copy.sync()
    (company,) = result.companies
    assert isinstance(company.error, ConfigurationError)
    assert str(company.error).startswith(
        "The setting in sources.accbooks.vat.default from 2000-01-01 has scheme 'barter', which is not"
    )
    assert result.status is ExitStatus.USAGE


@pytest.mark.databases("duckdb")
def test_a_return_is_written_as_hmrc_takes_it(copy: Any, tmp_path: Path) -> None:
    ((end,),) = copy.query("select max(period_end) from {models}.vat_return where period_status = 'finished'")
    rows = copy.query(
        "select box, filed_amount from {models}.vat_return where period_end = %s order by box", end
    )
    ((future,),) = copy.query("select max(period_end) from {models}.vat_return")
    copy.warehouse.release()
    place = copy.warehouse.dbt_environment()["ACCBOOKS_DUCKDB_PATH"]

    def export(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [COMMAND, "export", *arguments],
            cwd=tmp_path,
            env={**os.environ, "DESTINATION__DUCKDB__CREDENTIALS": place, "COLUMNS": "300"},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    mtd = ("vat_return", "--format", "mtd", "--period", str(end))
    done = export(*mtd, "--period-key", "18A1", "--output", "return.json")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("to return.json. It was not submitted.\n")
    written = json.loads((tmp_path / "return.json").read_text(), parse_float=Decimal)
    assert list(written.values()) == ["18A1", *(amount for _, amount in rows), False]
    assert json.loads(export(*mtd, "--period-key", "18A1", "--finalised", "--output", "-").stdout)[
        "finalised"
    ]

    raw = copy.warehouse.raw
    copy.warehouse.execute(f"update {raw}.invoices set _dlt_load_id = _dlt_load_id || 'x'")
    copy.warehouse.release()
    doubtful = export(*mtd, "--period-key", "18A1", "--output", "-")
    refusal = export(*mtd, "--period-key", "18A1", "--finalised", "--output", "-")
    reason = "records were loaded that the ledger was not built from yet."
    assert (doubtful.returncode, doubtful.stderr) == (
        0,
        f"The VAT return to {end} may be wrong: {reason}\n",
    )
    assert (refusal.returncode, refusal.stdout) == (1, "")
    assert f"The VAT return to {end} cannot be final: {reason}" in refusal.stderr
    copy.warehouse.execute(f"update {raw}.invoices set _dlt_load_id = left(_dlt_load_id, -1)")

    copy.warehouse.execute(f"update {copy.warehouse.raw}.company set base_currency = 'EUR'")
    copy.warehouse.release()
    in_euros = export(*mtd, "--period-key", "18A1", "--output", "-")
    final = export(*mtd, "--period-key", "18A1", "--finalised", "--output", "-")
    copy.warehouse.execute(f"update {copy.warehouse.raw}.company set base_currency = 'GBP'")
    copy.warehouse.release()
    assert (in_euros.returncode, in_euros.stderr.splitlines()[0]) == (
        0,
        "The books are in EUR: convert the boxes, HMRC wants pounds sterling.",
    )
    assert (final.returncode, final.stdout) == (2, "")
    assert "so this return cannot be final" in final.stderr

    refused = {
        (*mtd,): "There is no --period-key. Write the four characters",
        (*mtd[:3], "--period-key", "18A1"): "There is no --period. Write the last day",
        (*mtd[:4], "2020-02-29", "--period-key", "18A1"): "No VAT period ends on 2020-02-29.",
        (
            *mtd[:4],
            str(future),
            "--period-key",
            "18A1",
            "--finalised",
        ): "is not over, so its return cannot be",
        ("trial_balance", *mtd[1:], "--period-key", "18A1"): "--format mtd is for vat_return",
        ("vat_return", "--period", str(end)): "--period, --period-key and --finalised need --format mtd.",
    }
    for arguments, sentence in refused.items():
        process = export(*arguments)
        assert process.returncode == 2, process
        assert sentence in process.stderr
