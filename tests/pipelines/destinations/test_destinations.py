import itertools
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import dlt
import duckdb
import psycopg2
import pytest
from accbooks_warehouse.pipelines.destinations import (
    DuckDB,
    Postgres,
    Warehouse,
    has_rows_of,
    identifier,
    open_warehouse,
    placeholders,
    stored_company_ids,
)
from accbooks_warehouse.pipelines.destinations.duckdb import database_name
from accbooks_warehouse.pipelines.destinations.fixed_capabilities import FixedCapabilities
from accbooks_warehouse.pipelines.errors import WarehouseError
from accbooks_warehouse.pipelines.sync.load import root_cause
from accbooks_warehouse.sources.accbooks.errors import ConfigurationError, UnauthorizedError
from dlt.common.normalizers.naming.snake_case import NamingConvention as SnakeCase

pytestmark = pytest.mark.usefixtures("here")

ELSEWHERE = (
    "import duckdb, sys; held = duckdb.connect(sys.argv[1]); print('held', flush=True); sys.stdin.read()"
)
WHEN_FREE = """
import sys
from accbooks_warehouse.pipelines.destinations import DuckDB
with DuckDB(sys.argv[1]).kept_open():
    print("opened")
"""


def warehouse(path: Path | str = "accbooks.duckdb") -> DuckDB:
    """Return a DuckDB file that holds a row in each of our schemas."""
    found = DuckDB(str(path))
    with duckdb.connect(str(Path(path).absolute())) as connection:
        for schema in (found.raw, found.models):
            connection.execute(f"create schema {schema}")
            connection.execute(f"create table {schema}.sync_windows as select 'comp_1' as company_id")
    return found


def refusal(database: Warehouse, sql: str = "select 1") -> str:
    with pytest.raises(WarehouseError) as refused:
        database.query(sql)
    return str(refused.value)


NAMES = (
    "accbooks.duckdb",
    "books",
    "north & co.duckdb",
    "a-b.db",
    "BOOKS.duckdb",
    "o'neil.duckdb",
    'quo"te.duckdb',
    "my.books.duckdb",
    ".hidden",
    "..x.duckdb",
    "a..b",
    "Main.duckdb",
    "temp.duckdb",
    "system.db",
    "100%.duckdb",
    "a%s %41 {x} {{ y }} $z.duckdb",
    "q?x.duckdb",
    "q#x.duckdb",
    "b.duckdb?threads=1",
    "a%b?c#d.duckdb",
    "sp ace'q\"uö€.duckdb",
    "md:x",
    ":memory:x",
    "duck;drop.duckdb",
    " space .duckdb",
    "new\nline.duckdb",
    "ünïcödé 📚.duckdb",
    "2024",
    "select.duckdb",
    "pg_catalog.duckdb",
    "x" * 244 + ".duckdb",
)


@pytest.mark.parametrize("name", NAMES)
def test_both_schemas_are_found_whatever_the_file_is_called(name: str, here: Path) -> None:
    found = warehouse(name)
    assert found.query(f"select company_id from {found.raw}.sync_windows") == [("comp_1",)]
    assert found.query(f"select company_id from {found.models}.sync_windows where company_id = %s", "x") == []
    assert found.query("select current_database()") == [(database_name(Path(name)),)]
    assert stored_company_ids(found) == ["comp_1"]
    assert found.has_raw_tables()
    with found.lock("company comp_1"):
        assert has_rows_of(found, "comp_1")
    assert (here / name).exists()


def test_a_folder_may_be_called_anything_that_duckdb_can_open(here: Path) -> None:
    folder = here / 'o\'neil & "co" 100% 📚.x'
    folder.mkdir()
    assert warehouse(folder / "o'neil.duckdb").has_raw_tables()
    assert {path.name for path in folder.iterdir()} == {"o'neil.duckdb", ".o'neil.duckdb.locks"}


@pytest.mark.parametrize("name", ["accbooks_raw.duckdb", "ACCBOOKS_STAGING.db", "information_schema.duckdb"])
def test_a_file_whose_name_is_that_of_a_schema_is_refused_before_it_is_made(name: str, here: Path) -> None:
    with pytest.raises(ConfigurationError) as refused:
        DuckDB(name)
    assert str(refused.value) == (
        f"The DuckDB file cannot be called '{name}'. DuckDB names the database after the file, and a schema "
        "has that name already. Choose another name, like books.duckdb."
    )
    assert list(here.iterdir()) == []


