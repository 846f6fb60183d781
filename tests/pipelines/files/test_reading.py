"""Configured files are read row by row, and every bad row is named by its line with what to do."""

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest
import yaml
from accbooks_warehouse.pipelines.files.kinds import KINDS
from accbooks_warehouse.pipelines.files.known import compared
from accbooks_warehouse.pipelines.files.reading import BadFileError, FileContent, read_file
from accbooks_warehouse.pipelines.files.templates import write_templates
from accbooks_warehouse.pipelines.queries.known_books import KnownBooks

CASES = yaml.safe_load((Path(__file__).parent / "bad_files.yml").read_text())
HEADER = "company_id,nominal_code,month,amount\n"
FIRST_LINE = "The first line is: company_id,nominal_code,month,amount,category,name."
SEMICOLONS = (
    "Line 1: its columns are separated by semicolons. Save it with commas: in Excel as 'CSV UTF-8 (comma "
    "delimited)', with a comma as the list separator of your system."
)
BOOKS = KnownBooks(
    {"north": "c1", "c1": "c1", "c2": "c2"},
    {"south"},
    {"c1": {"4000", "0010", "1100"}, "c2": {"7500"}},
    {"c1": {"1100"}},
)


def read(folder: Path, text: str | bytes, kind: str = "budgets") -> FileContent:
    path = folder / f"{kind}.csv"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_file(KINDS[kind], path)


def refusal(folder: Path, text: str | bytes, kind: str = "budgets") -> str:
    with pytest.raises(BadFileError) as refused:
        read(folder, text, kind)
    return str(refused.value).removeprefix(f"{folder / kind}.csv ({kind}) was not loaded. ")


def faults(folder: Path, text: str, kind: str = "budgets") -> tuple[str, ...]:
    return compared(KINDS[kind], read(folder, text, kind), BOOKS).faults


def test_a_good_file_gives_its_values_with_their_lines(tmp_path: Path) -> None:
    content = read(tmp_path, HEADER + 'north,4000,2026-04-01,-12.5\n\n"c1",0010,2026-05-01,7\n')
    assert content.faults == ()
    assert [(row.line, *row.values.values()) for row in content.rows] == [
        (2, "north", "4000", dt.date(2026, 4, 1), Decimal("-12.50"), None, None),
        (4, "c1", "0010", dt.date(2026, 5, 1), Decimal("7.00"), None, None),
    ]
    rows = compared(KINDS["budgets"], content, BOOKS).rows
    assert [row.values["company_id"] for row in rows] == ["c1", "c1"]


def test_the_mark_that_excel_puts_before_utf_8_is_no_part_of_the_first_name(tmp_path: Path) -> None:
    content = read(tmp_path, b"\xef\xbb\xbf" + (HEADER + "north,4000,2026-04-01,1.00\r\n").encode())
    assert (len(content.rows), content.faults) == (1, ())


@pytest.mark.parametrize("case", CASES["rows"], ids=lambda case: case["cells"])
def test_a_bad_row_is_named_with_what_to_do(case: dict[str, str], tmp_path: Path) -> None:
    text = f"{HEADER}north,4000,2026-01-01,1\n{case['cells']}\n"
    assert faults(tmp_path, text) == (f"Line 3: {case['said'].strip()}",)


def test_a_row_about_a_new_account_says_its_category(tmp_path: Path) -> None:
    header = "company_id,nominal_code,month,amount,category,name\n"
    assert faults(tmp_path, header + "c1,7999,2026-04-01,10,overheads,Training\n") == ()
    (fault,) = faults(tmp_path, header + "c1,7999,2026-04-01,10,fixed_assets,Van\n")
    assert fault == (
        "Line 2: category 'fixed_assets' is of the balance sheet. Write one of turnover, other_income, "
        "cost_of_sales, overheads, taxation."
    )
    (fault,) = faults(tmp_path, header + "c1,7999,2026-04-01,10,costs,Training\n")
    assert fault.startswith("Line 2: category 'costs' is not supported. Write one of fixed_assets, ")


