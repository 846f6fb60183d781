import datetime as dt
from copy import deepcopy
from decimal import Decimal
from typing import Any

import pendulum
import pytest
from accbooks_warehouse.sources.accbooks.books_calendar import Calendar
from accbooks_warehouse.sources.accbooks.periods import Period
from accbooks_warehouse.sources.accbooks.tables.reports import (
    BALANCE_SHEET,
    PROFIT_LOSS,
    REPORTS,
    TRIAL_BALANCE,
    InconsistentReportError,
    Report,
    ReportRequest,
    requests_for,
)

END = pendulum.date(2026, 3, 31)
AS_AT, YEAR = ReportRequest(END), ReportRequest(END, pendulum.date(2025, 4, 1))
HEAD = {"company_id": "comp_1", "currency": "GBP", "generated_at": "2026-04-01T09:30:00Z"}
GENERATED_AT = dt.datetime(2026, 4, 1, 9, 30, tzinfo=dt.UTC)


def money(text: str) -> Decimal:
    return Decimal(text)


def section(category: str, total: str, *lines: tuple[str | None, str, str]) -> dict[str, Any]:
    return {
        "category": category,
        "name": category.title(),
        "lines": [
            {"nominal_code": code, "name": name, "amount": money(amount)} for code, name, amount in lines
        ],
        "total": money(total),
    }


ANSWERS: dict[str, dict[str, Any]] = {
    "trial_balance": HEAD
    | {
        "as_at": "2026-03-31",
        "lines": [
            {
                "nominal_code": "1200",
                "name": "Bank",
                "category": "current_assets",
                "debit": money("100.10"),
                "credit": 0,
            },
            {"nominal_code": 4000, "name": None, "debit": None, "credit": money("100.10")},
        ],
        "total_debit": money("100.10"),
        "total_credit": money("100.10"),
    },
    "profit_loss": HEAD
    | {
        "from": "2025-04-01",
        "to": "2026-03-31",
        "sections": [
            section("turnover", "900.00", ("4000", "Sales", "1000.00"), ("4009", "Discounts", "-100.00")),
            section("cost_of_sales", "300.00", ("5000", "Purchases", "300.00")),
            section("other_income", "10.00", ("4900", "Interest", "10.00")),
            section("overheads", "200.00", ("7500", "Postage", "200.00")),
            section("taxation", "50.00", ("8200", "Corporation tax", "50.00")),
        ],
        "gross_profit": money("600.00"),
        "net_profit": money("360.00"),
    },
    "balance_sheet": HEAD
    | {
        "as_at": "2026-03-31",
        "sections": [
            section("fixed_assets", "500.00", ("0010", "Plant", "500.00")),
            section("current_assets", "-40.00", ("1200", "Bank", "-40.00")),
            section("current_liabilities", "60.00", ("2100", "Creditors", "60.00")),
            section("long_term_liabilities", "100.00", ("2300", "Loan", "100.00")),
            section(
                "capital_and_reserves",
                "300.00",
                ("3000", "Capital", "100.00"),
                (None, "Current year earnings", "200.00"),
            ),
        ],
        "net_assets": money("300.00"),
        "total_capital_and_reserves": money("300.00"),
    },
}


def request_for(report: Report) -> ReportRequest:
    return AS_AT if report.is_as_at else YEAR


def rows(report: Report, **changes: Any) -> list[dict[str, Any]]:
    answer = deepcopy(ANSWERS[report.name]) | changes
    return report.rows("comp_1", request_for(report), answer)


def fault(report: Report, answer: Any) -> str:
    with pytest.raises(InconsistentReportError) as refusal:
        report.rows("comp_1", request_for(report), answer)
    return str(refusal.value)


def test_the_lines_of_a_trial_balance_become_numbered_rows() -> None:
    head = {
        "company_id": "comp_1",
        "as_at": dt.date(2026, 3, 31),
        "currency": "GBP",
        "total_debit": money("100.10"),
        "total_credit": money("100.10"),
        "generated_at": GENERATED_AT,
    }
    found = rows(TRIAL_BALANCE)
    assert found == [
        head
        | {
            "line_number": 1,
            "nominal_code": "1200",
            "name": "Bank",
            "category": "current_assets",
            "debit": money("100.10"),
            "credit": money("0.00"),
        },
        head
        | {
            "line_number": 2,
            "nominal_code": "4000",
            "name": None,
            "category": None,
            "debit": money("0.00"),
            "credit": money("100.10"),
        },
    ]