@pytest.mark.parametrize("name", ["?.duckdb", "?", "folder/?threads=1"])
def test_a_file_after_which_no_database_is_named_is_refused_before_it_is_made(name: str, here: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"^The DuckDB file cannot be called '\?"):
        DuckDB(name)
    assert list(here.iterdir()) == []


@pytest.mark.parametrize("name", ["back\\slash.duckdb", "fol\\der/books.duckdb", "what?/books.duckdb"])
def test_a_path_that_duckdb_cannot_open_is_refused_before_it_is_made(name: str, here: Path) -> None:
    with pytest.raises(ConfigurationError, match="Choose a path without them"):
        DuckDB(name)
    assert list(here.iterdir()) == []


def test_a_file_another_process_holds_is_said_to_be_in_use_with_its_process_id(here: Path) -> None:
    found = warehouse()
    command = [sys.executable, "-c", ELSEWHERE, str(here / "accbooks.duckdb")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        said = refusal(found)
        other.communicate("")
    assert said == (
        f"DuckDB file accbooks.duckdb is in use by another program (process {other.pid}). "
        "Close that program or wait for the other run to end, then run again."
    )
    found.open()


def test_a_file_that_is_no_database_is_said_to_be_none(here: Path) -> None:
    (here / "notes.duckdb").write_text("Dear diary" * 1000)
    said = refusal(DuckDB("notes.duckdb"))
    assert said.startswith("DuckDB file notes.duckdb cannot be used: IO Error: The file ")
    assert "not a valid DuckDB database file" in said


def test_a_file_with_a_broken_block_is_not_said_to_be_locked(here: Path) -> None:
    warehouse()
    content = bytearray((here / "accbooks.duckdb").read_bytes())
    content[12288 + 16 : 12288 + 64] = b"x" * 48
    (here / "accbooks.duckdb").write_bytes(content)
    said = refusal(DuckDB("accbooks.duckdb"), "from accbooks.accbooks.sync_windows")
    assert said.startswith("DuckDB file accbooks.duckdb is damaged (")
    assert "block" in said


def test_a_directory_that_is_not_there_is_named() -> None:
    said = refusal(DuckDB("nowhere/accbooks.duckdb"))
    assert said.startswith("DuckDB file nowhere/accbooks.duckdb cannot be used: IO Error: Cannot open file")


def test_a_table_that_is_not_there_is_named() -> None:
    assert "nothing_here" in refusal(warehouse(), "from accbooks.accbooks.nothing_here")


def test_a_database_exists_once_its_file_does_and_asking_does_not_make_it(here: Path) -> None:
    assert not DuckDB("accbooks.duckdb").exists()
    assert list(here.iterdir()) == []
    assert warehouse().exists()


def test_an_empty_database_has_no_raw_tables() -> None:
    duckdb.connect("accbooks.duckdb").close()
    assert not DuckDB("accbooks.duckdb").has_raw_tables()


def test_a_sample_is_the_first_rows_under_their_names() -> None:
    assert warehouse().sample("select range as n, 'x' as name from range(9) order by n", 2) == (
        ("n", "name"),
        ((0, "x"), (1, "x")),
    )


def test_companies_are_told_apart_by_id_and_a_name_nobody_has_gives_none() -> None:
    found = warehouse()
    assert (stored_company_ids(found, "comp_1"), stored_company_ids(found, "north")) == (["comp_1"], [])


def test_duckdb_is_a_file_in_the_working_directory_unless_configured(
    monkeypatch: pytest.MonkeyPatch, here: Path
) -> None:
    assert open_warehouse("duckdb").describe() == "DuckDB file books.duckdb"
    assert open_warehouse("duckdb").dbt_environment() == {
        "ACCBOOKS_DUCKDB_PATH": str(here / "books.duckdb"),
        "ACCBOOKS_DUCKDB_NAME": "books",
    }
    monkeypatch.setenv("DESTINATION__DUCKDB__CREDENTIALS", "duckdb:///other.duckdb")
    assert open_warehouse("duckdb").describe() == "DuckDB file other.duckdb"


def test_the_former_default_file_is_used_where_it_alone_is_there_and_that_is_said(here: Path) -> None:
    (here / "accbooks.duckdb").touch()
    used = open_warehouse("duckdb")
    assert used.describe() == "DuckDB file accbooks.duckdb"
    assert used.notice == (
        "Using accbooks.duckdb, because no DuckDB file is configured and books.duckdb does not exist. "
        "To choose another file, set destination.duckdb.credentials in .dlt/config.toml."
    )
    (here / "books.duckdb").touch()
    assert (open_warehouse("duckdb").describe(), open_warehouse("duckdb").notice) == (
        "DuckDB file books.duckdb",
        None,
    )


def test_no_notice_is_given_of_a_file_that_was_configured(configure: Any, here: Path) -> None:
    (here / "accbooks.duckdb").touch()
    configure(config='[destination.duckdb]\ncredentials = "accbooks.duckdb"\n')
    assert open_warehouse("duckdb").notice is None


def test_postgres_without_credentials_says_where_to_put_them() -> None:
    with pytest.raises(ConfigurationError) as refused:
        open_warehouse("postgres")
    assert str(refused.value) == (
        "There are no credentials for PostgreSQL. Set destination.postgres.credentials in "
        ".dlt/secrets.toml, as postgresql://user:password@host:5432/database."
    )


def test_postgres_is_described_without_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(
        "DESTINATION__POSTGRES__CREDENTIALS", "postgresql://loader:secret@db.example:5433/books"
    )
    found = open_warehouse("postgres")
    assert found.describe() == "PostgreSQL database books on db.example"
    assert found.dbt_environment() == {
        "ACCBOOKS_POSTGRES_HOST": "db.example",
        "ACCBOOKS_POSTGRES_PORT": "5433",
        "ACCBOOKS_POSTGRES_USER": "loader",
        "ACCBOOKS_POSTGRES_DATABASE": "books",
        "ACCBOOKS_POSTGRES_SSLMODE": "prefer",
        "DBT_ENV_SECRET_POSTGRES_PASSWORD": "secret",
        "PGTZ": "UTC",
        "PGCONNECT_TIMEOUT": "15",
    }
    assert (found.raw, found.models) == ("accbooks_raw", "accbooks")


def test_postgres_credentials_that_cannot_be_read_are_refused_and_not_repeated() -> None:
    with pytest.raises(ConfigurationError) as refused:
        Postgres("loader:secret")
    assert str(refused.value) == (
        "destination.postgres.credentials cannot be read; write it as "
        "postgresql://user:password@host:5432/database."
    )


def test_a_postgres_server_that_is_not_there_is_said_to_refuse_and_the_password_is_not_repeated() -> None:
    said = refusal(Postgres("postgresql://loader:secret@127.0.0.1:1/books"))
    assert said.startswith(
        "PostgreSQL database books on 127.0.0.1 does not respond: connection to server at "
    )
    assert said.endswith("Start the server, or correct destination.postgres.credentials.")
    assert "secret" not in said


def test_another_destination_is_refused() -> None:
    with pytest.raises(
        ConfigurationError, match=r"^There is no destination 'sqlite'\. Choose duckdb, postgres or lakehouse"
    ):
        open_warehouse("sqlite")


def test_a_full_disk_is_said_to_be_full() -> None:
    said = DuckDB("accbooks.duckdb").explain(OSError(28, "No space left on device"))
    assert str(said) == "The disk of DuckDB file accbooks.duckdb is full. Free some space, then run again."


def chained(*errors: Exception) -> Exception:
    """Return the first of some errors, each raised from the next."""
    for error, cause in itertools.pairwise(errors):
        error.__cause__ = cause
    return errors[0]


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (chained(RuntimeError("step"), UnauthorizedError("No.")), UnauthorizedError("No.")),
        (
            chained(RuntimeError("step"), duckdb.IOException("Broken."), ValueError("inner")),
            WarehouseError("DuckDB file accbooks.duckdb cannot be used: Broken."),
        ),
        (
            chained(RuntimeError("step"), OSError(28, "No space left on device")),
            WarehouseError(
                "The disk of DuckDB file accbooks.duckdb is full. Free some space, then run again."
            ),
        ),
        (
            chained(RuntimeError("step"), ValueError("inner")),
            WarehouseError("The load into DuckDB file accbooks.duckdb failed: step"),
        ),
    ],
)
def test_a_failed_load_comes_out_as_what_a_user_can_act_on(error: Exception, expected: Any) -> None:
    cause = root_cause(error, DuckDB("accbooks.duckdb"))
    assert (type(cause), str(cause)) == (type(expected), str(expected))


