"""Each kind of file, from values to bytes and back, without a database."""

import csv
import datetime as dt
import io
import os
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import duckdb
import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from accbooks_warehouse.pipelines.destinations import DuckDB
from accbooks_warehouse.pipelines.errors import ExportError
from accbooks_warehouse.pipelines.export import ExportRequest, export, frames, known_model
from accbooks_warehouse.pipelines.export.columns import Column, Kind, column
from accbooks_warehouse.pipelines.export.csv_file import write_csv
from accbooks_warehouse.pipelines.export.output_file import opened
from accbooks_warehouse.pipelines.export.parquet_file import write_parquet
from accbooks_warehouse.pipelines.export.xlsx_file import MOST_ROWS, check_rows, write_xlsx
from accbooks_warehouse.pipelines.transform.catalogue import model_names, models
from accbooks_warehouse.sources.accbooks.errors import ConfigurationError

COLUMNS = [
    Column("name", Kind.TEXT),
    Column("amount", Kind.AMOUNT, 18, 2),
    Column("rate", Kind.AMOUNT, 18, 8),
    Column("number", Kind.WHOLE),
    Column("day", Kind.DAY),
    Column("moment", Kind.MOMENT),
    Column("closed", Kind.TRUTH),
]
MOMENT = dt.datetime(2026, 4, 5, 11, 30, 15, tzinfo=dt.UTC)
ROWS = [
    ("=HYPERLINK(1)", Decimal("1234.50"), Decimal("0E-8"), 7, dt.date(2026, 4, 5), MOMENT, True),
    (None, Decimal("-0.01"), None, None, None, None, None),
]


def written(rows: list[tuple[object, ...]], columns: list[Column] = COLUMNS) -> Iterator[pd.DataFrame]:
    return frames(columns, [rows])


def test_csv_has_every_digit_and_no_formula() -> None:
    file = io.BytesIO()
    assert write_csv(file, COLUMNS, written(ROWS), as_is=False) == 2
    assert file.getvalue().decode() == (
        "name,amount,rate,number,day,moment,closed\n"
        "'=HYPERLINK(1),1234.50,0.00000000,7,2026-04-05,2026-04-05T11:30:15+00:00,true\n"
        ",-0.01,,,,,\n"
    )


def test_a_text_with_ends_of_lines_is_one_cell_in_csv() -> None:
    texts = ["first\rsecond", "first\nsecond", "first\r\nsecond\r\n", 'said "so", twice', "last\r"]
    file = io.BytesIO()
    write_csv(file, COLUMNS[:1], written([(text,) for text in texts], COLUMNS[:1]), as_is=False)
    read = csv.reader(io.StringIO(file.getvalue().decode(), newline=""))
    assert list(read) == [["name"], *([text] for text in texts)]
    assert file.getvalue().endswith(b'"last\r"\n')


@pytest.mark.parametrize("text", ["=1+1", "+44 20 7946 0000", "-5 % off", "@home", "\tx", "\rx"])
def test_a_text_that_begins_like_a_formula_gets_an_apostrophe_unless_it_is_wanted_as_it_is(text: str) -> None:
    values = {}
    for as_is in (False, True):
        file = io.BytesIO()
        write_csv(file, COLUMNS[:1], written([(text,)], COLUMNS[:1]), as_is=as_is)
        file.seek(0)
        values[as_is] = pd.read_csv(file, lineterminator="\n" if "\r" in text else None)["name"].tolist()
    assert values == {False: [f"'{text}"], True: [text]}


def test_parquet_has_the_types_and_the_descriptions() -> None:
    file = io.BytesIO()
    assert write_parquet(file, COLUMNS, written(ROWS), {"amount": "What is owed."}) == 2
    table = pq.read_table(io.BytesIO(file.getvalue()))
    assert [str(field.type) for field in table.schema] == [
        "string",
        "decimal128(18, 2)",
        "decimal128(18, 8)",
        "int64",
        "date32[day]",
        "timestamp[us, tz=UTC]",
        "bool",
    ]
    assert [tuple(row.values()) for row in table.to_pylist()] == ROWS
    assert table.schema.field("amount").metadata == {b"description": b"What is owed."}


def test_an_amount_that_does_not_fit_its_column_is_refused_and_not_rounded() -> None:
    with pytest.raises(pa.ArrowInvalid):
        write_parquet(io.BytesIO(), COLUMNS[1:2], written([(Decimal("0.005"),)], COLUMNS[1:2]), {})