def test_a_new_account_has_one_category(tmp_path: Path) -> None:
    header = "company_id,nominal_code,month,amount,category,name\n"
    of_two_companies = "c1,7999,2026-04-01,10,overheads,Training\nc2,7999,2026-04-01,1,turnover,Sales\n"
    assert faults(tmp_path, header + of_two_companies) == ()
    two = "c1,7999,2026-04-01,10,overheads,Training\nc1,7999,2026-05-01,10,turnover,Training\n"
    (fault,) = faults(tmp_path, header + two)
    said = "Line 3: account 7999 has category 'turnover', and 'overheads' in line 2. Write the same category"
    assert fault == f"{said} in both."


def test_the_same_key_twice_is_found_also_under_another_name_of_the_company(tmp_path: Path) -> None:
    assert faults(tmp_path, HEADER + "c1,4000,2026-04-01,1\nc1,4000,2026-04-01,2\n") == (
        "Line 3: it has the same company_id, nominal_code, month as line 2. Keep one of the two.",
    )
    assert faults(tmp_path, HEADER + "c1,4000,2026-04-01,1\nnorth,4000,2026-04-01,2\n") == (
        "Line 3: it is about the same as line 2, which names the company otherwise. Keep one of the two.",
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", f"It is empty. {FIRST_LINE}"),
        (
            "company_id,nominal_code,month,value\n",
            f"Line 1: there is no column amount. Line 1: the column 'value' is unknown. {FIRST_LINE}",
        ),
        ("company_id;nominal_code;month;amount\n", SEMICOLONS),
        ("£".encode("cp1252"), "It is not UTF-8. In Excel, save it as 'CSV UTF-8 (comma delimited)'."),
        (
            HEADER.encode("utf-16"),
            "It is not UTF-8. In Excel, save it as 'CSV UTF-8 (comma delimited)'.",
        ),
        (
            HEADER + 'north,"4000,2026-04-01,1\n',
            "Line 2: it is not CSV (unexpected end of data). Check the quotation marks.",
        ),
    ],
)
def test_what_is_no_such_file_is_refused(text: str | bytes, said: str, tmp_path: Path) -> None:
    assert refusal(tmp_path, text) == said


def test_a_missing_file_is_named_with_its_setting(tmp_path: Path) -> None:
    with pytest.raises(BadFileError) as refused:
        read_file(KINDS["rates"], tmp_path / "none.csv")
    assert str(refused.value) == (
        f"{tmp_path}/none.csv (rates) was not loaded. It cannot be read: No such file or directory. "
        "Correct the path, here or in sources.accbooks.files.rates."
    )


def test_of_many_bad_rows_ten_are_named_and_the_others_counted(tmp_path: Path) -> None:
    rows = "".join(f"c1,4000,2026-04-01,{number}.001\n" for number in range(13))
    content = read(tmp_path, HEADER + rows)
    error = BadFileError(KINDS["budgets"], Path("budgets.csv"), content.faults)
    assert str(error).count("Line ") == 10
    assert str(error).endswith(" 3 more rows are bad.")


@pytest.mark.parametrize("case", CASES["files"], ids=lambda case: case["kind"])
def test_rows_of_the_other_files_are_compared_as_well(case: dict[str, str], tmp_path: Path) -> None:
    assert faults(tmp_path, case["text"], case["kind"]) == (case["said"].strip(),)


def test_a_template_explains_itself_by_an_example_that_is_never_loaded(tmp_path: Path) -> None:
    written, left = write_templates(tmp_path)
    assert ([path.stem for path in written], left) == (list(KINDS), [])
    for kind in KINDS.values():
        content = read_file(kind, tmp_path / f"{kind.name}.csv")
        assert content.faults == ("Line 2: it is the template's example. Replace or remove it.",)
    (tmp_path / "budgets.csv").write_text("mine")
    written, left = write_templates(tmp_path)
    assert (written, len(left)) == ([], 6)
    assert (tmp_path / "budgets.csv").read_text() == "mine"