def test_names_become_identifiers_and_values_placeholders() -> None:
    assert identifier("North & Söhne-1") == "north___s_hne_1"
    assert placeholders([1, 2, 3]) == "%s, %s, %s"


@pytest.mark.parametrize("naming", [None, SnakeCase()])
def test_our_destinations_can_do_what_those_of_dlt_can(naming: SnakeCase | None) -> None:
    ours = DuckDB("books.duckdb").destination("%s_staging", loading=False)
    assert isinstance(ours, FixedCapabilities)
    theirs = dlt.destinations.duckdb("books.duckdb")
    assert dict(ours.capabilities(naming=naming)) == dict(theirs.capabilities(naming=naming))
    assert ours.destination_name == theirs.destination_name
    assert ours.destination_type == theirs.destination_type


def test_a_file_kept_open_is_one_for_all_who_query_it_meanwhile() -> None:
    found = warehouse()
    with found.kept_open():
        found.execute("set global memory_limit = '64MB'")
        assert found.query("select current_setting('memory_limit')") == [("61.0 MiB",)]
    assert found.query("select current_setting('memory_limit')") != [("61.0 MiB",)]
    with duckdb.connect("accbooks.duckdb", config={"threads": 1}):
        pass


def test_what_goes_wrong_while_a_file_is_kept_open_comes_out_as_it_is_and_the_file_is_closed() -> None:
    found = warehouse()
    with pytest.raises(OSError, match="no route to host"), found.kept_open():
        raise OSError("no route to host")
    with duckdb.connect("accbooks.duckdb", config={"threads": 1}):
        pass
    assert found.query("select 1") == [(1,)]


