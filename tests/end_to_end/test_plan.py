"""What a plan says, beside what the sync then does."""

from __future__ import annotations

import io
import json
from copy import deepcopy

import pendulum
import pytest
from accbooks_warehouse.emulator.settings import Fault, Grant
from accbooks_warehouse.pipelines.commands.plan import run_plan
from accbooks_warehouse.pipelines.configuration import Company
from accbooks_warehouse.pipelines.depth import Depth
from accbooks_warehouse.pipelines.exit_status import ExitStatus
from accbooks_warehouse.pipelines.output.views import print_plan
from accbooks_warehouse.pipelines.queries.reads import last_reads
from accbooks_warehouse.pipelines.sync.due_reports import calendar_of
from accbooks_warehouse.pipelines.sync.load import AlsoDue, Loader
from accbooks_warehouse.pipelines.sync.plan import MOST_REQUESTS, Plan, Step, plan
from accbooks_warehouse.pipelines.sync.scope import Scope
from accbooks_warehouse.sources.accbooks.errors import UnauthorizedError
from accbooks_warehouse.sources.accbooks.reading.books import open_books
from accbooks_warehouse.sources.accbooks.settings import Settings
from accbooks_warehouse.sources.accbooks.tables.reports import requests_for
from accbooks_warehouse.sources.accbooks.windows import Window
from rich.console import Console

from pendulum import date  # isort: skip

pytestmark = pytest.mark.databases("duckdb")  # a plan reads the bookmarks alone: one test does so in both

TODAY = pendulum.today("UTC").date()
LISTS = ["contacts", "bank_accounts", "transactions", "invoices", "journals"]
FEW = "key-with-few-permissions"
SPENT = "spent-key"


@pytest.fixture(scope="module")
def copy(open_module_copy):
    keys = {FEW: Grant(permissions=frozenset({"company:read", "contacts:read"})), SPENT: Grant()}
    return open_module_copy(plan="pro", minute_limit=3_000, keys=keys)


def planned(copy, window=None, key=None, certify=None):
    company = Company("default", Settings(key or copy.emulator.key, copy.emulator.base_url))
    return plan(copy.warehouse, company, window, certify)


def printed(found):
    console = Console(file=io.StringIO(), width=80, highlight=False)
    print_plan(console, found)
    return [line.rstrip() for line in console.file.getvalue().splitlines()]


@pytest.mark.nightly
@pytest.mark.long
def test_a_plan_of_books_that_are_held_comes_close_to_what_the_sync_takes(synced_copies):
    with synced_copies(minute_limit=3_000) as copy:
        unchanged = planned(copy)
        assert {step.reason for step in unchanged.steps[2:5]} == {"lookback"}
        assert unchanged.requests < 35
        assert holds(unchanged, copy.load().companies[0].books.budget.requests)

        copy.put("journals", moved(copy.emulator.books.all("journals")[-1], "jnl_new", TODAY))
        edited = planned(copy)
        assert holds(edited, copy.load().companies[0].books.budget.requests)

        deeply = planned(copy, certify=Depth.months)
        assert deeply.requests > edited.requests
        assert holds(deeply, copy.load(Scope(certify=Depth.months)).companies[0].books.budget.requests)

        due = plan(copy.warehouse, copy.company(certify_months_every=0), None)
        assert holds(due, copy.load(certify_months_every=0).companies[0].books.budget.requests)


def test_a_plan_of_a_first_sync_costs_few_requests_and_makes_nothing(copy):
    before = copy.emulator.statistics.requests
    first = planned(copy)
    assert 1 + len(LISTS) <= first.requests_made <= MOST_REQUESTS
    assert copy.emulator.statistics.requests - before == first.requests_made
    assert [step.resource for step in first.steps[:5]] == LISTS
    assert [step.records for step in first.steps[:5]] == [len(copy.emulator.books.all(n)) for n in LISTS]
    assert {step.reason for step in first.steps[2:5]} == {"first"}
    assert not copy.warehouse.exists() or not copy.warehouse.has_raw_tables()


