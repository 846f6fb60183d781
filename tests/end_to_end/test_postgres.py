"""What only a database with users, a network and a planner has: readers, indexes, connections that end."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from copy import deepcopy
from pathlib import Path
from urllib.parse import quote, urlsplit

import pendulum
import psycopg2
import pytest
from accbooks_warehouse.pipelines.destinations import Postgres
from accbooks_warehouse.pipelines.errors import LoadError, TransformError, WarehouseError
from accbooks_warehouse.pipelines.sync.scope import Scope
from accbooks_warehouse.sources.accbooks.errors import ConfigurationError
from accbooks_warehouse.sources.accbooks.windows import Window

pytestmark = [pytest.mark.long, pytest.mark.databases("postgres")]

ROLE = 'bi "Söhne" & co'
TODAY = pendulum.today("UTC").date()
PASSWORD = "p@ss/w%rd"


@pytest.fixture(scope="module")
def copy(open_module_copy):
    """Books that are synced here: what a server knows of its tables is not copied with a database."""
    opened = open_module_copy()
    opened.sync_and_prove()
    return opened


@pytest.fixture(scope="module")
def address(copy) -> str:
    """The address of the one database of this module."""
    return copy.warehouse.address.of_dlt().to_native_representation()


def execute(address: str, *statements: str) -> list[tuple]:
    with closing(psycopg2.connect(address)) as connection:
        connection.autocommit = True
        cursor = connection.cursor()
        for statement in statements:
            cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []


def login(address: str, role: str, password: str) -> str:
    """Return the address by which a role logs in."""
    parts = urlsplit(address)
    host = parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=f"{quote(role, safe='')}:{quote(password, safe='')}@{host}").geturl()


@pytest.fixture
def role(address) -> Iterator[str]:
    """A login that may do nothing yet."""
    quoted = '"' + ROLE.replace('"', '""') + '"'
    execute(address, f"create role {quoted} login password '{PASSWORD}'")
    yield ROLE
    execute(address, f"drop owned by {quoted}", f"drop role {quoted}")


@pytest.mark.nightly
def test_a_role_that_is_not_there_is_to_be_created_first(copy):
    with pytest.raises(
        ConfigurationError, match=r"There is no role 'nobody'\. Create it first, in psql: CREATE"
    ):
        copy.warehouse.grant_reader("nobody")


def test_what_a_user_may_not_do_is_said_with_what_it_needs(address, role):
    with pytest.raises(WarehouseError) as refused:
        Postgres(login(address, role, PASSWORD)).execute("create schema mine")
    assert "permission denied for database" in str(refused.value)
    assert f"{ROLE} needs CREATE on the database" in str(refused.value)


INDEXES = "select indexname, ('accbooks_raw.' || quote_ident(indexname))::regclass::oid from pg_indexes "
INDEXES += "where schemaname = 'accbooks_raw' and indexname like '%\\_by\\_%' order by 1"


def test_indexes_on_keys_and_dates_are_made_once_and_kept(copy, address):
    held = execute(address, INDEXES)
    assert {
        "transactions_by_company_id_id",
        "transactions_by_company_id_date",
        "transactions_by_company_id_invoice_id",
        "invoice_line_items_by_company_id_invoice_id_line_number",
        "trial_balance_by_company_id_as_at_line_number",
        "profit_loss_by_company_id_from_to_line_number",
        "sync_windows_by_company_id_resource",
    } <= {name for name, _ in held}
    copy.load_again()
    assert execute(address, INDEXES) == held
    execute(address, "drop index accbooks_raw.journals_by_company_id_date")
    recent = max(copy.emulator.books.all("transactions"), key=lambda each: str(each["date"]))
    copy.put("transactions", {**recent, "description": "A reason to load"})
    copy.load_again()
    assert [name for name, _ in execute(address, INDEXES)] == [name for name, _ in held]
    unknown = (
        "select count(*) from pg_stat_user_tables where schemaname = 'accbooks_raw' and last_analyze is null"
    )
    assert execute(
        address, f"{unknown} and relname in ('transactions', 'trial_balance', 'sync_windows')"
    ) == [(0,)]


LONGEST_SECONDS = 20
UPKEEP = (
    "select schemaname, relname, n_dead_tup, last_vacuum is not null, last_analyze is not null"
    " from pg_stat_user_tables where relname in ('contacts', 'ledger_postings', 'profit_and_loss')"
    " and schemaname in ('accbooks_raw', 'accbooks_staging', 'accbooks') order by relname"
)


def test_maintenance_vacuums_every_table_of_ours_and_no_other(copy, address):
    execute(address, "create table public.of_others as select 1 as one", "delete from public.of_others")
    # a server counts what a session did when that session says so, or later
    execute(
        address, "update accbooks_raw.contacts set name = name || ''", "select pg_stat_force_next_flush()"
    )
    before = copy.warehouse.size()
    copy.warehouse.maintain()
    kept = [(name, 0, True, True) for name in ("contacts", "ledger_postings", "profit_and_loss")]
    ends_at = time.monotonic() + LONGEST_SECONDS
    while (found := [row[1:] for row in execute(address, UPKEEP)]) != kept and time.monotonic() < ends_at:
        time.sleep(0.1)
    assert found == kept
    assert execute(address, "select last_vacuum from pg_stat_user_tables where relname = 'of_others'") == [
        (None,)
    ]
    # the first vacuum of a table makes maps of its pages, 32 kB; there are some 100 tables
    assert 1_000_000 < copy.warehouse.size() <= before + 3_200_000
    execute(address, "drop table public.of_others")


ANALYSED = (
    "select relname, analyze_count from pg_stat_user_tables"
    " where schemaname = 'accbooks' or relname = 'ledger_postings'"
)


@pytest.mark.nightly
def test_models_are_analysed_when_they_are_made_and_again_when_much_of_them_is_new(copy, address):
    made = dict(execute(address, ANALYSED))
    assert {"ledger_postings", "trial_balance", "period_balances"} <= made.keys()
    assert min(made.values()) > 0
    # in the first, and shortest, of the months
    old = min(copy.emulator.books.all("transactions"), key=lambda each: str(each["date"]))
    day = pendulum.Date.fromisoformat(str(old["date"]))

    def after_an_edit(description: str) -> int:
        copy.put("transactions", {**old, "description": description})
        copy.load(Scope(window=Window(day, day)))
        copy.transforms.build()
        return dict(execute(address, ANALYSED))["ledger_postings"]

    # what was written in the transaction that analysed it still counts as new once
    settled = after_an_edit("said otherwise")
    assert settled <= made["ledger_postings"] + 1
    assert after_an_edit("said in a third way") == settled
    copy.transforms.build(everything=True)
    assert dict(execute(address, ANALYSED))["ledger_postings"] == settled + 1


@contextmanager
def failing(address: str, body: str) -> Iterator[None]:
    """Have whatever changes a transaction fail inside the server."""
    execute(
        address,
        f"create function fail() returns trigger language plpgsql as $$ begin {body} return new; end $$",
        "create trigger fail before insert or update on accbooks_raw.transactions "
        "for each row execute function fail()",
    )
    try:
        yield
    finally:
        execute(address, "drop function fail() cascade")


ENDS_THE_CONNECTION = "perform pg_terminate_backend(pg_backend_pid());"
FILLS_THE_DISK = "raise exception 'kein Platz auf dem Gerät' using errcode = '53100';"


def test_what_ends_a_load_in_the_server_is_a_sentence_and_the_next_run_mends_it(copy, address):
    """A connection that ends is a matter of the company, since others can be loaded; a full disk is not."""
    record = deepcopy(copy.recent("transactions"))
    copy.put("transactions", {**record, "description": "changed"})
    with failing(address, ENDS_THE_CONNECTION):
        (company,) = copy.sync().companies
    assert isinstance(company.error, LoadError)
    assert "closed the connection" in str(company.error)
    with failing(address, FILLS_THE_DISK), pytest.raises(WarehouseError) as failed:
        copy.sync()
    assert "is full. Free some space, then run again." in str(failed.value)
    for error in (company.error, failed.value):
        assert len(str(error).splitlines()) == 1
    copy.sync_and_prove()


def test_a_connection_that_ends_once_is_opened_again_within_the_run(copy, address):
    record = deepcopy(copy.recent("transactions"))
    copy.put("transactions", {**record, "description": "changed once"})
    execute(address, "create sequence public.calls")
    once = "if nextval('public.calls') = 1 then perform pg_terminate_backend(pg_backend_pid()); end if;"
    with failing(address, once):
        copy.load()
    assert execute(address, "select last_value > 1 from public.calls") == [(True,)]
    assert copy.query("select id from {raw}.transactions where description = 'changed once'") == [
        (record["id"],)
    ]
    execute(address, "drop sequence public.calls")


def is_let_in(address: str) -> bool:
    try:
        execute(address, "select 1")
    except psycopg2.OperationalError:
        return False
    return True


@pytest.fixture
def suspicious(address, role) -> Iterator[str]:
    """The role, on a server that asks it for its password: the one started for the tests trusts everybody."""
    ((path,),) = execute(address, "show hba_file")
    rules = Path(path)
    if not rules.exists():
        yield role
        return
    before = rules.read_text()
    quoted = '"' + role.replace('"', '""') + '"'
    rules.write_text("".join(f"{kind}\n" for kind in (f"local all {quoted} scram-sha-256", before)))
    execute(address, "select pg_reload_conf()")
    while is_let_in(login(address, role, "wrong")):  # until the server has read its rules anew
        pass
    yield role
    rules.write_text(before)
    execute(address, "select pg_reload_conf()")


def test_a_wrong_password_is_said_and_not_repeated(address, suspicious):
    wrong = Postgres(login(address, suspicious, "wrong"))
    with pytest.raises(WarehouseError) as refused:
        wrong.open()
    assert f"refuses the login of {ROLE}: " in str(refused.value)
    assert "password authentication failed" in str(refused.value)
    assert '"wrong"' not in str(refused.value)
    Postgres(login(address, suspicious, PASSWORD)).open()


def test_databases_and_servers_that_are_not_there_are_named(address):
    parts = urlsplit(address)
    with pytest.raises(WarehouseError, match=r"PostgreSQL database nowhere on .* does not exist\. Create it"):
        Postgres(parts._replace(path="/nowhere").geturl()).open()
    with pytest.raises(WarehouseError, match=r"does not respond: .*refused"):
        Postgres("postgresql://loader:secret@127.0.0.1:1/books").open()
    with pytest.raises(WarehouseError, match=r"does not respond: .*No such file"):
        Postgres("postgresql://loader:secret@/books?host=/nowhere").open()


OF_OTHERS = "select viewname from pg_views where schemaname = 'public' order by 1"
MODEL_INDEXES = """
    select tablename, regexp_replace(indexdef, '.* USING ', '') from pg_indexes
    where schemaname in ('accbooks', 'accbooks_staging') order by 1, 2