def test_queries_in_a_row_share_one_connection_and_go_on_after_one_that_failed() -> None:
    found = warehouse()
    with found.kept_open():
        found.execute("create temp table mine as select 7 as number")
        with found.kept_open():
            assert found.query("select number from mine") == [(7,)]
        assert "nothing" in refusal(found, "select * from nothing")
        assert found.query("select number from mine") == [(7,)]
    assert "mine" in refusal(found, "select number from mine")


def test_a_file_kept_open_is_handed_over_and_taken_back() -> None:
    found = warehouse()
    with found.kept_open():
        with found.handed_over():
            with duckdb.connect("accbooks.duckdb", config={"threads": 1}) as other:
                other.execute("create table theirs as select 7 as number")
            assert found.query("select number from theirs") == [(7,)]
        found.execute("create temp table mine as select 8 as number")
        assert found.query("select number from mine") == [(8,)]
    with found.handed_over():
        assert found.query("select number from theirs") == [(7,)]


def test_a_file_that_cannot_be_taken_back_is_said_to_be_in_use() -> None:
    found = warehouse()
    with pytest.raises(WarehouseError), found.kept_open(), found.handed_over():
        other = duckdb.connect("accbooks.duckdb", config={"threads": 1})
    other.close()
    assert found.query("select 1") == [(1,)]


def test_a_thread_has_its_own_connection() -> None:
    found = warehouse()
    with ThreadPoolExecutor(1) as pool:
        with found.kept_open():
            waiting = pool.submit(refusal, found, "select * from mine")
            found.execute("create temp table mine as select 7 as number")
            assert not waiting.done()
        assert "mine" in waiting.result()


def test_a_file_stays_open_over_a_short_break_and_is_closed_after_the_last() -> None:
    found = warehouse()
    with found.open_while_idle():
        found.execute("create temp table mine as select 7 as number")
        assert found.query("select number from mine") == [(7,)]
        with found.kept_open():
            assert found.query("select number from mine") == [(7,)]
        with found.open_while_idle():
            assert found.query("select number from mine") == [(7,)]
        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(found.query, "select number from mine").result() == [(7,)]
    with duckdb.connect("accbooks.duckdb", config={"threads": 1}):
        pass
    assert "mine" in refusal(found, "select * from mine")