def test_a_plan_of_several_companies_ends_with_their_total(copy, monkeypatch, capsys):
    keys = {"one": copy.emulator.key, "few": FEW, "bad": "wrong-key"}
    several = [Company(name, Settings(key, copy.emulator.base_url)) for name, key in keys.items()]
    monkeypatch.setattr("accbooks_warehouse.pipelines.commands.plan.companies", lambda _: several)
    monkeypatch.setattr(
        "accbooks_warehouse.pipelines.commands.opening.open_warehouse", lambda _: copy.warehouse
    )
    said = {}
    for output in ("table", "json"):
        console = Console(file=io.StringIO(), width=80, highlight=False)
        status = run_plan(console, None, copy.warehouse.name, None, None, output)
        said[output] = console.file.getvalue()
        assert status is ExitStatus.ERROR
        assert capsys.readouterr().err.startswith("bad: AccBooks rejected the API key")
    document = json.loads(said["json"])
    plans = [planned(copy, key=keys[name]) for name in ("one", "few")]
    assert [(each["name"], each["requests"]) for each in document["companies"]] == [
        ("one", plans[0].requests),
        ("few", plans[1].requests),
    ]
    assert document["total"] == {
        "companies": 2,
        "fewest": sum(each.fewest for each in plans),
        "requests": sum(each.requests for each in plans),
        "minutes": 0,
        "side_by_side": 2,
        "days": 1,
        "asked": sum(each.requests_made for each in plans),
    }
    assert [each["name"] for each in document["failed"]] == ["bad"]
    lines = [line.rstrip() for line in said["table"].splitlines()]
    total = next(number for number, line in enumerate(lines) if line.startswith("Total of 2 companies: "))
    assert lines[-2:] == [
        "1 more could not be estimated; see above.",
        f"These estimates took {document['total']['asked']} requests.",
    ]
    assert f"{document['total']['requests']:,} requests; less than" in " ".join(lines[total : total + 2])


def test_the_status_of_a_plan_is_that_of_its_worst_company(copy, monkeypatch, capsys):
    url = copy.emulator.base_url
    several = [
        Company("bad", Settings("wrong-key", url)),
        Company("spent", Settings(SPENT, url)),
    ]
    copy.emulator.arm(Fault("spend", requests=1_000_000, day=True, key=SPENT))
    monkeypatch.setattr("accbooks_warehouse.pipelines.commands.plan.companies", lambda _: several)
    monkeypatch.setattr(
        "accbooks_warehouse.pipelines.commands.opening.open_warehouse", lambda _: copy.warehouse
    )
    status = run_plan(Console(file=io.StringIO()), None, copy.warehouse.name, None)
    said = capsys.readouterr().err
    assert "bad: AccBooks rejected the API key" in said
    assert "spent: AccBooks' daily request limit for this key is used up." in said
    assert status is ExitStatus.ERROR


def with_journals(books, days):
    """Add a journal on each of these days."""
    for day in days:
        books.put("journals", moved(books.all("journals")[-1], f"jnl_{day}", day))


def with_drafts(books):
    """Leave three months of records, and put a thousand drafts before them."""
    keep_if(books, lambda record: str(record["date"]) >= str(TODAY.subtract(months=3)))
    for number in range(1_000):
        draft = moved(books.all("invoices")[-1], f"inv_draft_{number}", TODAY.subtract(days=number))
        books.put("invoices", {**draft, "status": "draft"})


def moved(record, identifier, day):
    return {**deepcopy(record), "id": identifier, "date": str(day)}


def keep_if(books, accept):
    for resource in LISTS[2:]:
        for record in books.all(resource):
            if not accept(record):
                books.remove(resource, record["id"])


SHAPES = {
    "as they are": lambda _: None,
    "future": lambda books: with_journals(books, [TODAY.add(months=each) for each in (1, 14, 40)]),
    "far": lambda books: with_journals(books, [f"{year}-01-03" for year in ("0206", "1995", "2206", "9999")]),
    "before the start": lambda books: with_journals(
        books, [TODAY.subtract(years=4, months=each) for each in range(1, 100)]
    ),
    "gaps": lambda books: keep_if(books, lambda record: str(record["date"])[5:7] in {"01", "02", "11"}),
    "drafts": with_drafts,
    "no postings": lambda books: keep_if(books, lambda _: False),
}
"""What is done to small books before they are synced first.

Of more shapes, tests/pipelines/sync/test_plan_shapes.py shows the same without a database.
"""


@pytest.mark.parametrize(
    "shape", ["as they are", *(pytest.param(each, marks=pytest.mark.soak) for each in [*SHAPES][1:])]
)
def test_a_first_sync_takes_what_the_plan_says(open_copy, shape):
    copy = open_copy(plan="pro", minute_limit=3_000)
    SHAPES[shape](copy.emulator.books)
    first = planned(copy)
    before = copy.emulator.statistics.requests
    loaded(copy)
    spent = copy.emulator.statistics.requests - before
    assert holds(first, spent), (shape, first.fewest, first.requests, spent)