"""


@pytest.fixture
def views_of_others(address) -> Iterator[list[tuple]]:
    """A view of somebody else's on every table and view that is ours, and one on one of these; an index."""
    ours = execute(
        address,
        "select table_schema, table_name from information_schema.tables"
        " where table_schema in ('accbooks', 'accbooks_staging')",
    )
    execute(
        address,
        *(f"create view public.on_{schema}_{name} as select * from {schema}.{name}" for schema, name in ours),
        "create view public.on_another as select company_id from public.on_accbooks_trial_balance",
        "create index ours_to_keep on accbooks.trial_balance (credit)",
    )
    yield execute(address, OF_OTHERS)
    execute(
        address, *(f"drop view if exists public.{name} cascade" for (name,) in execute(address, OF_OTHERS))
    )
    execute(address, "drop index if exists accbooks.ours_to_keep")


def rebuild(copy) -> None:
    """Make every table anew, as another version of the project does."""
    with copy.warehouse.building():
        copy.transforms.build(full_refresh=True)


def test_readers_and_views_that_others_built_outlive_a_sync_and_a_full_refresh_with_a_new_column(
    copy, address, role, views_of_others
):
    reader = login(address, role, PASSWORD)
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        execute(reader, "select 1 from accbooks.trial_balance")
    for _ in range(2):
        copy.warehouse.grant_reader(role)
    postings = "select count(*) from accbooks.general_ledger"
    held = execute(reader, postings)
    indexes = execute(address, MODEL_INDEXES)
    copy.put("journals", {**copy.recent("journals"), "id": "jnl_for_others"})
    copy.sync_and_prove()
    assert execute(address, OF_OTHERS) == views_of_others
    assert execute(reader, postings) > held

    suspects = "accbooks_reconciliation_suspects"
    execute(
        address,
        f"drop view public.on_{suspects}",
        "alter table accbooks.reconciliation_suspects drop column nominal_code",
        f"create view public.on_{suspects} as select * from accbooks.reconciliation_suspects",
    )
    rebuild(copy)
    execute(address, "select nominal_code from accbooks.reconciliation_suspects")
    assert execute(address, OF_OTHERS) == views_of_others
    assert execute(address, MODEL_INDEXES) == indexes
    seen = "select count(*) from public.on_accbooks_trial_balance"
    assert execute(address, seen) == execute(address, "select count(*) from accbooks.trial_balance")

    models = [name for (name,) in copy.query("select tablename from pg_tables where schemaname = 'accbooks'")]
    assert len(models) > 10
    for name in models:
        execute(reader, f"select 1 from accbooks.{name} limit 1")
    for table in (
        "accbooks_raw.transactions",
        "accbooks_staging.ledger_inputs",
        "accbooks_staging.stg_invoices",
    ):
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            execute(reader, f"select 1 from {table} limit 1")
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        execute(reader, "delete from accbooks.months")