def test_in_a_break_others_of_this_process_open_the_file_as_they_need_it() -> None:
    found = warehouse()
    with found.open_while_idle():
        found.execute("create table accbooks_raw.ours as select 7 as number")
        with found.exclusive_access(), duckdb.connect("accbooks.duckdb", config={"threads": 1}) as other:
            assert other.sql("select number from accbooks_raw.ours").fetchall() == [(7,)]
        assert found.query("select 1") == [(1,)]
        assert DuckDB("accbooks.duckdb").query("select number from accbooks_raw.ours") == [(7,)]
        with found.building():
            assert found.query("select 1") == [(1,)]
            with found.handed_over(), duckdb.connect("accbooks.duckdb", config={"threads": 1}) as other:
                assert other.sql("select number from accbooks_raw.ours").fetchall() == [(7,)]
        found.query("select 1")
        with found.loading(), duckdb.connect("accbooks.duckdb", config={"threads": 1}) as other:
            assert other.sql("select number from accbooks_raw.ours").fetchall() == [(7,)]


def test_a_loads_memory_limit_does_not_outlive_the_load() -> None:
    found = warehouse()
    with found.open_while_idle():
        found.query("select 1")
        loading = found.pipeline(loading=True)
        with loading as pipeline, found.loading(keeping_open=True), pipeline.sql_client() as client:
            assert client.execute_sql("select current_setting('memory_limit')") == [("68.6 MiB",)]
        assert found.query("select current_setting('memory_limit')") != [("68.6 MiB",)]


def test_the_memory_limit_of_a_load_of_several_does_not_outlive_it_in_a_file_that_was_open_before() -> None:
    found = warehouse()
    limit = "select current_setting('memory_limit')"
    with found.open_while_idle():
        with found.loading(keeping_open=True):
            with found.pipeline_of_several() as pipeline, pipeline.sql_client() as client:
                client.execute_sql("select 1")
            assert found.query(limit) == [("68.6 MiB",)]
        assert found.query(limit) != [("68.6 MiB",)]
        found.execute("create temp table mine as select 7 as number")
        assert found.query("select number from mine") == [(7,)]


def test_a_copy_leaves_the_file_to_nobody_else(here: Path) -> None:
    found = warehouse("books.duckdb")
    found.execute("create table accbooks.findings as select 'comp_1' as company_id")
    other = [sys.executable, "-c", "import duckdb, sys; duckdb.connect(sys.argv[1])", "books.duckdb"]
    with found.open_while_idle():
        found.publish(here / "copy.duckdb")
        with found.kept_open():
            refused = subprocess.run(other, check=False, capture_output=True, text=True, timeout=60)
            assert "Could not set lock" in refused.stderr


def test_a_transaction_that_was_cut_off_is_not_gone_on_with() -> None:
    found = warehouse()

    def make_a_table() -> None:
        with found.transaction():
            found.execute("create table accbooks_raw.cut_off as select 7 as number")
            assert found.has_table("accbooks_raw", "cut_off")
            raise KeyboardInterrupt

    with found.open_while_idle():
        with pytest.raises(KeyboardInterrupt):
            make_a_table()
        assert not found.has_table("accbooks_raw", "cut_off")
        found.execute("create table accbooks_raw.whole as select 7 as number")
    assert found.query("select number from accbooks_raw.whole") == [(7,)]


def test_a_question_while_the_file_is_handed_over_leaves_nothing_open() -> None:
    found = warehouse()
    with found.open_while_idle(), found.kept_open():
        with found.handed_over():
            found.query("select 1")
        with found.handed_over(), duckdb.connect("accbooks.duckdb", config={"threads": 1}) as other:
            assert other.sql("select 1").fetchall() == [(1,)]
    with duckdb.connect("accbooks.duckdb", config={"threads": 1}) as other:
        assert other.sql("select 1").fetchall() == [(1,)]


def test_a_table_that_was_just_made_is_there_for_the_whole_group() -> None:
    found = warehouse()
    with found.open_while_idle(), found.together.asking(["comp_1", "comp_2"]):
        assert not found.has_table("accbooks_raw", "another")
        found.execute("create table accbooks_raw.mine as select 7 as number")
        assert found.has_table("accbooks_raw", "mine")


def test_another_process_opens_the_file_when_the_break_is_long(here: Path) -> None:
    found = warehouse()
    command = [sys.executable, "-c", WHEN_FREE, str(here / "accbooks.duckdb")]
    with found.open_while_idle():
        found.query("select 1")
        opened = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
        assert opened.stdout == "opened\n"
        assert found.query("select 1") == [(1,)]