@pytest.mark.nightly_on("postgres")
@pytest.mark.databases("duckdb", "postgres")
@pytest.mark.long_on("postgres")
@pytest.mark.parametrize("cut_after", [pytest.param(30, marks=pytest.mark.soak), 50])
def test_a_sync_that_was_cut_off_is_planned_to_its_end(open_copy, monkeypatch, cut_after):
    copy = open_copy(plan="pro", minute_limit=3_000)
    copy.emulator.arm(Fault("status", status=401, count=10_000, after=cut_after))
    company = copy.company(package_records=300)
    with monkeypatch.context() as small_windows:
        small_windows.setattr("accbooks_warehouse.sources.accbooks.reading.window_reader.MOST_PAGES", 2)
        small_windows.setattr("accbooks_warehouse.sources.accbooks.reading.extraction.RECORDS_AHEAD", 0)
        with pytest.raises(UnauthorizedError):
            Loader(copy.warehouse, company, open_books(company.settings)).load_records()
    copy.emulator.clear_faults()
    assert copy.query("select count(*) > 0 from {raw}.transactions") == [(True,)]
    rest = planned(copy)
    before = copy.emulator.statistics.requests
    loaded(copy)
    spent = copy.emulator.statistics.requests - before
    assert holds(rest, spent), (rest.fewest, rest.requests, spent)


def holds(found, spent):
    """Tell whether a plan was right: within a tenth, or within a range that is not too wide."""
    within_range = found.fewest <= spent <= found.requests and found.requests <= 1.5 * found.fewest
    return within_range or spent == pytest.approx(found.requests, rel=0.1)


def loaded(copy):
    """Load records and reports as a first sync does, without building anything."""
    books = open_books(copy.company().settings)
    loader = Loader(copy.warehouse, copy.company(), books)
    loader.load_records((), lambda: AlsoDue(None))
    calendar = calendar_of(copy.warehouse, books.company_id, books.financial_year_end, books.today)
    fetched = {(read.resource, read.start, read.end) for read in last_reads(copy.warehouse, books.company_id)}
    missing = {
        name: [each for each in requests if (name, each.start, each.end) not in fetched]
        for name, requests in requests_for(calendar).items()
    }
    loader.load_reports(missing)


def test_a_plan_is_made_for_the_dates_asked_for(copy):
    january = Window(date(2025, 1, 1), date(2025, 1, 31))
    found = planned(copy, january)
    assert {step.window for step in found.steps[2:5]} == {january}


def test_what_is_forbidden_is_part_of_the_plan(copy):
    found = planned(copy, key=FEW)
    assert {(step.resource, step.reason, step.requests) for step in found.steps if step.records is None} >= {
        ("journals", "permission missing", 1)
    }


BACKFILL = [
    Step("transactions", Window(), "first", 1_000_000, 10_200),
    Step("trial_balance", None, "compare", None, 120),
]


def test_what_a_plan_cannot_know_is_said():
    lists = ("transactions", "invoices")
    found = Plan("north", "comp_1", BACKFILL, 1, 300, None, 0, 25, 60, lists, ("journals",), is_assumed=True)
    assert " ".join(" ".join(printed(found)[4:]).split()) == (
        "Between 10,261 and 10,321 requests: at least 34 minutes at 300 a minute. "
        "Only part of transactions and invoices was sampled. "
        "Months in which nothing is posted take fewer requests. "
        "The lower number assumes that there are few such months. "
        "The last date of journals is not known. Later months take more requests. "
        "The daily limit of this AccBooks plan is not known. "
        "This estimate took 25 requests."
    )


@pytest.mark.parametrize(
    ("limit", "allowance", "spent", "lines"),
    [
        (
            60,
            9_000,
            5_000,
            [
                "About 10,321 requests: at least 172 minutes at 60 a minute.",
                "That is 114.7% of the 9,000 requests allowed a day; 4,000 are left today, so it",
                "  will take 2 days (see --wait).",
            ],
        ),
        (
            300,
            90_000,
            0,
            [
                "About 10,321 requests: at least 34 minutes at 300 a minute.",
                "That is 11.5% of the 90,000 requests allowed a day; 90,000 are left today.",
            ],
        ),
        (
            20_000,
            None,
            0,
            [
                "About 10,321 requests: less than a minute at 20,000 a minute.",
                "The daily limit of this AccBooks plan is not known.",
            ],
        ),
    ],
)
def test_the_limits_are_put_into_words(limit, allowance, spent, lines):
    found = printed(Plan("north", "comp_1", BACKFILL, 1, limit, allowance, spent, 6))
    assert found[:4] == [
        "north: company comp_1",
        " resource       dates        why        records  requests",
        " transactions   all dates    first    1,000,000    10,200",
        " trial_balance  due periods  compare                  120",
    ]
    assert found[4:] == [*lines, "This estimate took 6 requests."]
