"""Where reports go, and that a file is whole or not there."""

import errno
import os
from pathlib import Path

import pytest
from accbooks_warehouse.pipelines.report.files import DEFAULT_FILE, file_names, places, write_whole
from accbooks_warehouse.sources.accbooks.errors import ConfigurationError

ONE, TWO = {"c": "North Ltd"}, {"c": "North Ltd", "d": "South Ltd"}


def test_the_only_company_of_a_warehouse_has_a_file_of_a_fixed_name():
    assert places(None, ONE, alone=True) == {"c": DEFAULT_FILE}


def test_of_several_companies_each_has_a_file_called_after_it():
    folder = Path("accbooks-reports")
    assert places(None, TWO, alone=False) == {"c": folder / "north-ltd.html", "d": folder / "south-ltd.html"}
    assert places(None, ONE, alone=False) == {"c": folder / "north-ltd.html"}


def test_an_output_is_a_file_if_it_ends_with_html_and_a_folder_if_not(tmp_path):
    assert places(Path("a.html"), ONE, alone=False) == {"c": Path("a.html")}
    assert places(Path("new"), TWO, alone=False) == {
        "c": Path("new/north-ltd.html"),
        "d": Path("new/south-ltd.html"),
    }
    assert places(Path("new"), ONE, alone=True) == {"c": Path("new/north-ltd.html")}
    assert places(tmp_path, ONE, alone=True) == {"c": tmp_path / "north-ltd.html"}


def test_one_file_for_several_companies_is_refused():
    with pytest.raises(
        ConfigurationError, match=r"--output all.html names one file, but there are 2 companies"
    ):
        places(Path("all.html"), TWO, alone=False)


def test_files_are_called_by_plain_letters_and_none_is_called_like_another():
    names = {
        "a": "Zoë & Söhne",
        "b": "../../etc/passwd",
        "x 1": "Index",
        "y": "株式会社",
        "p": "Same.",
        "q": "same",
    }
    assert file_names(names) == {
        "a": "zoe-sohne",
        "b": "etc-passwd",
        "x 1": "index-x-1",
        "y": "y",
        "p": "same-p",
        "q": "same-q",
    }


def test_a_file_is_replaced_and_nothing_is_left_beside_it(tmp_path):
    path = tmp_path / "new" / "report.html"
    write_whole(path, "old")
    write_whole(path, "ü")
    assert path.read_text(encoding="utf-8") == "ü"
    assert list(path.parent.iterdir()) == [path]


def test_a_file_that_cannot_be_written_leaves_the_old_one(tmp_path, monkeypatch):
    path = tmp_path / "report.html"
    write_whole(path, "old")

    def fill_the_disk(self, *_, **__):
        with self.open("wb") as file:
            file.write(b"half")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "write_bytes", fill_the_disk)
    with pytest.raises(OSError, match="No space left"):
        write_whole(path, "new")
    assert list(tmp_path.iterdir()) == [path]
    assert path.read_bytes() == b"old"


def test_a_place_that_cannot_be_written_to_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(
        ConfigurationError, match=r"cannot be written to .*r.html .* another place with --output"
    ):
        write_whole(tmp_path / "file" / "r.html", "")


def test_a_company_has_the_same_file_alone_and_with_others_of_its_name() -> None:
    """Else the pack of one company would replace that of another, written a minute before."""
    every = {"c": "North Ltd", "d": "North Ltd", "e": "South Ltd"}
    together = places(None, every, alone=False)
    assert together["c"].name == "north-ltd-c.html"
    for company_id, name in every.items():
        found = places(None, {company_id: name}, alone=False, beside=every)
        assert found == {company_id: together[company_id]}