def test_what_is_known_of_tables_is_forgotten_when_somebody_else_may_have_dropped_them() -> None:
    found = warehouse()
    found.execute("create table accbooks_raw.mine as select 7 as number")
    with found.open_while_idle():
        assert found.has_table("accbooks_raw", "mine")
        assert not found.has_table("accbooks_raw", "other")
        with found.exclusive_access(), duckdb.connect("accbooks.duckdb") as other:
            other.execute("drop table accbooks_raw.mine")
            other.execute("create table accbooks_raw.other as select 7 as number")
        assert not found.has_table("accbooks_raw", "mine")
        assert found.has_table("accbooks_raw", "other")
        found.execute("drop table accbooks_raw.other")
        assert not found.has_table("accbooks_raw", "other")


def test_keeping_open_makes_no_file() -> None:
    with DuckDB("none.duckdb").kept_open():
        assert not Path("none.duckdb").exists()


def test_a_file_another_process_holds_cannot_be_kept_open(here: Path) -> None:
    found = warehouse()
    command = [sys.executable, "-c", ELSEWHERE, str(here / "accbooks.duckdb")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(WarehouseError, match="in use by another program"), found.kept_open():
            pass
        other.communicate("")


@pytest.mark.parametrize("file", ["config", "secrets"])
def test_the_path_of_a_duckdb_file_may_be_in_either_file(configure: Any, file: str) -> None:
    configure(**{file: '[destination.duckdb]\ncredentials = "books.duckdb"\n'})
    assert open_warehouse("duckdb").describe() == "DuckDB file books.duckdb"


def test_a_duckdb_file_can_be_tried_without_being_made(tmp_path: Path) -> None:
    DuckDB(str(tmp_path / "books.duckdb")).check_access()
    with pytest.raises(ConfigurationError, match=r"The folder .* does not exist"):
        DuckDB(str(tmp_path / "no" / "books.duckdb")).check_access()
    (tmp_path / "text.duckdb").write_text("no database at all, and long enough to be looked at as one" * 100)
    with pytest.raises(WarehouseError, match="cannot be used"):
        DuckDB(str(tmp_path / "text.duckdb")).check_access()
    assert {path.name for path in tmp_path.iterdir() if path.is_file()} == {"text.duckdb"}


def test_a_file_that_was_cut_is_said_to_be_damaged_and_what_to_do(here: Path) -> None:
    connection = duckdb.connect("books.duckdb")
    connection.execute("create table books as select md5(range::varchar) as page from range(100000)")
    connection.close()
    whole = (here / "books.duckdb").read_bytes()
    (here / "books.duckdb").write_bytes(whole[: len(whole) // 2])
    said = refusal(DuckDB("books.duckdb"), "select max(page) from books")
    assert said.startswith("DuckDB file books.duckdb is damaged (")
    assert "Restore it from a backup, or move it away" in said


@pytest.mark.usefixtures("here")
def test_checksums_differ_where_any_value_does_and_microseconds_are_exact() -> None:
    warehouse = DuckDB("books.duckdb")
    columns = [("a", "varchar"), ("b", "decimal(18,2)"), ("seen", "timestamp with time zone")]
    last = "timestamptz '9999-12-31 23:59:59.999999+00'"
    rows = ["'a', 1.00", "'a', 1.01", "null, 1.00", "'', 1.00"]
    sums = [
        warehouse.query(f"select {warehouse.checksum(columns)} from (select {row}, {last}) as t (a, b, seen)")
        for row in rows
    ]
    assert len({each for ((each,),) in sums}) == len(rows)
    assert warehouse.query(f"select {warehouse.microseconds('seen')} from (select {last}) as t (seen)") == [
        (253402300799999999,)
    ]


def make_a_table(warehouse: Warehouse) -> None:
    with warehouse.pipeline("north") as pipeline:
        pipeline.extract([{"id": 1}], table_name="things")
        pipeline.normalize()
        pipeline.sync_schema()


def test_what_a_server_refuses_between_two_steps_of_dlt_is_said_by_the_database(new_database: Any) -> None:
    with new_database() as address:
        warehouse = Postgres(address)
        with closing(psycopg2.connect(address)) as connection:
            connection.autocommit = True
            name = connection.info.dbname
            connection.cursor().execute(f'alter database "{name}" set default_transaction_read_only = on')
        with pytest.raises(WarehouseError, match="cannot execute CREATE"):
            make_a_table(warehouse)
        warehouse.release()
