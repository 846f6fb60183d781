"""Ageing, VAT, cash flow and bank balances of books in which everything odd happens once."""

import re
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

ROOT = Path(__file__).parents[2]
BOOKS = yaml.safe_load((Path(__file__).parent / "odd_books.yml").read_text())


@pytest.fixture(scope="module")
def odd_books(empty_warehouse: Any, put_books: Any) -> Any:
    put_books(empty_warehouse, BOOKS)
    empty_warehouse.execute("update accbooks_raw.bank_accounts set name = 'Account ' || id")
    empty_warehouse.execute(
        "update accbooks_raw.bank_accounts set currency = case id when 3 then 'EUR' else 'GBP' end"
    )
    empty_warehouse.dbt("run")
    return empty_warehouse


def test_whatever_settles_a_debt_reduces_it_from_its_date_on(odd_books: Any) -> None:
    assert odd_books.rows(
        "select as_at, source_type, source_id, contact_id, days_overdue, bucket, outstanding, currency,"
        " outstanding_in_currency from aged_receivables where company_id = 'odd' and as_at <= '2024-03-31'"
        " order by as_at, source_type, source_id, contact_id"
    ) == [
        ("2024-01-31", "invoice", "overpaid", "c", "0", "current", "-200.00", "GBP", "-200.00"),
        ("2024-01-31", "unallocated", None, None, None, "current", "300.00", "GBP", "300.00"),
        ("2024-02-29", "invoice", "draft", "c", "15", "1-30", "-50.00", "GBP", "-50.00"),
        ("2024-02-29", "invoice", "euro", "c", "24", "1-30", "0.32", "EUR", "0.60"),
        ("2024-02-29", "invoice", "overpaid", "c", "0", "current", "1000.00", "GBP", "1000.00"),
        ("2024-02-29", "unallocated", None, "x", None, "current", "-30.00", "GBP", "-30.00"),
        ("2024-02-29", "unallocated", None, None, None, "current", "275.00", "GBP", "275.00"),
        ("2024-03-31", "invoice", "draft", "c", "46", "31-60", "-50.00", "GBP", "-50.00"),
        ("2024-03-31", "invoice", "overpaid", "c", "20", "1-30", "-100.00", "GBP", "-100.00"),
        ("2024-03-31", "rounding", None, None, None, "current", "0.02", "GBP", "0.00"),
        ("2024-03-31", "unallocated", None, "x", None, "current", "-30.00", "GBP", "-30.00"),
        ("2024-03-31", "unallocated", None, None, None, "current", "275.00", "GBP", "275.00"),
    ]


def test_what_was_paid_on_a_void_purchase_is_owed_back(odd_books: Any) -> None:
    assert odd_books.rows(
        "select as_at, source_id, document_type, outstanding, bucket from aged_payables"
        " where company_id = 'odd' order by as_at"
    ) == [
        ("2024-02-29", "void", "purchase", "-70.00", "1-30"),
        ("2024-03-31", "void", "purchase", "-70.00", "31-60"),
        ("2024-04-30", "void", "purchase", "-70.00", "61-90"),
        ("2024-05-31", "void", "purchase", "-70.00", "over 90"),
        ("2024-06-30", "void", "purchase", "-70.00", "over 90"),
    ]


def owed(warehouse: Any, model: str, condition: str) -> list[tuple[str | None, ...]]:
    """What is open at month-ends, the documents first."""
    return warehouse.rows(
        f"select contact_id, as_at, coalesce(source_id, source_type), outstanding, outstanding_in_currency"
        f" from {model} where {condition} order by contact_id, as_at, source_type, source_id"
    )


