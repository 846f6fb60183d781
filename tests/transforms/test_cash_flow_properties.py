"""Books of any shape: how documents are split changes no statement, and the models say what the rule says."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from cash_flow_rule import BANKS, CATEGORIES, FIXED_ASSETS, Document, Pennies, Statement, statement
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

Lines = tuple[tuple[str, Pennies], ...]
Companies = Mapping[str, Sequence[Document]]

DAY = date(2024, 4, 5)
DAYS = (date(2024, 4, 5), date(2024, 4, 6), date(2024, 5, 1))
MONTHS = ((date(2024, 4, 1), date(2024, 4, 30)), (date(2024, 5, 1), date(2024, 5, 31)))
YEARS = ((date(2023, 4, 6), date(2024, 4, 5)), (date(2024, 4, 6), date(2025, 4, 5)))
APRIL = MONTHS[0][0]
FLOWS, CHANGE = 11, 12
OTHERS = sorted(CATEGORIES.keys() - BANKS.values())
LARGE = 10**16
CONTROL_LINE = 2

several = settings(
    max_examples=25, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)
pennies = st.integers(-1000, 1000) | st.integers(-LARGE, LARGE)


class Ledger:
    """A built warehouse whose ledger is filled for one question, and empty again afterwards."""

    def __init__(self, cursor: Any) -> None:
        self.cursor = cursor

    def statements(self, companies: Companies, model: str = "cash_flow") -> dict[tuple[str, date], Statement]:
        """The lines of the statements in pennies, by company and start of the period."""
        self.cursor.execute("begin")
        try:
            self._fill(companies)
            rows = self.cursor.execute(
                f"select company_id, period_start, line_number, amount from {model}"
                " where company_id in (select unnest(?)) and amount <> 0",
                [list(companies)],
            ).fetchall()
        finally:
            self.cursor.execute("rollback")
        found: dict[tuple[str, date], Statement] = {}
        for company_id, start, line, amount in rows:
            found.setdefault((company_id, start), Statement())[line] = int(100 * amount)
        return found

    def _fill(self, companies: Companies) -> None:
        self._insert(
            "accbooks_raw.bank_accounts (company_id, id, nominal_code)",
            [(name, number, code) for name in companies for number, code in BANKS.items()],
        )
        self._insert(
            "nominal_accounts (company_id, nominal_code, category)",
            [(name, code, category) for name in companies for code, category in CATEGORIES.items()],
        )
        self._insert(
            "months (company_id, month_start, month_end)",
            [(name, *month) for name in companies for month in MONTHS],
        )
        self._insert(
            "financial_years (company_id, financial_year_start, financial_year_end, is_year_end_known)",
            [(name, *year, True) for name in companies for year in YEARS],
        )
        self._insert(
            "accbooks_staging.ledger_postings (company_id, posting_date, source_type, source_id,"
            " document_id, line_number, nominal_code, amount)",
            [
                (
                    *(name, each.day, each.source_type, each.source_id),
                    *(each.settles if number == CONTROL_LINE else None, number, code, money(amount)),
                )
                for name, documents in companies.items()
                for each in documents
                for number, (code, amount) in enumerate(each.lines, start=1)
            ],
        )
        self.cursor.execute(
            "insert into accbooks_staging.period_movements"
            " (company_id, month_start, period_start, nominal_code, debit, credit)"
            " select company_id, date_trunc('month', posting_date), case posting_date when '2024-04-06' then"
            " posting_date else date_trunc('month', posting_date) end, nominal_code,"
            " sum(greatest(amount, 0)), sum(greatest(-amount, 0)) from accbooks_staging.ledger_postings"
            " where company_id in (select unnest(?)) group by all",
            [list(companies)],
        )

    def _insert(self, table: str, rows: Sequence[tuple[Any, ...]]) -> None:
        if not rows:
            return
        marks = ", ".join("({})".format(", ".join("?" * len(rows[0]))) for _ in rows)
        self.cursor.execute(f"insert into {table} values {marks}", [value for row in rows for value in row])


def money(amount: Pennies) -> Decimal:
    return Decimal(amount).scaleb(-2)


@pytest.fixture(scope="module")
def ledger(copy_books: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    with closing(copy_books(tmp_path_factory.mktemp("properties")).connect()) as cursor:
        yield Ledger(cursor)


@st.composite
def journals_without_bank(draw: st.DrawFn) -> Lines:
    lines = draw(st.lists(st.tuples(st.sampled_from(OTHERS), pennies), max_size=4))
    return (*lines, (draw(st.sampled_from(OTHERS)), -sum(amount for _, amount in lines)))


@st.composite
def journals_with_bank(draw: st.DrawFn, sign: int) -> Lines:
    """Lines of which those to bank accounts have the sign, and those to fixed assets are not below zero."""
    banks = st.tuples(st.sampled_from(sorted(BANKS.values())), st.integers(1, LARGE))
    bank_lines = [(code, sign * amount) for code, amount in draw(st.lists(banks, min_size=1, max_size=2))]
    lines = draw(st.lists(st.tuples(st.sampled_from(OTHERS), pennies), max_size=4))
    if sum(amount for code, amount in lines if code in FIXED_ASSETS) < 0:
        lines = [(code, -amount if code in FIXED_ASSETS else amount) for code, amount in lines]
    rest = draw(st.sampled_from([code for code in OTHERS if code not in FIXED_ASSETS]))
    return (*bank_lines, *lines, (rest, -sum(amount for _, amount in [*bank_lines, *lines])))


def journals(*postings: Lines) -> list[Document]:
    return [Document("journal", f"j{number}", DAY, lines) for number, lines in enumerate(postings)]


def by_account(lines: Lines) -> Lines:
    codes = dict.fromkeys(code for code, _ in lines)
    return tuple((code, sum(amount for each, amount in lines if each == code)) for code in codes)


def assert_splitting_changes_nothing(ledger: Ledger, parts: Sequence[Lines]) -> None:
    whole = tuple(line for part in parts for line in part)
    companies = {
        "whole": journals(whole),
        "by account": journals(by_account(whole)),
        "in parts": journals(*parts),
    }
    found = ledger.statements(companies)
    whole_statement = found.get(("whole", APRIL))
    assert found.get(("in parts", APRIL)) == found.get(("by account", APRIL)) == whole_statement


@given(parts=st.lists(journals_without_bank(), min_size=1, max_size=4))
@several
def test_a_journal_without_bank_lines_may_be_split_in_any_way(ledger, parts):
    assert_splitting_changes_nothing(ledger, parts)


@given(
    parts=st.sampled_from((1, -1)).flatmap(
        lambda sign: st.lists(journals_with_bank(sign), min_size=1, max_size=4)
    )
)
@several
def test_a_journal_whose_bank_lines_have_one_sign_may_be_split_where_no_part_sells_assets(ledger, parts):
    assert_splitting_changes_nothing(ledger, parts)


@st.composite
def books(draw: st.DrawFn) -> list[Document]:
    """Journals and invoices, and payments of them, with a difference on exchange, in any order."""
    every = sorted(CATEGORIES)
    days = st.sampled_from(DAYS)
    found: list[Document] = []
    for number in range(draw(st.integers(0, 4))):
        lines = draw(st.lists(st.tuples(st.sampled_from(every), pennies), max_size=5))
        rest = (draw(st.sampled_from(every)), -sum(amount for _, amount in lines))
        found.append(Document("journal", f"j{number}", draw(days), (*lines, rest)))
    for number in range(draw(st.integers(0, 3))):
        lines = draw(st.lists(st.tuples(st.sampled_from(OTHERS), pennies), min_size=1, max_size=4))
        control = (draw(st.sampled_from(("1100", "2100"))), -sum(amount for _, amount in lines))
        found.append(Document("invoice", f"i{number}", draw(days), (control, *lines)))
        for payment in range(draw(st.integers(0, 3))):
            settled = draw(pennies | st.just(-control[1]))
            bank = draw(st.just(-settled) | pennies)
            money_lines = ((draw(st.sampled_from(("1200", "1210", "9999"))), bank), (control[0], settled))
            gain = ("7500", -bank - settled)
            found.append(
                Document("transaction", f"t{number}{payment}", draw(days), (*money_lines, gain), f"i{number}")
            )
    return found


def money_moved(documents: Sequence[Document]) -> Pennies:
    lines = [line for document in documents for line in document.lines]
    return sum(amount for code, amount in lines if code in BANKS.values())


@given(documents=books())
@several
def test_every_statement_is_that_of_the_rule_and_ends_in_the_movement_of_the_bank_accounts(ledger, documents):
    for model, periods in (("cash_flow", MONTHS), ("cash_flow_by_financial_year", YEARS)):
        found = ledger.statements({"company": documents}, model)
        for start, end in periods:
            lines = found.get(("company", start), Statement())
            counted = [each for each in documents if start <= each.day <= end]
            flows = {line: amount for line, amount in lines.items() if line <= FLOWS}
            assert flows == {k: v for k, v in statement(documents, counted).items() if v}
            assert lines[CHANGE] == sum(flows.values()) == money_moved(counted)


def test_a_payment_beyond_what_can_be_shared_out_is_working_capital_and_stops_nobody(ledger):
    longest = 10**18 - 1
    invoice = Document("invoice", "i", DAY, (("2100", -longest), ("0040", longest)))
    paid = (("1200", -longest), ("2100", longest))
    payments = [Document("transaction", f"t{day}", day, paid, "i") for day in DAYS[1:]]
    other = journals((("1200", -100), ("0040", 100)))
    found = ledger.statements({"huge": [invoice, *payments], "other": other})
    may = MONTHS[1][0]
    assert found["huge", APRIL] == {9: -longest, 12: -longest, 14: -longest}
    assert found["huge", may] == {5: -longest, 12: -longest, 13: -longest, 14: -2 * longest}
    assert found["other", APRIL] == {9: -100, 12: -100, 14: -100}
