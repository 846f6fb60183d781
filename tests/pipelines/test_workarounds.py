"""What libraries do that the code works around, each shown by the library alone.

A test that fails says that the fault is gone: see Workarounds in DECISIONS.md for the code that may go then.
"""

from __future__ import annotations

import inspect
import json
import os
import pickle
import signal
import subprocess
import sys
import warnings
from collections import ChainMap
from collections.abc import Iterator
from contextlib import closing
from importlib import resources
from pathlib import Path
from runpy import run_path
from types import ModuleType
from typing import Any, cast
from urllib.parse import urlsplit

import dlt
import duckdb
import psycopg2
import pyarrow as pa
import pytest
from accbooks_warehouse.pipelines.destinations import Postgres
from accbooks_warehouse.pipelines.destinations.duckdb import DuckDBDestination
from accbooks_warehouse.pipelines.destinations.load_ids import by_dlt as add_constant_column_by_dlt
from accbooks_warehouse.pipelines.destinations.postgres_adbc import BUILT_IN_TYPES
from accbooks_warehouse.pipelines.destinations.spark_engine import as_a_program
from accbooks_warehouse.pipelines.destinations.type_hints import by_dlt
from accbooks_warehouse.pipelines.transform.inlining import by_any_thread, by_parsing
from accbooks_warehouse.pipelines.transform.macros_on_demand import by_making, by_rendering
from accbooks_warehouse.pipelines.transform.template_names import by_chaining
from adbc_driver_postgresql import dbapi
from dbt.context.base import BaseContext
from dbt.context.macros import MacroNamespaceBuilder
from dbt.contracts.graph.manifest import Manifest, RefableLookup
from dbt_common.clients import agate_helper
from dbt_common.clients.jinja import MacroFuzzEnvironment
from dlt.common import validation
from dlt.common.destination import Destination
from dlt.common.destination.exceptions import DestinationSchemaTampered
from dlt.common.libs import is_pydantic_model
from dlt.common.libs.sql_alchemy_shims import URL
from dlt.common.runtime.signals import intercepted_signals
from dlt.common.schema import Schema
from dlt.common.schema.utils import new_table
from dlt.dataset.utils import get_destination_clients
from dlt.destinations.impl.postgres.configuration import PostgresCredentials
from dlt.destinations.impl.postgres.postgres import PostgresParquetCopyJob
from dlt.destinations.job_client_impl import SqlJobClientBase
from jinja2.sandbox import SandboxedEnvironment
from psycopg2.extensions import parse_dsn
from pyarrow import parquet
from sqlfluff.core import FluffConfig, Linter

DBT = Path(__file__).with_name("workarounds_of_dbt.py")


@pytest.fixture(scope="module")
def address(new_database) -> Iterator[str]:
    with new_database() as address:
        yield address


def execute(address: str, *statements: str) -> None:
    with closing(psycopg2.connect(address)) as connection, connection, connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def schema_of(**kinds: Any) -> Schema:
    """Return a schema with one table, whose columns have dlt's types."""
    schema = Schema("faults")
    schema.update_table(new_table("taken", columns=[{"name": name, **kind} for name, kind in kinds.items()]))
    return schema


def client_of(destination: Destination[Any, Any], schema: Schema) -> SqlJobClientBase:
    client, _ = get_destination_clients(schema, destination, "raw")
    return cast("SqlJobClientBase", client)


def test_dlt_fails_on_a_parquet_file_without_rows(address, tmp_path):
    schema = schema_of(name={"data_type": "text"})
    path = tmp_path / "taken.1234567890.0.parquet"
    parquet.write_table(pa.table({"name": pa.array([], pa.string())}), path)
    job = PostgresParquetCopyJob(str(path))
    job.set_run_vars("1", schema, schema.tables["taken"])
    with client_of(dlt.destinations.postgres(Postgres(address).address.of_dlt()), schema) as client:
        job._job_client = client  # noqa: SLF001
        with pytest.raises(ValueError, match="at least one RecordBatch"):
            job.run()