def test_the_lines_of_a_profit_and_loss_carry_their_section_and_the_totals() -> None:
    found = rows(PROFIT_LOSS)
    assert [
        (
            row["line_number"],
            row["category"],
            row["nominal_code"],
            str(row["amount"]),
            str(row["section_total"]),
        )
        for row in found
    ] == [
        (1, "turnover", "4000", "1000.00", "900.00"),
        (2, "turnover", "4009", "-100.00", "900.00"),
        (3, "cost_of_sales", "5000", "300.00", "300.00"),
        (4, "other_income", "4900", "10.00", "10.00"),
        (5, "overheads", "7500", "200.00", "200.00"),
        (6, "taxation", "8200", "50.00", "50.00"),
    ]
    assert {(row["from"], row["to"], row["gross_profit"], row["net_profit"]) for row in found} == {
        (dt.date(2025, 4, 1), dt.date(2026, 3, 31), money("600.00"), money("360.00"))
    }
    assert [row["section_name"] for row in found[:3]] == ["Turnover", "Turnover", "Cost_Of_Sales"]


def test_current_year_earnings_have_no_nominal_code_and_an_overdrawn_bank_stays_negative() -> None:
    found = rows(BALANCE_SHEET)
    assert [(row["category"], row["nominal_code"], row["name"], str(row["amount"])) for row in found] == [
        ("fixed_assets", "0010", "Plant", "500.00"),
        ("current_assets", "1200", "Bank", "-40.00"),
        ("current_liabilities", "2100", "Creditors", "60.00"),
        ("long_term_liabilities", "2300", "Loan", "100.00"),
        ("capital_and_reserves", "3000", "Capital", "100.00"),
        ("capital_and_reserves", None, "Current year earnings", "200.00"),
    ]
    assert {(row["net_assets"], row["total_capital_and_reserves"]) for row in found} == {
        (money("300.00"), money("300.00"))
    }


def test_sections_without_lines_may_be_absent() -> None:
    none = {"sections": [], "gross_profit": 0, "net_profit": money("0.00")}
    assert rows(PROFIT_LOSS, **none) == []
    only = {"sections": [section("overheads", "5.00", ("7500", "Postage", "5.00"))]}
    (row,) = rows(PROFIT_LOSS, **only, gross_profit=0, net_profit=-5)
    assert (row["amount"], row["gross_profit"], row["net_profit"]) == (money("5.00"), 0, money("-5.00"))
    assert rows(BALANCE_SHEET, sections=[], net_assets=0, total_capital_and_reserves=0) == []
    assert rows(TRIAL_BALANCE, lines=[], total_debit=0, total_credit=0) == []


@pytest.mark.parametrize("report", REPORTS, ids=lambda report: report.name)
def test_rows_fit_the_tables_of_the_report(report: Report) -> None:
    table = report.table(rows(report))
    assert table.num_rows == len(rows(report))
    assert table.column_names == [*(column.name for column in report.typed_columns), "row_hash"]
    assert set(rows(report)[0]) | {"row_hash"} == set(table.column_names)


def hashes(report: Report, **changes: Any) -> list[str]:
    return report.table(rows(report, **changes))["row_hash"].to_pylist()


def test_each_line_of_a_report_has_a_hash_of_its_own() -> None:
    assert len(set(hashes(TRIAL_BALANCE))) == len(rows(TRIAL_BALANCE)) == 2


def test_the_hash_of_a_line_does_not_depend_on_the_reports_it_is_loaded_with() -> None:
    alone, others = rows(TRIAL_BALANCE), rows(TRIAL_BALANCE, currency="EUR")
    together = TRIAL_BALANCE.table([*others, *alone])["row_hash"].to_pylist()
    assert together == hashes(TRIAL_BALANCE, currency="EUR") + hashes(TRIAL_BALANCE)