def test_an_allocated_credit_note_closes_what_it_was_allocated_to(odd_books: Any) -> None:
    """From the later date on, oldest first, in one currency and of one contact; the rest is unallocated."""
    february, march = "2024-02-29", "2024-03-31"
    assert owed(odd_books, "aged_receivables", "company_id = 'allocated' and as_at <= '2024-03-31'") == [
        ("c1", "2024-01-31", "inv 1", "120.00", "120.00"),
        ("c1", february, "inv 1", "120.00", "120.00"),
        ("c10", "2024-01-31", "inv 10a", "-50.00", "-50.00"),
        ("c11", "2024-01-31", "inv 11", "-30.00", "-30.00"),
        ("c11", february, "inv 11", "-30.00", "-30.00"),
        ("c11", march, "inv 11", "-30.00", "-30.00"),
        ("c12", "2024-01-31", "inv 12", "60.00", "60.00"),
        ("c13", "2024-01-31", "inv 13", "20.00", "20.00"),
        ("c13", february, "inv 13", "20.00", "20.00"),
        ("c13", march, "inv 13", "20.00", "20.00"),
        ("c2", "2024-01-31", "inv 2", "200.00", "200.00"),
        ("c2", february, "crn 2", "-30.00", "-30.00"),
        ("c2", february, "inv 2", "100.00", "100.00"),
        ("c2", march, "crn 2", "-30.00", "-30.00"),
        ("c2", march, "inv 2", "100.00", "100.00"),
        ("c3", "2024-01-31", "inv 3a", "30.00", "30.00"),
        ("c3", february, "inv 3a", "30.00", "30.00"),
        ("c3", february, "inv 3b", "10.00", "10.00"),
        ("c3", february, "unallocated", "50.00", "50.00"),
        ("c3", march, "unallocated", "50.00", "50.00"),
        ("c5", "2024-01-31", "inv 5", "85.00", "100.00"),
        ("c6", february, "unallocated", "100.00", "100.00"),
        ("c6", march, "unallocated", "20.00", "20.00"),
        ("c7", "2024-01-31", "unallocated", "30.00", "30.00"),
        ("c7", february, "unallocated", "30.00", "30.00"),
        ("c7", march, "unallocated", "30.00", "30.00"),
        ("c8", "2024-01-31", "unallocated", "-30.00", "-30.00"),
        ("c8", february, "unallocated", "-30.00", "-30.00"),
        ("c8", march, "unallocated", "-30.00", "-30.00"),
        ("c9", february, "unallocated", "-120.00", "-120.00"),
        ("c9", march, "unallocated", "-120.00", "-120.00"),
        (None, february, "rounding", "-2.00", "0.00"),
        (None, march, "rounding", "-2.00", "0.00"),
    ]
    assert owed(odd_books, "aged_payables", "company_id = 'allocated'") == [
        ("s1", "2024-01-31", "bill 1", "240.00", "240.00")
    ]


def test_what_is_unallocated_does_not_age(odd_books: Any) -> None:
    assert odd_books.rows(
        "select distinct bucket, days_overdue from aged_receivables"
        " where company_id = 'allocated' and source_type <> 'invoice'"
    ) == [("current", None)]


OPEN = "company_id = 'open' and as_at in ('2024-02-29', '2024-06-30')"


def test_what_accbooks_calls_open_ages_in_another_company(odd_books: Any) -> None:
    assert owed(odd_books, "aged_receivables", OPEN) == [
        ("c1", "2024-02-29", "inv 1", "120.00", "120.00"),
        ("c1", "2024-06-30", "crn 1", "-120.00", "-120.00"),
        ("c1", "2024-06-30", "inv 1", "120.00", "120.00"),
    ]


def test_the_return_counts_zero_and_exempt_rates_and_nothing_outside_the_scope(odd_books: Any) -> None:
    assert odd_books.rows(
        "select period_end, box, amount from vat_return where company_id = 'odd' and amount <> 0"
        " order by period_end, box"
    ) == [
        ("2024-03-31", "1", "200.06"),
        ("2024-03-31", "3", "200.06"),
        ("2024-03-31", "5", "200.06"),
        ("2024-03-31", "6", "1300.26"),
        ("2024-03-31", "7", "20.00"),
        ("2024-06-30", "1", "10.00"),
        ("2024-06-30", "3", "10.00"),
        ("2024-06-30", "5", "10.00"),
        ("2024-06-30", "6", "50.00"),
    ]