def test_adbc_asks_for_every_column_of_a_database_at_each_connection(address):
    execute(
        address,
        "create role unseeing login password 'unseeing'",
        "revoke select on pg_catalog.pg_attribute from public",
    )
    parts = urlsplit(address)
    _, _, place = parts.netloc.rpartition("@")
    login = parts._replace(netloc=f"unseeing:unseeing@{place}").geturl()
    try:
        with pytest.raises(dbapi.Error, match="pg_attribute"):
            dbapi.connect(login)
        dbapi.connect(login, db_kwargs=BUILT_IN_TYPES).close()
    finally:
        execute(address, "drop role unseeing")


INTERRUPTED = """
import os, signal, sys
from contextlib import suppress
import pyarrow as pa
from adbc_driver_postgresql import dbapi
told = []
def batches():
    os.kill(os.getpid(), signal.SIGINT)
    yield pa.RecordBatch.from_pydict({"number": pa.array([1], pa.int64())})
reader = pa.RecordBatchReader.from_batches(pa.schema({"number": pa.int64()}), batches())
signal.signal(signal.SIGINT, lambda number, _: told.append(number))
with dbapi.connect(sys.argv[1]) as connection, connection.cursor() as cursor, suppress(dbapi.Error):
    cursor.adbc_ingest("interrupted", reader, mode="append")
print(told)
"""


def test_adbc_takes_an_interrupt_of_the_main_thread_for_itself(address):
    execute(address, "create table interrupted (number bigint)")
    # in a process of its own: where others left threads, the interrupt may come to one of these
    command = [sys.executable, "-c", INTERRUPTED, address]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "[]\n"


def test_dlt_looks_up_a_configuration_to_say_what_a_database_can_do(monkeypatch):
    looked_up: list[str] = []
    configuration = Destination.configuration

    def recorded(self: Destination[Any, Any], *arguments: Any, **options: Any) -> Any:
        looked_up.append(type(self).__name__)
        return configuration(self, *arguments, **options)

    monkeypatch.setattr(Destination, "configuration", recorded)
    dlt.destinations.duckdb("some.duckdb").capabilities()
    DuckDBDestination("some.duckdb").capabilities()
    assert looked_up == ["duckdb"]


def test_dlt_stores_no_schema_whose_version_only_a_pipeline_raises(tmp_path):
    schema = schema_of(name={"data_type": "text"})
    with client_of(dlt.destinations.duckdb(str(tmp_path / "books.duckdb")), schema) as client:
        client.initialize_storage()
        with pytest.raises(DestinationSchemaTampered):
            client.update_stored_schema()


def test_dlt_leaves_a_column_as_narrow_as_it_is(tmp_path):
    destination = dlt.destinations.duckdb(str(tmp_path / "books.duckdb"))
    for digits, places in ((18, 2), (24, 8)):
        schema = schema_of(amount={"data_type": "decimal", "precision": digits, "scale": places})
        schema._bump_version()  # noqa: SLF001
        with client_of(destination, schema) as client:
            client.initialize_storage()
            client.update_stored_schema()
            types = client.sql_client.execute_sql("select typeof(max(amount)) from raw.taken")
    assert types == [("DECIMAL(18,2)",)]


def test_dlt_keeps_one_scope_of_a_table_whoever_else_writes_to_it(tmp_path):
    @dlt.resource
    def resource(scope: str) -> Iterator[Any]:
        merge: Any = {"disposition": "merge", "strategy": "cdc", "destination_scope": scope}
        hints = dlt.mark.make_hints(
            table_name="taken",
            write_disposition=merge,
            primary_key="id",
            merge_key="id",
            columns={"hash": {"x-row-version": True}},
        )
        yield dlt.mark.with_hints([{"id": scope, "hash": "1"}], hints, create_table_variant=True)

    pipeline = dlt.pipeline(
        "scopes", pipelines_dir=str(tmp_path), destination=dlt.destinations.duckdb(str(tmp_path / "a.duckdb"))
    )
    pipeline.extract([resource("id = 'a'").with_name("a"), resource("id = 'b'").with_name("b")])
    assert pipeline.default_schema.tables["taken"]["x-merge-destination-scope"] in {"id = 'a'", "id = 'b'"}
    pipeline.deactivate()


def test_dlt_puts_its_own_handlers_in_place_of_those_there_are():
    before = signal.getsignal(signal.SIGTERM)
    with intercepted_signals():
        assert signal.getsignal(signal.SIGTERM) is not before
    assert signal.getsignal(signal.SIGTERM) is before