@pytest.mark.parametrize("report", REPORTS, ids=lambda report: report.name)
def test_when_it_was_generated_does_not_make_a_report_another_one(report: Report) -> None:
    assert hashes(report, generated_at="2026-05-01T00:00:00Z") == hashes(report)
    assert not {*hashes(report, currency="EUR")} & {*hashes(report)}


@pytest.mark.parametrize(
    ("report", "changes", "reason"),
    [
        (TRIAL_BALANCE, {"as_at": "2026-04-01"}, "it says as_at 2026-04-01, not 2026-03-31"),
        (TRIAL_BALANCE, {"as_at": None}, "it says as_at None, not 2026-03-31"),
        (BALANCE_SHEET, {"as_at": "2026-03-30"}, "it says as_at 2026-03-30, not 2026-03-31"),
        (PROFIT_LOSS, {"from": "2025-04-02"}, "it says from 2025-04-02, not 2025-04-01"),
        (PROFIT_LOSS, {"to": "2026-04-01"}, "it says to 2026-04-01, not 2026-03-31"),
        (TRIAL_BALANCE, {"company_id": "comp_2"}, "it says company_id comp_2, not comp_1"),
        (PROFIT_LOSS, {"company_id": None}, "it says company_id None, not comp_1"),
        (
            TRIAL_BALANCE,
            {"total_debit": money("100.11")},
            "total_debit is given as 100.11 and adds up to 100.10",
        ),
        (
            TRIAL_BALANCE,
            {"total_credit": money("100.09")},
            "total_credit is given as 100.09 and adds up to 100.10",
        ),
        (
            TRIAL_BALANCE,
            {"lines": [{"nominal_code": "1200", "debit": 5}], "total_debit": 5, "total_credit": 0},
            "the difference of the totals is given as 5.00 and adds up to 0",
        ),
        (
            PROFIT_LOSS,
            {"gross_profit": money("600.01")},
            "gross_profit is given as 600.01 and adds up to 600.00",
        ),
        (PROFIT_LOSS, {"net_profit": money("359.99")}, "net_profit is given as 359.99 and adds up to 360.00"),
        (
            PROFIT_LOSS,
            {"sections": [section("turnover", "9.00", ("4000", "Sales", "9.01"))]},
            "the total of turnover is given as 9.00 and adds up to 9.01",
        ),
        (
            BALANCE_SHEET,
            {"net_assets": money("300.01")},
            "net_assets is given as 300.01 and adds up to 300.00",
        ),
        (
            BALANCE_SHEET,
            {"total_capital_and_reserves": money("299.99")},
            "total_capital_and_reserves is given as 299.99 and adds up to 300.00",
        ),
        (
            BALANCE_SHEET,
            {
                "sections": [section("fixed_assets", "7.00", ("0010", "Plant", "7.00"))],
                "net_assets": 7,
                "total_capital_and_reserves": 0,
            },
            "net_assets less capital is given as 7.00 and adds up to 0",
        ),
        (
            TRIAL_BALANCE,
            {"total_debit": money("100.105")},
            "it cannot be read (has more than 2 decimals: 100.105)",
        ),
        (TRIAL_BALANCE, {"total_debit": None}, "it cannot be read (an amount is missing)"),
        (TRIAL_BALANCE, {"lines": None}, "it cannot be read ('NoneType' object is not iterable)"),
        (TRIAL_BALANCE, {"lines": [{"debit": 1}]}, "it cannot be read (line 1 has no 'nominal_code')"),
        (TRIAL_BALANCE, {"generated_at": "now"}, "it cannot be read (is not an ISO 8601 time: 'now')"),
        (
            PROFIT_LOSS,
            {"sections": ["turnover"]},
            "it cannot be read (string indices must be integers, not 'str')",
        ),
        (PROFIT_LOSS, {"gross_profit": "NaN"}, "it cannot be read (is not a number: 'NaN')"),
        (
            PROFIT_LOSS,
            {"gross_profit": money("1E+1000000")},
            "it cannot be read (is too large: 1E+1000000)",
        ),
    ],
)
def test_a_report_that_contradicts_the_request_or_itself_is_refused(
    report: Report, changes: dict[str, Any], reason: str
) -> None:
    assert fault(report, ANSWERS[report.name] | changes) == reason


