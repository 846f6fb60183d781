"""Periods that stay closed: what changes before the closing shows, and what changes after it does not.

The tests share one copy and follow each other: closed, edited, reopened, closed again.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pendulum
import pytest
from accbooks_warehouse.pipelines.cli import app
from accbooks_warehouse.pipelines.closing.close import close
from accbooks_warehouse.pipelines.closing.period import Period
from accbooks_warehouse.pipelines.closing.reopen import reopen
from accbooks_warehouse.pipelines.closing.stored_findings import store_findings
from accbooks_warehouse.pipelines.destinations import Postgres
from accbooks_warehouse.pipelines.errors import WarehouseError
from accbooks_warehouse.pipelines.exit_status import ExitStatus
from accbooks_warehouse.pipelines.output.notice import notice
from accbooks_warehouse.pipelines.output.run_log import TextLog
from accbooks_warehouse.pipelines.output.run_record import company_records, run_record
from accbooks_warehouse.pipelines.queries.closings import ACCOUNTS, VAT
from accbooks_warehouse.pipelines.queries.comparison import compared
from accbooks_warehouse.pipelines.queries.findings import findings, first_line
from accbooks_warehouse.pipelines.sync.own_tables import make_own_tables
from accbooks_warehouse.pipelines.sync.scope import Scope
from accbooks_warehouse.pipelines.transform.ledger_inputs import TamperedMonth
from accbooks_warehouse.sources.accbooks import ConfigurationError
from accbooks_warehouse.sources.accbooks.windows import Window
from copies import Copy
from rich.console import Console
from typer.testing import CliRunner, Result

TODAY = pendulum.today("UTC").date()
QUARTER = TODAY.replace(month=3 * ((TODAY.month - 1) // 3) + 1, day=1)
THROUGH = QUARTER.subtract(months=3).subtract(days=1)
"""The end of a VAT quarter, three to six months ago."""
COMPANY = "comp_1"

pytestmark = [pytest.mark.long, pytest.mark.nightly_on("postgres")]
Record = dict[str, Any]


def command(copy: Copy, *arguments: str) -> Result:
    warehouse = copy.warehouse
    place = (
        {"DESTINATION__POSTGRES__CREDENTIALS": warehouse.address.of_dlt().to_native_representation()}
        if isinstance(warehouse, Postgres)
        else {"DESTINATION__DUCKDB__CREDENTIALS": warehouse.dbt_environment()["ACCBOOKS_DUCKDB_PATH"]}
    )
    return CliRunner().invoke(
        app, [*arguments, "--destination", warehouse.name], env={**place, "COLUMNS": "200"}
    )


def last(copy: Copy, resource: str, first: pendulum.Date, end: pendulum.Date, **fields: Any) -> Record:
    """Return the last record of those days with these fields, in pounds."""
    found = [
        record
        for record in copy.emulator.books.all(resource)
        if str(first) <= record["date"] <= str(end)
        and record["currency"] == "GBP"
        and all(record[name] == value for name, value in fields.items())
    ]
    return found[-1]


def dearer(invoice: Record) -> Record:
    """Return an invoice for 100.00 more and 20.00 of VAT on it, in its first line."""
    line, *others = invoice["line_items"]
    more = {"net_amount": line["net_amount"] + 100, "vat_amount": line["vat_amount"] + 20}
    totals = {
        name: invoice[name] + amount
        for name, amount in (("net_total", 100), ("vat_total", 20), ("gross_total", 120))
    }
    return {**invoice, **totals, "line_items": [line | more, *others]}


PAYMENT = {"type": "money_out", "invoice_id": None, "status": "posted", "vat_amount": Decimal("0.00")}


@dataclass(frozen=True)
class Edited:
    """The records as they were before the edits, by what was done to them, and the result of the sync."""

    records: dict[str, Record]
    result: Any
    summary: str
    notice: dict[str, Any]


@pytest.fixture(scope="module")
def closed(synced_copies: Any) -> Iterator[Copy]:
    with synced_copies() as copy:
        for kind in (ACCOUNTS, VAT):
            close(copy.warehouse, Period(COMPANY, kind, THROUGH), by="anna", note="filed")
        yield copy


@pytest.fixture(scope="module")
def edited(closed: Copy) -> Edited:
    books = closed.emulator.books
    before, after = THROUGH.subtract(days=60), THROUGH.add(days=1)
    end_before, end_after = THROUGH.subtract(days=8), THROUGH.add(days=60)
    records: dict[str, Record] = {}

    sale = last(closed, "invoices", before, end_before, type="sales", status="paid")
    books.put("invoices", dearer(sale))
    records["changed"] = sale

    records["deleted"] = last(closed, "transactions", before, end_before, **PAYMENT)
    books.remove("transactions", records["deleted"]["id"])
    records["moved out"] = last(closed, "transactions", before, end_before, **PAYMENT)
    books.put("transactions", records["moved out"] | {"date": str(THROUGH.add(days=2))})
    records["moved in"] = last(closed, "transactions", after, end_after, **PAYMENT)
    books.put("transactions", records["moved in"] | {"date": str(THROUGH)})

    purchase = last(closed, "invoices", before, end_before, type="purchase", status="paid")
    late = purchase | {"id": "inv_late", "number": "LATE-1", "status": "sent", "amount_paid": Decimal(0)}
    books.put("invoices", late)
    records["added"] = late

    # and edits that no closing is about
    later = last(closed, "invoices", after, end_after, type="sales", status="paid")
    books.put("invoices", dearer(later))
    books.remove("transactions", last(closed, "transactions", after, end_after, **PAYMENT)["id"])

    result = closed.sync(Scope(Window(before, None)))
    printed = io.StringIO()
    found = {COMPANY: compared(closed.warehouse, COMPANY)}
    company = company_records(result, found)
    TextLog(Console(file=printed, width=5000), in_lines=True).synced(result, company, lambda _: None)
    now = pendulum.now("UTC")
    return Edited(records, result, printed.getvalue(), notice(run_record(result, company), now, now))


def test_a_fresh_closing_is_quiet_and_its_balances_are_those_of_the_trial_balance(closed: Copy) -> None:
    assert closed.query(
        "select kind, closed_through, closed_by, note, forced from {models}.closings order by 1"
    ) == [
        (ACCOUNTS, THROUGH, "anna", "filed", False),
        (VAT, THROUGH, "anna", "filed", False),
    ]
    assert (
        closed.query(
            "select balances.nominal_code from {models}.closed_balances as balances"
            " inner join {models}.nominal_accounts as accounts using (company_id, nominal_code)"
            " left join {models}.trial_balance as reported on balances.company_id = reported.company_id"
            " and balances.nominal_code = reported.nominal_code and balances.closed_through = reported.as_at"
            " where accounts.nominal_code <> '3200'"
            " and coalesce(balances.profit_and_loss_of_year, balances.balance)"
            " <> coalesce(reported.debit - reported.credit, 0)"
        )
        == []
    )
    assert closed.query("select count(*) > 20 from {models}.closed_balances") == [(True,)]


def test_each_kind_of_change_before_the_closing_is_shown_and_none_after_it(
    closed: Copy, edited: Edited
) -> None:
    found = closed.query(
        "select source_id, change, nominal_code, difference from {models}.prior_period_changes"
    )
    by_document: dict[tuple[str, str], dict[str, Decimal]] = {}
    for source_id, change, nominal_code, difference in found:
        by_document.setdefault((source_id, change), {})[nominal_code] = difference
    was = edited.records
    banks = {each["id"]: each["nominal_code"] for each in closed.emulator.books.all("bank_accounts")}

    def paid(record: Record, sign: int) -> dict[str, Decimal]:
        return {
            record["nominal_code"]: sign * record["amount"],
            banks[record["account_id"]]: -sign * record["amount"],
        }

    sale, late = was["changed"], was["added"]
    bought: dict[str, Decimal] = {}
    for line in late["line_items"]:
        bought[line["nominal_code"]] = bought.get(line["nominal_code"], Decimal(0)) + line["net_amount"]
    vat = sum((line["vat_amount"] for line in late["line_items"]), Decimal(0))
    net = sum(bought.values(), Decimal(0))
    assert by_document == {
        (sale["id"], "changed"): {
            "1100": Decimal(120),
            "2200": Decimal(-20),
            sale["line_items"][0]["nominal_code"]: Decimal(-100),
        },
        (was["deleted"]["id"], "deleted"): paid(was["deleted"], -1),
        (was["moved out"]["id"], "moved"): paid(was["moved out"], -1),
        (was["moved in"]["id"], "moved"): paid(was["moved in"], 1),
        ("inv_late", "added"): {"2100": -net - vat, **({"2201": vat} if vat else {}), **bought},
    }
    seen = "select count(*) from {models}.prior_period_changes where first_seen_at is null"
    assert closed.query(seen) == [(0,)]


def test_the_rows_of_an_account_add_up_to_the_difference_of_its_balance(closed: Copy, edited: Edited) -> None:
    assert (
        closed.query(
            "select nominal_code from ("
            " select nominal_code, balance as amount from {models}.closed_balances"
            " union all select nominal_code, difference from {models}.prior_period_changes"
            " union all select nominal_code, -amount from {staging}.ledger_postings where posting_date <= %s"
            ") as parts group by nominal_code having sum(amount) <> 0",
            THROUGH,
        )
        == []
    )
    assert edited.result.status is ExitStatus.DONE
    checks = {each.check_name: each.severity for each in edited.result.findings.rows}
    assert checks == {"prior_period_change": "warning", "late_vat": "warning"}


@pytest.mark.soak_on("postgres")
def test_it_is_on_the_first_line_of_summary_status_report_and_notice(
    closed: Copy, edited: Edited, tmp_path: Any
) -> None:
    line = first_line(edited.result.findings)
    assert line is not None
    assert line.startswith("5 documents changed in a closed period: ")
    for record in edited.records.values():
        assert record["id"] in line
    assert ", by 120.00 (1100 120.00, 2200 -20.00, " in line
    assert edited.summary.splitlines()[0] == line
    for arguments in (("status",), ("report", "--output", str(tmp_path / "report.html"))):
        said = command(closed, *arguments)
        assert said.stdout.splitlines()[0] == line
        assert said.exit_code == 0
    page = (tmp_path / "report.html").read_text()
    assert '<div class="verdict open"' in page
    assert '<p class="headline">5 documents changed in a closed period</p>' in page
    assert 'class="verdict good' not in page
    assert edited.notice["text"].startswith("5 documents changed in a closed period. accbooks sync on ")
    assert "120.00" not in str(edited.notice)
    shown = command(closed, "status").stdout
    assert f"accounts closed through {THROUGH}, on {TODAY} by anna: filed" in shown


@pytest.mark.nightly
@pytest.mark.soak_on("postgres")
def test_findings_are_stored_again_only_if_the_models_follow_from_something_else(
    closed: Copy,
    edited: Edited,  # noqa: ARG001 - after the edits
) -> None:
    right = findings(closed.warehouse, [COMPANY]).counts
    stray = (
        "insert into {raw}.closing_findings (company_id, check_name, message)"
        f" values ('{COMPANY}', 'late_vat', 'of an earlier state')"
    )

    def counts(**options: bool) -> dict[str, int]:
        store_findings(closed.warehouse, **options)
        return findings(closed.warehouse, [COMPANY]).counts

    closed.execute(stray)
    assert counts() == right | {"late_vat": 2}
    assert counts(anew=True) == right
    closed.execute(stray)
    closed.transforms.inputs.mark_for_rebuild([TamperedMonth(COMPANY, QUARTER)])
    assert counts() == right
    closed.transforms.build([COMPANY])
    assert counts() == right
    assert closed.query("select count(distinct judged_inputs) from {raw}.closings") == [(1,)]


def test_late_vat_has_the_sale_as_an_error_and_the_purchase_apart(closed: Copy, edited: Edited) -> None:
    vat = sum((line["vat_amount"] for line in edited.records["added"]["line_items"]), Decimal(0))
    assert closed.query(
        "select source_id, treatment, box_1, box_4, box_6 from {models}.late_vat"
        " where source_type = 'invoice' order by treatment"
    ) == [
        (edited.records["changed"]["id"], "error", Decimal(20), Decimal(0), Decimal(100)),
        ("inv_late", "late_purchase", Decimal(0), vat, Decimal(0)),
    ]
    assert closed.query("select net_error, vat_on_late_purchases from {models}.late_vat_limits") == [
        (Decimal(20), vat)
    ]
    mtd = ("export", "vat_return", "--format", "mtd", "--period-key", "18A1", "--output", "-", "--period")
    said = command(closed, *mtd, str(THROUGH))
    assert said.exit_code == 0
    assert said.stderr.startswith(
        f"VAT is closed through {THROUGH}, and 2 documents changed closed returns since: these figures may"
    )
    ((later,),) = closed.query(
        "select min(period_end) from {models}.vat_periods where period_end > %s", THROUGH
    )
    assert "closed" not in command(closed, *mtd, str(later)).stderr


@pytest.mark.soak_on("postgres")
def test_the_closing_survives_a_full_refresh(closed: Copy, edited: Edited) -> None:  # noqa: ARG001 - before it
    tables = ("closings", "closed_balances", "prior_period_changes")
    before = [closed.query(f"select count(*) from {{models}}.{table}") for table in tables]
    closed.transforms.build(full_refresh=True)
    assert [closed.query(f"select count(*) from {{models}}.{table}") for table in tables] == before


@pytest.mark.databases("duckdb")  # PostgreSQL drops no column that a view reads
def test_a_table_of_an_earlier_version_gets_the_columns_that_it_lacks(closed: Copy) -> None:
    closed.execute("alter table {raw}.closings drop column judged_inputs")
    make_own_tables(closed.warehouse)
    store_findings(closed.warehouse)
    assert closed.query("select count(distinct judged_inputs) from {raw}.closings") == [(1,)]


def test_a_period_is_closed_once_and_the_latest_is_reopened_first(closed: Copy) -> None:
    accounts = Period(COMPANY, ACCOUNTS, THROUGH)
    with pytest.raises(ConfigurationError, match=f"everything through {THROUGH} is closed. First run"):
        close(closed.warehouse, accounts, by="anna")
    earlier = Period(COMPANY, ACCOUNTS, THROUGH.subtract(days=40))
    with pytest.raises(ConfigurationError, match="there is no such closing to reopen"):
        reopen(closed.warehouse, earlier)
    with pytest.raises(ConfigurationError, match="is not over yet"):
        close(closed.warehouse, Period(COMPANY, ACCOUNTS, TODAY), by="anna")
    with pytest.raises(ConfigurationError, match="the books begin on"):
        close(closed.warehouse, Period(COMPANY, ACCOUNTS, pendulum.date(1999, 12, 31)), by="anna")
    with pytest.raises(ConfigurationError, match="is not the last day of a VAT period"):
        close(closed.warehouse, Period(COMPANY, VAT, THROUGH.add(days=10)), by="anna")
    refused = command(closed, "close", "--through", "soon")
    assert (refused.exit_code, "Write one like 2026-04-01" in refused.stderr) == (2, True)
    assert command(closed, "close").exit_code == 2


def test_reopened_it_is_quiet_and_closed_again_as_well(closed: Copy, edited: Edited) -> None:  # noqa: ARG001
    assert command(closed, "reopen", "--through", str(THROUGH)).exit_code == 0
    assert command(closed, "reopen", "--vat", str(THROUGH)).exit_code == 0
    assert findings(closed.warehouse, [COMPANY]).rows == ()
    again = command(closed, "close", "--through", str(THROUGH), "--company", COMPANY)
    assert again.exit_code == 0, again.output
    assert command(closed, "close", "--vat", str(THROUGH)).exit_code == 0
    assert findings(closed.warehouse, [COMPANY]).rows == ()
    assert closed.query("select count(*) from {models}.prior_period_changes") == [(0,)]
    assert closed.query("select kind, reopened_at is null from {models}.closings order by 1, 2") == [
        (ACCOUNTS, False),
        (ACCOUNTS, True),
        (VAT, False),
        (VAT, True),
    ]
    assert closed.query("select max(posting_date) from {models}.general_ledger where is_closed") == [
        (THROUGH,)
    ]


@pytest.mark.soak_on("postgres")
def test_books_that_do_not_agree_are_closed_only_by_force(closed: Copy) -> None:
    reopen(closed.warehouse, Period(COMPANY, ACCOUNTS, THROUGH))
    period = Period(COMPANY, ACCOUNTS, THROUGH.subtract(days=31).end_of("month"))
    closed.execute("update {models}.reconciliation set status = 'mismatch' where period_end <= '2025-06-30'")
    with pytest.raises(
        WarehouseError, match=r"Run 'accbooks sync' and see what it says, or close .* --force"
    ):
        close(closed.warehouse, period, by="anna")
    assert close(closed.warehouse, period, by="anna", force=True).was_forced
    assert closed.query("select forced from {models}.closings where closed_through = %s", period.through) == [
        (True,)
    ]
