"""What a lakehouse refuses, and says of itself, before anything is in it."""

from __future__ import annotations

import sys

import pytest
from accbooks_warehouse.pipelines.destinations import Lakehouse, open_warehouse
from accbooks_warehouse.sources.accbooks import ConfigurationError

pytest.importorskip("pysail", reason="the extra `spark` is not installed")


@pytest.fixture
def lakehouse(tmp_path) -> Lakehouse:
    return Lakehouse(str(tmp_path / "lake"))


def test_without_a_place_it_says_which_setting_is_missing(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigurationError, match=r"Set destination\.lakehouse\.bucket_url in "):
        open_warehouse("lakehouse")


def test_the_place_is_a_setting_as_dlt_names_it(monkeypatch, tmp_path):
    monkeypatch.setenv("DESTINATION__LAKEHOUSE__BUCKET_URL", str(tmp_path / "lake"))
    assert open_warehouse("lakehouse").describe() == f"lakehouse {tmp_path / 'lake'}"


def test_without_its_packages_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "pysail", None)
    with pytest.raises(ConfigurationError, match=r"pip install 'accbooks-warehouse\[spark\]'.*pysail"):
        open_warehouse("lakehouse")


@pytest.mark.parametrize("name", ["a lake", "lake#1", "lac d'été"])
def test_a_path_that_is_another_one_in_a_url_is_refused(tmp_path, name):
    with pytest.raises(ConfigurationError, match="The engine cannot read Delta tables in"):
        Lakehouse(str(tmp_path / name))


def test_a_bucket_is_named_by_its_address():
    assert Lakehouse("s3://books/lake/").describe() == "lakehouse s3://books/lake"


def test_a_lakehouse_that_was_never_synced_into_has_nothing_and_is_not_made(lakehouse, tmp_path):
    assert (lakehouse.exists(), lakehouse.has_raw_tables(), lakehouse.size()) == (False, False, 0)
    assert list(tmp_path.iterdir()) == []


def test_claims_of_several_machines_are_refused(lakehouse):
    with pytest.raises(
        ConfigurationError, match=r"sources\.accbooks\.control does not work with a lakehouse"
    ):
        lakehouse.claimed(1)


def test_columns_of_a_table_are_added_where_an_earlier_version_lacks_them(lakehouse):
    lakehouse.execute("create table if not exists accbooks_raw.notes (company_id varchar, day date)")
    lakehouse.execute("insert into accbooks_raw.notes (company_id) values ('comp_1')")
    for _ in range(2):
        lakehouse.execute("alter table accbooks_raw.notes add column if not exists amount decimal(18, 2)")
    lakehouse.execute("insert into accbooks_raw.notes (amount, company_id) select %s, %s", 1, "it's \\")
    assert lakehouse.query("select * from accbooks_raw.notes order by company_id") == [
        ("comp_1", None, None),
        ("it's \\", None, 1),
    ]
    assert lakehouse.query(
        "select column_name, data_type, numeric_precision from information_schema.columns "
        "where table_schema = 'accbooks_raw' order by ordinal_position"
    ) == [("company_id", "varchar", None), ("day", "date", None), ("amount", "decimal(18,2)", 18)]


def test_a_view_is_known_to_a_later_session_and_gone_when_it_is_dropped(lakehouse, tmp_path):
    lakehouse.execute("create table if not exists accbooks_raw.notes (company_id varchar)")
    lakehouse.built({("accbooks", "notes"): "select company_id from accbooks_raw.notes"})
    later = Lakehouse(str(tmp_path / "lake"))
    assert later.has_table("accbooks", "notes")
    assert later.query("select count(*) from accbooks.notes") == [(0,)]
    later.execute("drop view if exists accbooks.notes cascade")
    assert not Lakehouse(str(tmp_path / "lake")).has_table("accbooks", "notes")


def test_a_folder_of_a_table_that_was_never_committed_is_no_table(lakehouse, tmp_path):
    (tmp_path / "lake/accbooks_raw/contacts/_delta_log").mkdir(parents=True)
    assert not lakehouse.has_table("accbooks_raw", "contacts")
    assert dict(lakehouse.raw_columns()) == {}