def test_dlt_quotes_no_name_of_a_database_in_addresses_of_its_own():
    assert URL.create("postgresql", database="a%b").render_as_string().endswith("/a%b")


def test_dlt_writes_a_space_in_an_address_as_a_plus_sign():
    credentials = PostgresCredentials("postgresql://loader@db.example/books?options=-c%20work_mem%3D1MB")
    told = parse_dsn(credentials.to_native_representation())
    assert told["options"] == "-c+work_mem=1MB"


def test_duckdb_cannot_tell_a_schema_from_the_file_of_its_name(tmp_path):
    with duckdb.connect(tmp_path / "accbooks.duckdb") as connection:
        connection.execute(
            "create schema accbooks.accbooks; create table accbooks.accbooks.named (a integer)"
        )
        with pytest.raises(duckdb.BinderException, match="Ambiguous reference to catalog or schema"):
            connection.execute("create view accbooks.accbooks.seen as select * from accbooks.accbooks.named")


def test_duckdb_gives_a_product_no_more_digits_than_its_factors_have():
    with pytest.raises(duckdb.OutOfRangeException):
        duckdb.connect().execute("select 1234567890.12::decimal(18, 2) * 1::decimal(18, 8)").fetchall()


def test_duckdb_divides_decimals_as_floats():
    assert duckdb.connect().execute("select typeof(1::decimal(18, 2) / 3::decimal(18, 2))").fetchall() == [
        ("DOUBLE",)
    ]


@pytest.fixture(scope="module")
def said_by_dbt(address, tmp_path_factory) -> dict[str, Any]:
    """What dbt did with a tiny project, in a process of its own that ends as ours do; its stderr as well."""
    ran = subprocess.run(
        [sys.executable, str(DBT), str(tmp_path_factory.mktemp("dbt"))],
        env={**os.environ, **Postgres(address).dbt_environment()},
        capture_output=True,
        text=True,
        check=True,
    )
    return {**json.loads(ran.stdout.splitlines()[-1]), "stderr": ran.stderr}


@pytest.mark.long
def test_dbt_keeps_what_it_compiled_of_an_inlined_model_in_the_project_it_parsed(said_by_dbt):
    assert said_by_dbt["first run"] == "OK"
    assert "__dbt__cte__step does not exist" in said_by_dbt["second run of what was parsed"]


def test_dbt_duckdb_keeps_the_file_open_after_a_run(said_by_dbt):
    assert "different configuration than existing connections" in said_by_dbt["opened after a run"]


def test_dbt_parses_all_of_a_models_sql_to_find_its_beginning():
    assert "sqlparse.parse(sql)" in inspect.getsource(by_parsing)


def test_dbt_chains_the_names_of_a_template_and_those_of_jinja():
    template = MacroFuzzEnvironment().from_string("{{ a }}")
    assert isinstance(by_chaining(template, {"a": 1}).parent, ChainMap)


def test_dbt_makes_every_macro_callable_in_each_node():
    assert "self.add_macros(package.values(), ctx)" in inspect.getsource(
        MacroNamespaceBuilder.build_namespace
    )


def test_dbt_computes_all_that_a_template_can_name_before_one_names_anything():
    assert "value.__get__(self)" in inspect.getsource(BaseContext.generate_builtins)


def test_dbt_makes_the_module_of_a_macro_at_each_call():
    assert "template.make_module(" in inspect.getsource(by_making)


def test_dbt_copies_all_names_for_each_variable_that_is_a_text():
    assert "dict(self._context)" in inspect.getsource(by_rendering)


def test_dbt_writes_the_sql_of_each_model_into_a_file(said_by_dbt):
    assert said_by_dbt["files of SQL"] > 0


def test_dbt_makes_a_parser_of_types_for_each_answer():
    assert "build_type_tester(text_only_columns" in inspect.getsource(agate_helper.table_from_rows)


def test_dbt_inlines_steps_in_any_thread():
    assert "Check again before updating for multi-threading" in inspect.getsource(by_any_thread)


def test_dbt_mixes_up_what_it_looks_names_up_in_when_a_parsed_project_is_pickled():
    manifest = Manifest()
    assert isinstance(manifest.ref_lookup, RefableLookup)
    unpickled = pickle.loads(pickle.dumps(manifest))  # noqa: S301
    assert isinstance(unpickled.source_lookup, RefableLookup)