def test_a_return_of_a_company_without_a_scheme_says_so(odd_books: Any) -> None:
    """The quarters of the books are over, whenever this is run."""
    assert odd_books.rows(
        "select distinct company_id, period_status, vat_scheme, caution from vat_return order by company_id"
    ) == [
        ("allocated", "finished", "standard", None),
        ("odd", "finished", "standard", None),
        (
            "open",
            "finished",
            None,
            "AccBooks knows no VAT scheme of the company: these are the figures of the standard scheme.",
        ),
    ]
    assert odd_books.rows("select distinct period_status from vat_account_reconciliation") == [("finished",)]


def test_payments_to_hmrc_and_journals_stand_between_the_return_and_the_vat_account(odd_books: Any) -> None:
    assert odd_books.rows(
        "select period_end, line_number, amount from vat_account_reconciliation"
        " where company_id = 'odd' and nominal_code = '2200' order by period_end, line_number"
    ) == [
        ("2024-03-31", "1", "0.00"),
        ("2024-03-31", "2", "200.06"),
        ("2024-03-31", "3", "0.00"),
        ("2024-03-31", "4", "-100.00"),
        ("2024-03-31", "5", "0.00"),
        ("2024-03-31", "6", "100.06"),
        ("2024-06-30", "1", "100.06"),
        ("2024-06-30", "2", "10.00"),
        ("2024-06-30", "3", "-40.00"),
        ("2024-06-30", "4", "0.00"),
        ("2024-06-30", "5", "0.00"),
        ("2024-06-30", "6", "70.06"),
    ]


def test_depreciation_is_added_back_and_opening_balances_are_no_flow(odd_books: Any) -> None:
    assert odd_books.rows(
        "select period_end, section, line_number, amount from cash_flow"
        " where company_id = 'odd' and amount <> 0 and period_end in ('2024-01-31', '2024-04-30')"
        " order by period_end, line_number"
    ) == [
        ("2024-01-31", "operating", "3", "200.00"),
        ("2024-01-31", "net_change", "12", "200.00"),
        ("2024-01-31", "opening_cash", "13", "1000.00"),
        ("2024-01-31", "closing_cash", "14", "1200.00"),
        ("2024-04-30", "operating", "1", "10.00"),
        ("2024-04-30", "operating", "2", "40.00"),
        ("2024-04-30", "operating", "6", "10.00"),
        ("2024-04-30", "investing", "9", "-500.00"),
        ("2024-04-30", "financing", "10", "1000.00"),
        ("2024-04-30", "net_change", "12", "560.00"),
        ("2024-04-30", "opening_cash", "13", "2590.30"),
        ("2024-04-30", "closing_cash", "14", "3150.30"),
    ]


def test_a_bank_account_has_a_balance_every_day_and_a_journal_on_a_shared_nominal_is_nobodys(
    odd_books: Any,
) -> None:
    assert odd_books.rows(
        "select bank_account_id, balance_date, nominal_code, currency, balance, balance_in_currency"
        " from bank_balances where company_id = 'odd'"
        " and balance_date in ('2024-01-19', '2024-04-30', '2024-05-20')"
        " order by balance_date, nominal_code, bank_account_id"
    ) == [
        (None, "2024-01-19", "1200", "GBP", "1000.00", "1000.00"),
        ("1", "2024-04-30", "1200", "GBP", "2090.00", "2090.00"),
        ("2", "2024-04-30", "1200", "GBP", "60.00", "60.00"),
        (None, "2024-04-30", "1200", "GBP", "1000.00", "1000.00"),
        ("3", "2024-04-30", "1210", "EUR", "0.30", "0.60"),
        ("1", "2024-05-20", "1200", "GBP", "2040.00", "2040.00"),
        ("2", "2024-05-20", "1200", "GBP", "60.00", "60.00"),
        (None, "2024-05-20", "1200", "GBP", "1000.00", "1000.00"),
        ("3", "2024-05-20", "1210", "EUR", "10.30", None),
    ]
    assert odd_books.rows(
        "select count(*) as all_days, min(balance_date), count(distinct balance_date) as days"
        " from bank_balances where company_id = 'odd' and bank_account_id = 1"
        " and balance_date <= '2024-06-30'"
    ) == [("163", "2024-01-20", "163")]