def test_excel_has_numbers_and_dates_and_no_formula() -> None:
    file = io.BytesIO()
    assert write_xlsx(file, COLUMNS, written(ROWS), "profit_and_loss_by_financial_year") == 2
    book = openpyxl.load_workbook(io.BytesIO(file.getvalue()))
    sheet = book.active
    assert sheet.title == "profit_and_loss_by_financial_ye"
    assert [[cell.value for cell in row] for row in sheet.iter_rows()] == [
        ["name", "amount", "rate", "number", "day", "moment", "closed"],
        [
            "=HYPERLINK(1)",
            1234.5,
            0,
            7,
            dt.datetime(2026, 4, 5),  # noqa: DTZ001 - Excel has no time zones
            dt.datetime(2026, 4, 5, 11, 30, 15),  # noqa: DTZ001
            True,
        ],
        [None, -0.01, None, None, None, None, None],
    ]
    assert [cell.data_type for cell in sheet[2]] == ["s", "n", "n", "n", "d", "d", "b"]
    assert [cell.number_format for cell in sheet[2]] == [
        "General",
        "#,##0.00",
        "#,##0.00000000",
        "0",
        "yyyy-mm-dd",
        "yyyy-mm-dd hh:mm:ss",
        "General",
    ]
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("A2", "A1:G3")


@pytest.mark.parametrize(
    ("column", "value", "sentence"),
    [
        (COLUMNS[0], "x" * 32_768, "name in row 1 has 32,768 characters, and an Excel cell holds 32,767."),
        (
            COLUMNS[1],
            Decimal("12345678901234.56"),
            "amount in row 1 has a number with more than the 15 digits that Excel keeps.",
        ),
    ],
)
def test_what_a_cell_cannot_hold_whole_is_refused(column: Column, value: object, sentence: str) -> None:
    with pytest.raises(ExportError) as refused:
        write_xlsx(io.BytesIO(), [column], written([(value,)], [column]), "sheet")
    assert str(refused.value) == f"{sentence} Choose csv or parquet."


def test_a_day_before_excel_s_calendar_is_written_as_text() -> None:
    file = io.BytesIO()
    day = [Column("day", Kind.DAY)]
    write_xlsx(file, day, written([(dt.date(1899, 12, 31),)], day), "sheet")
    assert openpyxl.load_workbook(io.BytesIO(file.getvalue())).active["A2"].value == "1899-12-31"


def test_more_rows_than_a_sheet_has_are_refused() -> None:
    check_rows(MOST_ROWS - 1)
    with pytest.raises(ExportError) as refused:
        check_rows(MOST_ROWS)
    assert str(refused.value) == (
        "The table has 1,048,576 rows, and an Excel sheet holds 1,048,575 below its heading. "
        "Choose one company with --company, or csv or parquet."
    )


@pytest.mark.parametrize("kind", ["csv", "parquet", "xlsx"])
def test_a_chunk_is_written_before_the_next_is_asked_for(kind: str) -> None:
    alive: list[int] = []

    class Chunk(list[tuple[object, ...]]):
        """Counts the chunks that are in memory."""

        def __init__(self) -> None:
            super().__init__(ROWS)
            alive.append(1)
            most.append(len(alive))

        def __del__(self) -> None:
            alive.pop()

    most: list[int] = []
    chunks = (Chunk() for _ in range(20))
    found = frames(COLUMNS, chunks)
    rows = {
        "csv": lambda: write_csv(io.BytesIO(), COLUMNS, found, as_is=False),
        "parquet": lambda: write_parquet(io.BytesIO(), COLUMNS, found, {}),
        "xlsx": lambda: write_xlsx(io.BytesIO(), COLUMNS, found, "sheet"),
    }[kind]()
    assert rows == 40
    assert max(most) == 2  # the one just made, and the one before, whose frame the writer has done with


def put(path: Path, content: bytes, error: Exception | None = None) -> None:
    with opened(str(path), is_text=True) as file:
        file.write(content)
        if error:
            raise error


def test_a_file_takes_its_place_only_whole(tmp_path: Path) -> None:
    path = tmp_path / "ledger.csv"
    path.write_text("the old one")
    with pytest.raises(ValueError, match="half way"):
        put(path, b"half", ValueError("half way"))
    assert [(each.name, each.read_text()) for each in tmp_path.iterdir()] == [("ledger.csv", "the old one")]
    put(path, b"the new one")
    assert [(each.name, each.read_text()) for each in tmp_path.iterdir()] == [("ledger.csv", "the new one")]


def test_a_place_that_cannot_be_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"is a folder\. Give the path of a file"):
        put(tmp_path, b"")
    with pytest.raises(ExportError, match="cannot be written: No such file or directory"):
        put(tmp_path / "no" / "ledger.csv", b"")