CHANGES = {
    "account_categories": "alter table accbooks.account_categories add column spare integer",
    "reconciliation_suspects": "alter table accbooks.reconciliation_suspects alter company_id type text",
    "calendar": "create or replace view accbooks.calendar as select *, 1 as spare from ({query}) as days",
}
"""What makes the columns of a table, of an empty table and of a view differ from this version's."""


@pytest.mark.nightly
def test_a_view_of_somebody_elses_is_named_where_columns_change_and_stays(copy, address):
    ((query,),) = execute(address, "select pg_get_viewdef(cast('accbooks.calendar' as regclass))")
    for relation, change in CHANGES.items():
        execute(
            address,
            change.format(query=query.rstrip("; \n")),
            f"create view public.our_{relation} as select * from accbooks.{relation}",
            f"create view public.their_{relation} as select * from public.our_{relation}",
        )
    # what is built on a table that stands in the way is not reached in the same run
    for named in (("account_categories", "calendar"), ("reconciliation_suspects",)):
        with pytest.raises(TransformError) as refused:
            rebuild(copy)
        sentences = {
            f"public.our_{each}, public.their_{each} stand in the way: built on accbooks.{each}, whose "
            "columns change with this version. Drop them, run again, and build them anew."
            for each in named
        }
        assert set(re.split(r"(?<=anew\.) ", str(refused.value))) == sentences
        for each in named:
            execute(address, f"select * from public.their_{each}", f"drop view public.our_{each} cascade")
    rebuild(copy)
    copy.sync_and_prove()