def test_pyarrow_imports_pandas_to_make_the_array_from_which_dlt_makes_the_ids_of_loads():
    made = "import sys, pyarrow; pyarrow.array(['1'], type=pyarrow.string()); print('pandas' in sys.modules)"
    printed = subprocess.run([sys.executable, "-c", made], capture_output=True, text=True, check=True)
    assert printed.stdout == "True\n"
    assert "pyarrow.array([value], type=data_type)" in inspect.getsource(add_constant_column_by_dlt)


def test_dbt_writes_down_descriptions_in_every_run(said_by_dbt):
    assert said_by_dbt["description written by hand"] == "As described."


def test_dbt_duckdb_takes_an_apostrophe_in_a_files_name_for_the_end_of_a_text(said_by_dbt):
    assert "unterminated quoted" in said_by_dbt["a file called it's.duckdb"]


def test_dbt_duckdb_does_not_know_what_duckdb_calls_the_database_in_some_files(said_by_dbt):
    assert 'schema "main.main" does not exist' in said_by_dbt["a file called main.duckdb"]


def test_dbt_duckdb_asks_for_the_indexes_of_each_table_that_it_replaces():
    macros = Path(str(resources.files("dbt.include.duckdb"))) / "macros"
    asking = (macros / "adapters.sql").read_text().split("macro drop_indexes_on_relation", 1)[1]
    assert "duckdb_indexes" in asking.split("endmacro", 1)[0]
    replacing = (macros / "materializations" / "table.sql").read_text()
    assert "drop_indexes_on_relation(existing_relation)" in replacing


def test_dbt_postgres_drops_what_others_built_on_a_table(said_by_dbt):
    assert said_by_dbt["views of others before"] == ["of_others"]
    assert said_by_dbt["views of others"] == []


def test_dbt_logs_to_the_terminal_before_it_has_read_how_loud_it_is_to_be(said_by_dbt):
    assert said_by_dbt["loggers after importing"] == ["stdout_log"]


def test_dbt_leaves_semaphores_to_whoever_ends_the_process_at_once(said_by_dbt):
    assert "leaked semaphore" in said_by_dbt["stderr"]


def test_dlt_resolves_the_type_hints_of_a_schema_for_each_of_its_parts(monkeypatch):
    resolved: list[Any] = []

    def recorded(specification: Any, **options: Any) -> Any:
        resolved.append(specification)
        return by_dlt(specification, **options)

    monkeypatch.setattr(validation, "get_type_hints", recorded)
    stored = schema_of(one={"data_type": "text"}, other={"data_type": "text"}).to_dict()
    resolved.clear()
    Schema.from_dict(stored)
    assert len(resolved) > 2 * len(set(resolved))


def test_dlt_takes_a_half_imported_pydantic_for_a_whole_one(monkeypatch):
    monkeypatch.setitem(sys.modules, "pydantic", ModuleType("pydantic"))
    with pytest.raises(AttributeError, match="BaseModel"):
        is_pydantic_model(object())


@pytest.fixture(scope="module")
def sail() -> Iterator[Any]:
    """A session of Sail, with ANSI mode off."""
    pytest.importorskip("pysail", reason="The extra `spark` is not installed.")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pandas 3 is newer than PySpark knows
        from pysail.spark import SparkConnectServer  # noqa: PLC0415

        with as_a_program():
            from pyspark.sql.connect.session import SparkSession  # noqa: PLC0415

    server = SparkConnectServer("127.0.0.1", 0)
    server.start(background=True)
    session = SparkSession.builder.remote("sc://{}:{}".format(*server.listening_address)).create()
    session.conf.set("spark.sql.ansi.enabled", "false")
    yield session
    session.stop()
    server.stop()


def test_dbt_spark_switches_ansi_mode_off_whatever_the_profile_says():
    pytest.importorskip("dbt.adapters.spark", reason="The extra `spark` is not installed.")
    from accbooks_warehouse.pipelines.transform.exact_spark import ANSI, by_dbt  # noqa: PLC0415
    from dbt.adapters.spark.connections import SparkConnectionMethod, SparkCredentials  # noqa: PLC0415

    given = SparkCredentials(
        host="", schema="s", method=SparkConnectionMethod.SESSION, server_side_parameters={ANSI: "true"}
    )
    by_dbt(given)
    assert given.server_side_parameters[ANSI] == "false"