def test_a_balance_has_the_name_of_its_bank_account(odd_books: Any) -> None:
    """Also if another company's account has the same id; what is of no account has none."""
    names = odd_books.rows("select company_id, bank_account_id, name from bank_accounts order by 1, 2")
    found = odd_books.rows(
        "select distinct company_id, bank_account_id, bank_account_name from bank_balances"
        " where bank_account_id is not null order by 1, 2"
    )
    assert found == [each for each in names if each[:2] in {(row[0], row[1]) for row in found}]
    assert {row[2] for row in found if row[0] == "odd"} == {"Account 1", "Account 2", "Account 3"}
    assert odd_books.rows(
        "select distinct bank_account_name from bank_balances where bank_account_id is null"
    ) == [(None,)]


def test_postings_of_one_line_have_one_running_balance(odd_books: Any) -> None:
    """Else the last balance of the account would be that of either, and a check would come and go."""
    account = "company_id = 'odd' and nominal_code = '1100'"
    names = odd_books.rows(
        "select column_name from information_schema.columns"
        " where table_schema = 'accbooks_staging' and table_name = 'ledger_postings'"
        " and column_name <> 'posting_id'"
    )
    others = ", ".join(str(name) for (name,) in names)
    odd_books.execute(
        f"insert into accbooks_staging.ledger_postings (posting_id, {others})"
        f" select posting_id || ' again', {others} from accbooks_staging.ledger_postings where {account}"
    )
    try:
        rows = odd_books.rows(
            f"select count(distinct running_balance) as balances, count(*) as postings"
            f" from general_ledger_export where {account}"
            " group by posting_date, source_type, source_id, line_number"
        )
        found = odd_books.rows(
            f"select running_balance from general_ledger_export where {account}"
            " order by posting_date desc, source_type desc, source_id desc, line_number desc limit 1"
        )
        expected = odd_books.rows(f"select sum(amount) from general_ledger where {account}")
    finally:
        odd_books.execute("delete from accbooks_staging.ledger_postings where posting_id like '% again'")
    assert set(rows) == {("1", "2")}
    assert found == expected


def test_the_ledger_is_exported_with_names_and_running_balances(odd_books: Any) -> None:
    assert odd_books.rows(
        "select posting_date, nominal_name, category, source_id, document_number, debit, credit,"
        " running_balance from general_ledger_export where company_id = 'odd' and nominal_code = '1100'"
        " and posting_date <= '2024-02-10' order by posting_date"
    ) == [
        ("2024-01-01", "Trade debtors", "current_assets", "opening", None, "300.00", "0.00", "300.00"),
        ("2024-01-20", "Trade debtors", "current_assets", "early", "SI-1", "0.00", "200.00", "100.00"),
        ("2024-02-05", "Trade debtors", "current_assets", "euro", None, "0.32", "0.00", "100.32"),
        ("2024-02-10", "Trade debtors", "current_assets", "overpaid", "SI-1", "1200.00", "0.00", "1300.32"),
    ]


def test_odd_books_have_no_finding_that_says_they_do_not_tie(odd_books: Any) -> None:
    assert (
        odd_books.rows(
            "select company_id, check_name, message from findings where check_name not in"
            " ('comparison_overdue', 'report_differs', 'not_compared', 'invoice_not_found')"
        )
        == []
    )
    not_of_these = ("test_type:unit", "test_name:has_parents")
    outcomes = odd_books.dbt("test", "--select", "accountant", "dimensions", "--exclude", *not_of_these)
    assert {name for name, outcome in outcomes.items() if outcome.status != "pass"} == set()