def test_a_report_without_a_total_is_refused_with_its_name() -> None:
    answer = {name: value for name, value in ANSWERS[BALANCE_SHEET.name].items() if name != "net_assets"}
    assert fault(BALANCE_SHEET, answer) == "it cannot be read (net_assets is missing)"


LONG = "4" * 300


@pytest.mark.parametrize("code", [LONG, "40\x0000", LONG + "\ud800"])
def test_a_code_that_no_database_can_index_is_shortened_and_the_report_is_used(code: str) -> None:
    odd = {"nominal_code": code, "name": "\x00", "category": True, "credit": money("100.10")}
    bank = ANSWERS["trial_balance"]["lines"][0]
    first, second = rows(TRIAL_BALANCE, lines=[bank, odd])
    assert (first["nominal_code"], second["credit"]) == ("1200", money("100.10"))
    assert (second["name"], second["category"]) == ("\\u0000", "true")
    shortened = second["nominal_code"]
    assert shortened.startswith(code[:2])
    assert len(shortened) < 255
    sales = {"sections": [section("turnover", "9.00", (code, "Sales", "9.00"))], "gross_profit": 9}
    (row,) = rows(PROFIT_LOSS, **sales, net_profit=9)
    assert row["nominal_code"] == shortened
    (other,) = rows(
        PROFIT_LOSS,
        **sales | {"sections": [section("turnover", "9.00", (code + "5", "", "9.00"))]},
        net_profit=9,
    )
    assert other["nominal_code"] != shortened


def test_a_line_that_cannot_be_read_is_named() -> None:
    cost = {"category": "cost_of_sales", "total": 0, "lines": [{"nominal_code": "5000", "amount": "?"}]}
    said = fault(PROFIT_LOSS, ANSWERS["profit_loss"] | {"sections": [cost]})
    assert said == "it cannot be read (line 1 of cost_of_sales: is not a number: '?')"


@pytest.mark.parametrize("name", ["company_id", "as_at", "lines", "total_debit", "total_credit"])
def test_a_trial_balance_without_one_of_its_parts_is_refused(name: str) -> None:
    answer = {key: value for key, value in ANSWERS["trial_balance"].items() if key != name}
    assert name in fault(TRIAL_BALANCE, answer)


@pytest.mark.parametrize("report", REPORTS, ids=lambda report: report.name)
@pytest.mark.parametrize("answer", [None, [], "report", 1])
def test_an_answer_that_is_no_object_is_refused(report: Report, answer: Any) -> None:
    assert fault(report, answer) == "it is not a JSON object"


def test_a_penny_anywhere_in_the_lines_is_noticed() -> None:
    for report in (PROFIT_LOSS, BALANCE_SHEET):
        for number, part in enumerate(ANSWERS[report.name]["sections"]):
            answer = deepcopy(ANSWERS[report.name])
            answer["sections"][number]["lines"][0]["amount"] += money("0.01")
            assert fault(report, answer).startswith(f"the total of {part['category']} is given as ")


def test_reports_are_asked_for_by_their_dates() -> None:
    assert TRIAL_BALANCE.dates(AS_AT) == BALANCE_SHEET.dates(AS_AT) == {"as_at": "2026-03-31"}
    assert PROFIT_LOSS.dates(YEAR) == {"from": "2025-04-01", "to": "2026-03-31"}
    assert (str(AS_AT), str(YEAR)) == ("as at 2026-03-31", "2025-04-01 to 2026-03-31")


def test_month_ends_prove_balances_and_months_and_years_the_profit() -> None:
    march = Period(pendulum.date(2026, 3, 1), END)
    april = Period(pendulum.date(2026, 4, 1), pendulum.date(2026, 4, 30))
    year = Period(pendulum.date(2025, 4, 1), END)
    wanted = requests_for(Calendar([march, april], [], [year, march]))
    assert wanted["trial_balance"] == wanted["balance_sheet"] == [AS_AT, ReportRequest(april.end)]
    assert wanted["profit_loss"] == [
        YEAR,
        ReportRequest(END, march.start),
        ReportRequest(april.end, april.start),
    ]
