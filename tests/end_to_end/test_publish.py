"""A copy of the warehouse for readers: whole, read-only, and replaced only after a run without errors."""

from __future__ import annotations

import os
from pathlib import Path

import duckdb
import pytest
from accbooks_warehouse.pipelines.cli import app
from accbooks_warehouse.pipelines.destinations import DuckDB
from accbooks_warehouse.pipelines.sync.publish import check_publishing, publish_copy
from accbooks_warehouse.sources.accbooks import ConfigurationError
from typer.testing import CliRunner

pytestmark = [pytest.mark.long, pytest.mark.databases("duckdb")]


@pytest.fixture(scope="module")
def copy(synced_copies):
    with synced_copies() as opened:
        yield opened


def rows(path: Path, table: str) -> int:
    with duckdb.connect(path, read_only=True) as connection:
        ((count,),) = connection.execute(f"select count(*) from {table}").fetchall()
    return int(count)


def test_every_table_and_view_can_be_read_in_the_copy(copy, tmp_path):
    target = tmp_path / "for_readers.duckdb"
    assert publish_copy(copy.warehouse, target, copy.sync_and_prove().companies) is None
    assert target.stat().st_mode & 0o777 == 0o444
    assert (
        rows(target, "accbooks.general_ledger")
        == copy.query("select count(*) from {models}.general_ledger")[0][0]
    )
    with duckdb.connect(target, read_only=True) as connection:
        names = connection.execute(
            "select table_schema, table_name from information_schema.tables "
            "where table_schema like 'accbooks%'"
        ).fetchall()
        for schema, name in names:
            connection.execute(f'select * from "{schema}"."{name}" limit 1')
    assert len(names) > 100
    assert list(tmp_path.iterdir()) == [target]


def test_maintenance_writes_the_log_into_the_file_and_says_what_it_came_to(copy):
    path = Path(copy.warehouse.dbt_environment()["ACCBOOKS_DUCKDB_PATH"])
    copy.warehouse.release()
    with duckdb.connect(path) as connection:
        connection.execute("pragma disable_checkpoint_on_shutdown")
        connection.execute("create table left_over as select range as n from range(100000)")
    log = path.with_name(f"{path.name}.wal")
    assert log.stat().st_size > 100_000
    before = copy.warehouse.size()
    assert before == path.stat().st_size + log.stat().st_size
    result = CliRunner().invoke(app, ["maintain"], env={"DESTINATION__DUCKDB__CREDENTIALS": str(path)})
    assert (result.exit_code, log.exists()) == (0, False), result.output
    said = f"{before / 1_000_000:,.1f} MB before, {path.stat().st_size / 1_000_000:,.1f} MB after."
    assert " ".join(result.output.split()).endswith(said)
    assert copy.warehouse.query("select count(*) from left_over") == [(100_000,)]
    copy.warehouse.execute("drop table left_over")


def test_who_may_not_read_new_files_may_not_read_the_copy(copy, tmp_path):
    target = tmp_path / "private.duckdb"
    left_over = tmp_path / ".private.duckdb.new"
    left_over.write_text("a run was cut off here")
    left_over.chmod(0o444)
    result = copy.sync_and_prove()
    umask = os.umask(0o077)
    try:
        assert publish_copy(copy.warehouse, target, result.companies) is None
    finally:
        os.umask(umask)
    assert target.stat().st_mode & 0o777 == 0o400
    assert not left_over.exists()


def test_a_reader_keeps_the_copy_that_it_has_open(copy, tmp_path):
    target = tmp_path / "kept.duckdb"
    assert publish_copy(copy.warehouse, target, copy.sync_and_prove().companies) is None
    with duckdb.connect(target, read_only=True) as reader:
        before = reader.execute("select count(*) from accbooks_raw.sync_windows").fetchall()
        assert publish_copy(copy.warehouse, target, copy.sync_and_prove().companies) is None
        assert reader.execute("select count(*) from accbooks_raw.sync_windows").fetchall() == before
    assert rows(target, "accbooks_raw.sync_windows") > before[0][0]


def test_the_last_good_copy_stays_while_there_are_errors(copy, tmp_path):
    target = tmp_path / "good.duckdb"
    result = copy.sync_and_prove()
    assert publish_copy(copy.warehouse, target, result.companies) is None
    first = target.stat()
    copy.execute("update {raw}.trial_balance set debit = debit + 1 where debit > 0")
    copy.transforms.compare()
    said = publish_copy(copy.warehouse, target, result.companies)
    assert said is not None
    assert "was not replaced" in said
    assert (target.stat().st_ino, target.stat().st_mtime_ns) == (first.st_ino, first.st_mtime_ns)
    copy.sync_and_prove()


def test_a_target_that_cannot_be_a_copy_is_named(copy, tmp_path):
    own = copy.warehouse.dbt_environment()["ACCBOOKS_DUCKDB_PATH"]
    for target in (tmp_path, tmp_path / "none" / "a.duckdb", Path(own), tmp_path / "accbooks_raw.duckdb"):
        with pytest.raises(ConfigurationError, match=r"--publish .*\."):
            check_publishing(copy.warehouse, target)
    check_publishing(copy.warehouse, tmp_path / "fine.duckdb")


def test_a_folder_that_cannot_be_written_leaves_the_copy(copy, tmp_path):
    target = tmp_path / "full.duckdb"
    result = copy.sync_and_prove()
    (tmp_path / ".full.duckdb.new").mkdir()
    said = publish_copy(copy.warehouse, target, result.companies)
    assert said is not None
    assert "cannot be written" in said
    assert not target.exists()
    assert isinstance(copy.warehouse, DuckDB)