def test_a_later_allocation_reaches_back_to_the_documents_own_dates(odd_books: Any) -> None:
    """One credit note comes in June, another is no longer allocated; only their contacts' debts change."""
    company, others = "company_id = 'allocated'", "coalesce(contact_id, '') not in ('c2', 'c3')"
    before = owed(odd_books, "aged_receivables", f"{company} and {others}")
    open_before = owed(odd_books, "aged_receivables", OPEN)
    owner = {"company_id": "allocated", "_dlt_load_id": "second", "date": "2024-06-10"}
    sterling = {"currency": "GBP", "exchange_rate": 1}
    credit = {"id": "crn 3c", "type": "sales_credit", "status": "paid", "customer_id": "c3"}
    line = {"invoice_id": "crn 3c", "line_number": 1, "nominal_code": "4000", "net_amount": 50}
    odd_books.insert(
        {
            "invoices": [owner | sterling | credit | {"gross_total": 50, "amount_due": 0}],
            "invoice_line_items": [owner | line],
        }
    )
    odd_books.execute(
        "update accbooks_raw.invoices set _dlt_load_id = 'second',"
        " amount_due = case id when 'inv 2' then 150 else 80 end"
        " where company_id = 'allocated' and id in ('inv 2', 'crn 2')"
    )
    odd_books.dbt("run", "--exclude", "config.materialized:view")
    assert owed(odd_books, "aged_receivables", f"{company} and contact_id = 'c3'") == [
        ("c3", "2024-01-31", "inv 3a", "30.00", "30.00"),
        ("c3", "2024-02-29", "inv 3a", "30.00", "30.00"),
        ("c3", "2024-02-29", "inv 3b", "60.00", "60.00"),
        *(("c3", day, "inv 3b", "50.00", "50.00") for day in ("2024-03-31", "2024-04-30", "2024-05-31")),
    ]
    assert owed(odd_books, "aged_receivables", f"{company} and contact_id = 'c2'") == [
        ("c2", "2024-01-31", "inv 2", "200.00", "200.00"),
        *(
            (("c2", day, document, amount, amount))
            for day in ("2024-02-29", "2024-03-31", "2024-04-30", "2024-05-31", "2024-06-30")
            for document, amount in (("crn 2", "-80.00"), ("inv 2", "150.00"))
        ),
    ]
    assert owed(odd_books, "aged_receivables", f"{company} and {others}") == before
    assert owed(odd_books, "aged_receivables", OPEN) == open_before
    assert odd_books.rows("select message from findings where check_name like 'aged%'") == []
    assert odd_books.rows(
        "select count(*) from accbooks_staging.changed_allocations where company_id <> 'allocated'"
    ) == [("0",)]


BI_PAGE = (ROOT / "docs" / "bi.md").read_text(encoding="utf-8")
ATTACHING = re.search(r"```sql\n(attach .*?)```", BI_PAGE, re.DOTALL)[1]
"""How the page on BI says to read a file called accbooks.duckdb."""


def relations(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    return connection.execute(
        "select schema_name, table_name from duckdb_tables() where schema_name like 'accbooks%'"
        " union all select schema_name, view_name from duckdb_views() where schema_name like 'accbooks%'"
    ).fetchall()


OTHER_NAMES = (pytest.mark.long, pytest.mark.nightly)


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("accbooks.duckdb", "accbooks"),
        pytest.param("accbooks.duckdb", "books", marks=OTHER_NAMES),
        pytest.param("books.duckdb", "books", marks=OTHER_NAMES),
        ("books.duckdb", "accbooks"),
        pytest.param('o\'neil "& co".duckdb', 'o\'neil ""& co""', marks=OTHER_NAMES),
        pytest.param("main.duckdb", "main_db", marks=OTHER_NAMES),
    ],
)
def test_everything_can_be_read_from_a_file_of_any_name_by_plain_duckdb(
    copied_books: Any, file: str, name: str
) -> None:
    path = copied_books.workspace / "accbooks.duckdb"
    renamed = path.rename(path.with_name(file))
    quoted = str(renamed).replace("'", "''")
    with duckdb.connect() as connection:
        connection.execute(f"attach '{quoted}' as \"{name}\" (read_only)")
        found = relations(connection)
        assert {schema for schema, _ in found} == {"accbooks", "accbooks_raw", "accbooks_staging"}
        assert len(found) > 60
        for schema, relation in found:
            connection.execute(f'select * from "{name}"."{schema}"."{relation}"').fetchall()


def test_a_file_called_accbooks_is_attached_as_the_page_says(
    copied_books: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(copied_books.workspace)
    with duckdb.connect() as connection:
        statements = [each.strip() for each in ATTACHING.split(";") if each.strip()]
        rows = [connection.execute(statement).fetchall() for statement in statements]
        assert rows[-1]
        for schema, relation in relations(connection):
            connection.execute(f"select * from {schema}.{relation}")
