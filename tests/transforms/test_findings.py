"""Each check finds what is wrong in bad books, names it, and has nothing to say of sound ones."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

JUDGED_NOW = (
    *("permission_missing", "report_unusable", "rejected_record", "report_differs", "partial_history"),
    *("year_end_unknown", "comparison_overdue"),
)
"""Checks that find something in the books of books.yml."""
SHOWN_ELSEWHERE = (
    *("table_differs", "window_never_agreed", "key_answers_for_another_company"),
    *("prior_period_change", "closed_balances_differ", "late_vat", "late_vat_differs"),
    *("posting_far_from_all_others", "unknown_type", "unknown_value", "unreadable_field"),
    *("vat_lines_differ", "vat_paid_differs"),
)
"""Checks with a test of their own, here, in test_vat.py or in tests/end_to_end."""
KEPT = ("ledger_findings", "balance_findings", "vat_findings", "table_findings")
BANK = {
    "1200": ["Bank", "current_assets"],
    "4000": ["Sales", "turnover"],
    "1100": ["Trade debtors", "current_assets"],
}
NAMED = {
    "company": {"base_currency": "GBP", "financial_year_end": "12-31"},
    "bank_accounts": {1: "1200"},
    "accounts": BANK,
}
OF_SOUND_BOOKS = {"trial_balance": {"2024-05-31": {"1200": 5, "4000": -5}}}
OF_BAD_BOOKS = {"trial_balance": {"2024-05-31": {"1200": 0, "1100": 0, "4000": 0}}}
"""The reports that name the accounts. A bad book differs from its report, which is looked at elsewhere."""


def money_in(**changes: Any) -> Mapping[str, Any]:
    record = {
        "id": "1",
        "date": "2024-05-01",
        "type": "money_in",
        "account_id": 1,
        "amount": 5,
        "net_amount": 5,
        "vat_amount": 0,
        "nominal_code": "4000",
    }
    return NAMED | OF_BAD_BOOKS | {"transactions": [record | changes]}


def journal(*lines: list[Any]) -> Mapping[str, Any]:
    return NAMED | OF_BAD_BOOKS | {"journals": [{"id": "1", "date": "2024-05-01", "lines": lines}]}


def invoice(**changes: Any) -> Mapping[str, Any]:
    record = {"id": "1", "number": "SI-1", "date": "2024-05-01", "type": "sales", "status": "sent"}
    return NAMED | OF_BAD_BOOKS | {"invoices": [record | {"lines": [["4000", 5, 0]]} | changes]}


BOOKS = {
    "sound": money_in() | OF_SOUND_BOOKS,
    # their balances end on different days, one of them still to come
    "two banks": money_in()
    | OF_SOUND_BOOKS
    | {
        "bank_accounts": {1: "1200", 2: "1200"},
        "accounts": BANK | {"3200": ["Profit and loss account", "capital_and_reserves"]},
        "trial_balance": {"2024-05-31": {"1200": 5, "4000": -5, "3200": 0}},
        "transactions": [
            *money_in()["transactions"],
            *money_in(id="2", date="2031-01-15", account_id=2)["transactions"],
        ],
    },
    "unbalanced": journal(["1200", 5, 0], ["4000", 0, 4]),
    "unnamed": journal(["1200", 5, 0], ["9999", 0, 5]),
    "no bank": money_in(account_id=2),
    "no nominal": money_in(nominal_code=None),
    "no rate": money_in(currency="EUR", exchange_rate=None),
    "no amount": money_in(net_amount=None),
    "no invoice": money_in(invoice_id="9"),
    "invoices in part": money_in(invoice_id="9") | {"windows": {"invoices": [["2024-05-01", None]]}},
    "invoices forbidden": money_in(invoice_id="9") | {"forbidden": ["invoices"]},
    "invoice rejected": money_in(invoice_id="9"),
    "lines disagree": invoice(net_total=6, vat_total=0),
    "vat disagrees": money_in(amount=6),
    "odd category": journal(["1200", 5, 0], ["4000", 0, 5])
    | {"accounts": BANK | {"4000": ["Sales", "mystery"]}},
    # the report that names the accounts is from before a year ended
    "unnamed profit": money_in(date="2023-05-01")
    | {"trial_balance": {"2023-05-31": {"1200": 0, "1100": 0, "4000": 0}}},
    "twice": money_in(),
    "orphan": money_in(),
    "other scheme": money_in() | {"company": NAMED["company"] | {"name": "Acme", "vat_scheme": "flat_rate"}},
    "never compared": {key: value for key, value in money_in().items() if key != "trial_balance"},
}
FOUND_BY_A_CHECK = {  # the check: the companies it finds something in, with the record or account it names
    "document_does_not_balance": {("unbalanced", "1", None)},
    "trial_balance_does_not_balance": {("unbalanced", None, None)},
    "balance_sheet_does_not_balance": {("unbalanced", None, None)},
    "incomplete_posting": {
        ("no bank", "1", "unknown"),
        ("no nominal", "1", "1200"),
        ("no nominal", "1", "unknown"),
        ("no rate", "1", "1200"),
        ("no rate", "1", "4000"),
        ("no amount", "1", "1200"),
        ("no amount", "1", "4000"),
    },
    "invoice_not_found": {("no invoice", "1", "1100")},
    "invoice_totals_differ": {("lines disagree", "1", None)},
    "transaction_totals_differ": {("vat disagrees", "1", None)},
    "account_without_category": {
        ("unnamed", None, "9999"),
        ("odd category", None, "4000"),
        ("unnamed profit", None, "3200"),
    },
    "duplicate_record": {("twice", "1", None)},
    "line_without_document": {("orphan", "7", None)},
    "not_compared": {("never compared", None, None), ("unread", None, None)},
    "vat_scheme_not_supported": {("other scheme", "other scheme", None)},
}
WORDS = {
    ("lines disagree", "invoice_totals_differ"): (
        "The lines of invoice SI-1 (1) of 2024-05-01 add up to 5.00 net and 0.00 VAT, its totals are 6.00 and"
        " 0.00. The ledger has the lines. Correct the invoice in AccBooks."
    ),
    ("unbalanced", "document_does_not_balance"): (
        "The journal 1 of 2024-05-01 does not balance: its debits are 5.00, its credits 4.00. Correct it in"
        " AccBooks, then run `accbooks sync --from 2024-05-01`."
    ),
    ("other scheme", "vat_scheme_not_supported"): (
        "AccBooks names the VAT scheme flat_rate of the company Acme, and no setting says more of it. The"
        " boxes of vat_return are those of the standard scheme: do not declare them. Write the scheme under"
        " sources.accbooks.vat, then run `accbooks sync`."
    ),
    ("no invoice", "invoice_not_found"): (
        "The transaction 1 of 2024-05-01 pays the invoice 9, which AccBooks does not list. Its 5.00 is on"
        " account 1100 at the rate of the payment, so debtors or creditors may be wrong. Check it in"
        " AccBooks."
    ),
    ("unread", "not_compared"): (
        "No sync has read the books of unread yet. Run `accbooks sync --company unread`, and see what it says"
        " of the key."
    ),
}


def found(warehouse: Any, *columns: str, where: str = "severity is not null") -> set[tuple[str | None, ...]]:
    return set(warehouse.rows(f"select {', '.join(columns)} from findings where {where}"))


def judge(warehouse: Any) -> None:
    """Have what the checks keep computed again, as after a change of every month."""
    warehouse.dbt("run", "--select", *KEPT, variables={"everything": True, "compare_tables": True})


@pytest.fixture(scope="module")
def bad_books(empty_warehouse: Any, put_books: Any) -> Any:
    put_books(empty_warehouse, BOOKS)
    empty_warehouse.execute(
        "insert into accbooks_raw.journal_lines (company_id, journal_id, line_number, date)"
        " values ('orphan', '7', 1, '2024-05-01')",
        "insert into accbooks_raw.rejected_records (company_id, resource, id, date, reason)"
        " values ('invoice rejected', 'invoices', '9', '2024-05-01', 'line_items is not a list')",
        "insert into accbooks_raw.transactions select * from accbooks_raw.transactions"
        " where company_id = 'twice'",
        "insert into accbooks_raw.configured_companies (name, company_id, first_seen_at, last_seen_at) values"
        " ('unread', null, '2024-06-30 12:00:00+00', '2024-06-30 12:00:00+00')",
    )
    empty_warehouse.dbt("run")
    return empty_warehouse


@pytest.mark.parametrize("check", FOUND_BY_A_CHECK)
def test_a_check_names_the_company_and_what_is_wrong(bad_books: Any, check: str) -> None:
    named = found(bad_books, "company_id", "record_id", "nominal_code", where=f"check_name = '{check}'")
    assert named == FOUND_BY_A_CHECK[check]


def test_a_finding_says_what_is_wrong_and_what_to_do(bad_books: Any) -> None:
    said = found(bad_books, "company_id", "check_name", "message")
    assert {(company, check): text for company, check, text in said if (company, check) in WORDS} == WORDS


def test_an_invoice_that_was_not_read_is_not_said_to_be_missing_in_accbooks(bad_books: Any) -> None:
    payments = {
        company
        for (company,) in bad_books.rows(
            "select company_id from general_ledger where flag = 'invoice_missing' and line_number = 2"
        )
    }
    silent = {"invoices in part", "invoices forbidden", "invoice rejected"}
    assert payments == silent | {"no invoice"}
    named = found(bad_books, "company_id", "check_name")
    assert {check for company, check in named if company in silent} == {
        *("comparison_overdue", "partial_history", "permission_missing", "rejected_record", "report_differs")
    }


def test_a_document_that_does_not_balance_is_no_fault_of_the_cash_flow_statement(bad_books: Any) -> None:
    assert found(bad_books, "check_name", where="company_id = 'unbalanced' and severity = 'error'") == {
        ("document_does_not_balance",),
        ("trial_balance_does_not_balance",),
        ("balance_sheet_does_not_balance",),
        ("report_differs",),
    }


@pytest.mark.parametrize("company", ["sound", "two banks"])
def test_sound_books_have_no_finding_but_that_nobody_looked_for_years(bad_books: Any, company: str) -> None:
    assert found(bad_books, "check_name", where=f"company_id = '{company}'") == {("comparison_overdue",)}


def test_a_finding_has_one_key_and_the_severity_of_its_check(bad_books: Any) -> None:
    assert bad_books.rows("select count(*) - count(distinct finding_id) from findings") == [("0",)]
    assert bad_books.rows(
        "select count(*) from findings left join finding_checks"
        " on findings.check_name = finding_checks.check_name"
        " where finding_checks.severity is null or findings.severity <> finding_checks.severity"
    ) == [("0",)]


def test_a_finding_keeps_its_key_while_the_thing_is_the_same(bad_books: Any) -> None:
    before = found(bad_books, "finding_id", "message")
    judge(bad_books)
    assert found(bad_books, "finding_id", "message") == before


def test_a_rejected_record_without_an_id_keeps_its_key_whatever_else_is_rejected(copied_books: Any) -> None:
    named = ("found", "finding_id")
    reject = "insert into accbooks_raw.rejected_records (company_id, resource, reason) values"
    reasons = ("id is missing", "is not a JSON object: 1")
    copied_books.execute(*(f"{reject} ('alpha', 'invoices', '{reason}')" for reason in reasons))
    where = "check_name = 'rejected_record' and company_id = 'alpha'"
    both = found(copied_books, *named, where=where)
    assert {reason for reason, _ in both} == set(reasons)
    copied_books.execute("delete from accbooks_raw.rejected_records where reason = 'id is missing'")
    assert found(copied_books, *named, where=where) == {each for each in both if each[0] == reasons[1]}
    copied_books.execute(f"{reject} ('alpha', 'invoices', 'a reason that sorts first')")
    assert found(copied_books, *named, where=where) > {each for each in both if each[0] == reasons[1]}
    copied_books.execute("delete from accbooks_raw.rejected_records where company_id = 'alpha'")


def test_a_report_that_could_not_be_used_says_why(duckdb_books: Any) -> None:
    why = "net_profit is given as 1 and adds up to 2"
    said = (
        f"The profit and loss of AccBooks from 2024-06-01 to 2024-06-30 could not be used: {why}. It is"
        " compared with nothing. The next `accbooks sync` asks for it again; if it stays, tell AccBooks."
    )
    assert found(duckdb_books, "found", "message", where="check_name = 'report_unusable'") == {(why, said)}


def test_dbt_by_hand_fails_for_errors_and_warns_of_the_rest(bad_books: Any) -> None:
    outcomes = bad_books.dbt("test", "--select", "test_type:singular")
    assert {name: outcome.status for name, outcome in outcomes.items()} == {
        "books_have_no_errors": "fail",
        "books_have_no_warnings": "warn",
        "tables_are_what_their_sources_say": "fail",  # what is held twice is exported twice
    }


# A statement for each table, and its row as it should be and as it is found. The companies differ: what
# follows from a wrong table is not said as well.
CORRUPTED = {
    ("alpha", "ledger_postings", "4000"): (
        (
            "update accbooks_staging.ledger_postings set debit = debit + 1, credit = credit + 1"
            " where posting_id = 'alpha:invoice:1:2'"
        ),
        "line 2 credit 100.00, line 2 debit 0.00",
        "line 2 credit 101.00, line 2 debit 1.00",
    ),
    ("beta", "period_balances", "7500"): (
        (
            "update period_balances set year_to_date = 7"
            " where company_id = 'beta' and nominal_code = '7500' and month_start = '2024-05-01'"
        ),
        "year_to_date 80.00",
        "year_to_date 7.00",
    ),
    ("gamma", "nominal_accounts", "3200"): (
        "update nominal_accounts set name = 'Renamed' where company_id = 'gamma' and nominal_code = '3200'",
        "name Profit and loss account",
        "name Renamed",
    ),
    ("delta", "financial_years", None): (
        "update financial_years set financial_year_start = '2024-01-02' where company_id = 'delta'",
        "financial_year_start 2024-01-01",
        "financial_year_start 2024-01-02",
    ),
    ("zeta", "months", None): (
        "delete from months where company_id = 'zeta' and month_start = '2024-05-01'",
        "rows 1",
        "rows 0",
    ),
    ("epsilon", "trial_balance", "4000"): (
        "delete from trial_balance where company_id = 'epsilon' and nominal_code = '4000'",
        "credit 5.00, debit 0.00, rows 1",
        "credit nothing, debit nothing, rows 0",
    ),
    ("epsilon", "balance_sheet", None): (
        "update balance_sheet set amount = 0 where company_id = 'epsilon' and nominal_code is null",
        "amount 5.00",
        "amount 0.00",
    ),
    ("epsilon", "profit_and_loss", "4000"): (
        "insert into profit_and_loss select * from profit_and_loss where company_id = 'epsilon'",
        "amount 5.00, rows 1",
        "amount 10.00, rows 2",
    ),
    ("epsilon", "profit_and_loss_by_financial_year", "4000"): (
        "update profit_and_loss_by_financial_year set amount = 1 where company_id = 'epsilon'",
        "amount 5.00",
        "amount 1.00",
    ),
}


@pytest.fixture(scope="module")
def corrupted(copy_books: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    warehouse = copy_books(tmp_path_factory.mktemp("corrupted"))
    warehouse.execute(*(statement for statement, _, _ in CORRUPTED.values()))
    judge(warehouse)
    return warehouse


def test_a_row_changed_by_hand_is_named_in_whichever_table_it_is(corrupted: Any) -> None:
    columns = ("company_id", "resource", "nominal_code", "expected", "found")
    assert found(corrupted, *columns, where="check_name = 'table_differs'") == {
        (*row, expected, held) for row, (_, expected, held) in CORRUPTED.items()
    }


def test_a_posting_changed_by_hand_is_named_by_its_document(corrupted: Any) -> None:
    assert found(corrupted, "record_id", where="resource = 'ledger_postings'") == {("1",)}


def test_every_run_sees_a_ledger_that_is_not_what_the_records_post(corrupted: Any) -> None:
    assert corrupted.rows("select * from ledger_differences") == [
        ("alpha", "2024-02-01", "4000", "1", "1", "-100.00", "-100.00")
    ]


def test_every_kept_table_is_compared_with_its_sources(corrupted: Any) -> None:
    tables = corrupted.rows("select table_name from duckdb_tables() where schema_name = 'accbooks'")
    rebuilt_by_reconcile = {"coverage", "reconciliation", "reconciliation_history", "reconciliation_suspects"}
    sourceless = {"account_categories", "change_log"}
    assert {name for (name,) in tables} - rebuilt_by_reconcile - sourceless == {
        table for _, table, _ in CORRUPTED
    } - {"ledger_postings"}


# A statement for each check of balances, and the company and month-end in which it finds something.
UNTIED: Mapping[str, tuple[str, tuple[str, str]]] = {
    "aged_debts_differ": (
        (
            "update accbooks_staging.aged_items set outstanding = outstanding + 1 where company_id = 'alpha'"
            " and nominal_code = '1100' and period_end = '2024-03-31'"
        ),
        ("alpha", "2024-03-31"),
    ),
    "bank_balances_differ": (
        (
            "update trial_balance set debit = debit + 1 where company_id = 'beta' and nominal_code = '1250'"
            " and as_at = '2024-04-30'"
        ),
        ("beta", "2024-04-30"),
    ),
    "cash_flow_differs": (
        (
            "update trial_balance set debit = debit + 1 where company_id = 'beta' and nominal_code = '1250'"
            " and as_at = '2024-04-30'"
        ),
        ("beta", "2024-04-30"),
    ),
    "vat_accounts_differ": (
        (
            "update trial_balance set credit = credit + 1 where company_id = 'alpha'"
            " and nominal_code = '2200' and as_at = '2024-03-31'"
        ),
        ("alpha", "2024-03-31"),
    ),
    "comparatives_differ": (
        (
            "update profit_and_loss set amount = amount + 1 where company_id = 'alpha'"
            " and nominal_code = '5000' and period_start = '2024-03-01'"
        ),
        ("alpha", "2024-03-01"),
    ),
    "earnings_differ": (
        (
            "update balance_sheet set amount = 1 where company_id = 'zeta' and nominal_code is null"
            " and as_at = '2024-04-30'"
        ),
        ("zeta", "2024-04-30"),
    ),
    "documents_differ": (
        "update accbooks_staging.ledger_postings set amount = 1 where posting_id = 'alpha:invoice:1:1'",
        ("alpha", "2024-02-29"),
    ),
    "sales_and_expenses_differ": (
        (
            "update profit_and_loss set amount = amount + 1 where company_id = 'alpha'"
            " and nominal_code = '5000' and period_start = '2024-03-01'"
        ),
        ("alpha", "2024-03-31"),
    ),
    "control_account_differs": (
        "update accbooks_staging.ledger_postings set amount = 1 where posting_id = 'alpha:invoice:1:1'",
        ("alpha", "2024-02-29"),
    ),
}


@pytest.fixture(scope="module")
def untied(copy_books: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    warehouse = copy_books(tmp_path_factory.mktemp("untied"))
    warehouse.execute(*{statement for statement, _ in UNTIED.values()})
    judge(warehouse)
    return warehouse


@pytest.mark.parametrize("check", UNTIED)
def test_a_balance_that_does_not_tie_is_named(untied: Any, check: str) -> None:
    rows = untied.rows(
        "select distinct company_id, coalesce(period_end, period_start) from findings"
        f" where check_name = '{check}'"
    )
    assert UNTIED[check][1] in rows


def test_what_was_read_and_compared_is_judged_as_it_is_now(duckdb_books: Any) -> None:
    assert found(duckdb_books, "company_id", "check_name", where="check_name <> 'comparison_overdue'") == {
        ("alpha", "report_differs"),
        ("delta", "partial_history"),
        ("epsilon", "permission_missing"),
        ("gamma", "permission_missing"),
        ("zeta", "rejected_record"),
        ("zeta", "report_differs"),
        ("zeta", "report_unusable"),
        ("zeta", "year_end_unknown"),
    }
    assert set(JUDGED_NOW) <= {check for (check,) in found(duckdb_books, "check_name")}


def test_a_list_that_never_agreed_is_wrong_until_all_of_it_was_read(copied_books: Any) -> None:
    columns = 'company_id, resource, "from", "to", outcome, fetched_at, _dlt_load_id'
    row = f"insert into accbooks_raw.sync_windows ({columns}) values"
    copied_books.execute(
        f"{row} ('alpha', 'invoices', '2024-01-01', '2024-01-31', 'never_agreed', '2024-07-01 12:00Z', 'x')",
        "insert into accbooks_raw._dlt_loads (load_id, status) values ('x', 0)",
    )
    named = ("company_id", "resource", "period_start", "period_end")
    unread = {("alpha", "invoices", "2024-01-01", "2024-01-31")}
    assert found(copied_books, *named, where="check_name = 'window_never_agreed'") == unread
    copied_books.execute(
        "update accbooks_raw.sync_windows set fault = 'It lists ''7'' twice.' where _dlt_load_id = 'x'"
    )
    earlier = "('alpha', 'invoices', '2024-01-01', '2024-01-31', 'never_agreed', '2024-06-01 12:00Z', 'x')"
    copied_books.execute(f"{row} {earlier}")
    copied_books.execute(
        "update accbooks_raw.sync_windows set fault = 'Zero.' where fetched_at = '2024-06-01 12:00Z'"
    )
    ((said,),) = found(copied_books, "message", where="check_name = 'window_never_agreed'")
    assert said == (
        "The list of invoices from 2024-01-01 to 2024-01-31 contradicted itself each time it was read, so it"
        " was not taken. It lists '7' twice. Run `accbooks sync` when nobody edits these days; if it stays,"
        " tell AccBooks."
    )
    later = "'complete', '2024-07-02 12:00Z', 'x'"
    for days in ("'2024-01-01', '2024-01-15'", "'2024-01-20', '2024-01-31'", "'2024-01-13', '2024-01-18'"):
        copied_books.execute(f"{row} ('alpha', 'invoices', {days}, {later})")
        assert found(copied_books, *named, where="check_name = 'window_never_agreed'") == unread
    copied_books.execute(f"{row} ('alpha', 'invoices', '2024-01-19', '2024-01-19', {later})")
    assert found(copied_books, *named, where="check_name = 'window_never_agreed'") == set()


def test_a_document_among_the_findings_is_named_as_the_cause_of_a_difference(bad_books: Any) -> None:
    said = found(
        bad_books, "message", where="company_id = 'lines disagree' and check_name = 'report_differs'"
    )
    assert said
    assert all("The invoices 1, which is among the findings, may be why." in text for (text,) in said)
    assert bad_books.rows(
        "select distinct cause from reconciliation where company_id = 'lines disagree' and status <> 'match'"
    ) == [("document_finding",)]


def test_the_page_on_findings_has_every_check_with_its_severity(duckdb_books: Any) -> None:
    page = (Path(__file__).parents[2] / "docs" / "findings.md").read_text()
    described = re.findall(r"^\| `(\w+)` \| (error|warning) \|", page, re.MULTILINE)
    assert described == duckdb_books.rows("select check_name, severity from finding_checks order by 1")


def test_every_check_is_shown_to_find_something(duckdb_books: Any) -> None:
    shown = {*FOUND_BY_A_CHECK, *UNTIED, *JUDGED_NOW, *SHOWN_ELSEWHERE}
    assert shown == {check for (check,) in duckdb_books.rows("select check_name from finding_checks")}