def test_dbt_spark_joins_the_texts_of_a_list_in_any_order():
    pytest.importorskip("dbt.adapters.spark", reason="The extra `spark` is not installed.")
    macros = Path(str(resources.files("dbt.include.spark"))) / "macros"
    assert "order_by_clause is not supported" in (macros / "utils" / "listagg.sql").read_text()


@pytest.mark.long
def test_sail_mistakes_the_decimals_behind_a_minus(sail):
    negative = sail.sql("select cast(-cast(id + 1.5 as decimal(18, 2)) as string) from range(1)").collect()
    assert negative[0][0] == "-0.0000000150"


@pytest.mark.long
def test_sail_finds_no_column_of_using_by_its_table(sail):
    joined = "from (select 1 as k, 2 as a) as one join (select 1 as k, 3 as b) as other using (k)"
    assert sail.sql(f"select one.* {joined}").columns == ["a"]
    with pytest.raises(Exception, match="missing from the schema"):
        sail.sql(f"select one.k {joined}").collect()


@pytest.mark.long
def test_sail_takes_the_column_of_a_having_for_the_one_that_the_query_makes(sail):
    rows = "from (select 1 as company, 2 as amount) as rows"
    with pytest.raises(Exception, match="cannot be nested"):
        sail.sql(f"select sum(amount) as amount {rows} group by company having sum(amount) <> 0").collect()


LONG_CHAIN = """
import sys, warnings
warnings.simplefilter("ignore")
from pysail.spark import SparkConnectServer
from pyspark.sql.connect.session import SparkSession
server = SparkConnectServer("127.0.0.1", 0)
server.start(background=True)
session = SparkSession.builder.remote("sc://{}:{}".format(*server.listening_address)).create()
def any_of(conditions, as_tree):
    if not as_tree or len(conditions) == 1:
        return " or ".join(conditions)
    half = len(conditions) // 2
    return f"({any_of(conditions[:half], True)} or {any_of(conditions[half:], True)})"
conditions = [f"(id = {number} and id < 5000)" for number in range(3_000)]
((found,),) = session.sql(
    f"select count(*) from range(4000) where {any_of(conditions, sys.argv[1] == 'tree')}"
).collect()
print(found)
"""


@pytest.mark.long
def test_sail_cannot_follow_a_long_chain_of_or(tmp_path):
    pytest.importorskip("pysail", reason="The extra `spark` is not installed.")
    program = tmp_path / "long_chain.py"
    program.write_text(LONG_CHAIN)
    chain, tree = (
        subprocess.run([sys.executable, program, form], check=False, capture_output=True, text=True)
        for form in ("chain", "tree")
    )
    assert chain.returncode < 0
    assert tree.stdout == "3000\n"


def test_pyspark_takes_a_process_without_a_file_for_a_run_of_its_doctests():
    pytest.importorskip("pyspark", reason="The extra `spark` is not installed.")
    command = [sys.executable, "-W", "ignore", "-c", "import pyspark.sql.connect.session"]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "Could not find valid SPARK_HOME" in found.stderr
    assert found.returncode != 0


def test_sqlfluff_compiles_every_macro_twice_for_each_file(tmp_path, monkeypatch):
    macro = "{% macro one() %}1{% endmacro %}"
    (tmp_path / "one.sql").write_text(macro)
    config = FluffConfig(
        overrides={"dialect": "postgres"},
        configs={"templater": {"jinja": {"load_macros_from_path": str(tmp_path)}}},
    )
    compiled, by_jinja = [], SandboxedEnvironment.compile

    def noting(environment, source, *told, **named):
        compiled.append(source)
        return by_jinja(environment, source, *told, **named)

    monkeypatch.setattr(SandboxedEnvironment, "compile", noting)
    for name in ("first.sql", "second.sql"):
        Linter(config).render_string("select {{ one() }}", name, config, "utf8")
    assert compiled.count(macro) == 4
    # the linter runs what works around it as part of its library
    run_path(str(Path(__file__).parents[2] / "transforms" / "lint" / "compiled_once.py"))
    compiled.clear()
    for name in ("first.sql", "second.sql"):
        text = Linter(config).render_string("select {{ one() }}", name, config, "utf8")
        assert [str(each) for each in text.templated_variants] == ["select 1"]
    assert compiled.count(macro) == 1