PRINTING = """
from accbooks_warehouse.pipelines.errors import ExportError
from accbooks_warehouse.pipelines.export.output_file import opened
import sys
try:
    with opened("-", is_text=True) as file:
        for _ in range(100_000):
            file.write(b"line\\n")
except ExportError as error:
    print(error, file=sys.stderr)
"""


def test_a_reader_that_goes_away_is_said_and_no_traceback() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PRINTING], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert os.read(process.stdout.fileno(), 5) == b"line\n"
        process.stdout.close()
        assert process.stderr.read() == b"The program reading the output closed it early.\n"


@pytest.mark.parametrize(
    ("described", "expected"),
    [
        (("a", "DECIMAL(18,2)", 18, 2), Column("a", Kind.AMOUNT, 18, 2)),
        (("a", "numeric", 18, 8), Column("a", Kind.AMOUNT, 18, 8)),
        (("a", "numeric", None, None), Column("a", Kind.AMOUNT)),
        (("a", "BIGINT", 64, 0), Column("a", Kind.WHOLE)),
        (("a", "integer", 32, 0), Column("a", Kind.WHOLE)),
        (("a", "double precision", 53, None), Column("a", Kind.RATIO)),
        (("a", "DATE", None, None), Column("a", Kind.DAY)),
        (("a", "timestamp with time zone", None, None), Column("a", Kind.MOMENT)),
        (("a", "boolean", None, None), Column("a", Kind.TRUTH)),
        (("a", "interval", None, None), Column("a", Kind.TEXT)),
        (("a", "character varying", None, None), Column("a", Kind.TEXT)),
    ],
)
def test_a_column_is_what_the_database_calls_it(
    described: tuple[str, str, int | None, int | None], expected: Column
) -> None:
    assert column(*described) == expected


def test_a_file_s_name_tells_its_format_unless_one_is_named() -> None:
    model = known_model("trial_balance")
    assert [
        (order.kind, order.place)
        for order in (
            ExportRequest(model),
            ExportRequest(model, "xlsx"),
            ExportRequest(model, output="books.parquet"),
            ExportRequest(model, "csv", "books.parquet"),
            ExportRequest(model, output="-"),
        )
    ] == [
        ("csv", "trial_balance.csv"),
        ("xlsx", "trial_balance.xlsx"),
        ("parquet", "books.parquet"),
        ("csv", "books.parquet"),
        ("csv", "-"),
    ]


def test_a_name_that_tells_no_format_there_is_is_refused_and_not_taken_for_csv() -> None:
    order = ExportRequest(known_model("trial_balance"), output="balances.pdf")
    with pytest.raises(
        ConfigurationError, match=r"type \.pdf are not supported\. Use \.csv, \.parquet, \.xlsx"
    ):
        order.kind  # noqa: B018 - asking is what is tested


def test_an_unknown_model_is_refused_with_those_there_are() -> None:
    with pytest.raises(ConfigurationError) as refused:
        known_model("balance")
    assert str(refused.value) == f"There is no table 'balance'. Choose from {', '.join(model_names())}."


def test_every_model_says_what_a_row_is_and_is_ordered_by_its_key() -> None:
    assert [model.name for model in models()] == model_names()
    for model in models():
        assert model.sentence.startswith(("One row per ", "One row ")), model.name
        assert set(model.order) <= set(model.columns), model.name
        assert model.order, model.name


def test_a_model_that_was_not_built_is_not_exported(tmp_path: Path) -> None:
    path = tmp_path / "books.duckdb"
    duckdb.connect(path).close()
    target = tmp_path / "out.csv"
    with pytest.raises(ExportError, match=r"has no trial_balance yet\. Run 'accbooks transform' first\."):
        export(DuckDB(str(path)), ["comp_1"], ExportRequest(known_model("trial_balance"), output=str(target)))
    assert not target.exists()
    said = r"has no consolidated_trial_balance yet\. Configure the file that it reads \(docs/files"
    with pytest.raises(ExportError, match=said):
        export(DuckDB(str(path)), ["comp_1"], ExportRequest(known_model("consolidated_trial_balance")))


def test_duckdb_gives_rows_before_it_has_them_all(tmp_path: Path) -> None:
    warehouse = DuckDB(str(tmp_path / "books.duckdb"))
    with warehouse.streamed("select range from range(%s)", 10**15, rows=2) as chunks:
        assert [next(chunks), next(chunks)] == [[(0,), (1,)], [(2,), (3,)]]
