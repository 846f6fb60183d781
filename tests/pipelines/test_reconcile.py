import csv
import datetime as dt
import io
import json
from decimal import Decimal

from pipelines.reconcile import Line, as_csv, as_json

LINES = [
    Line(
        "comp_1",
        "profit_loss",
        dt.date(2026, 3, 1),
        dt.date(2026, 3, 31),
        "4000",
        Decimal("1000.10"),
        Decimal("900.00"),
        Decimal("100.10"),
        "mismatch",
        None,
    ),
    Line(
        "comp_1",
        "balance_sheet",
        None,
        dt.date(2026, 3, 31),
        None,
        None,
        Decimal("-5.00"),
        Decimal("5.00"),
        "missing_in_api",
        'a "cause", or two',
    ),
]


def test_differences_are_written_as_csv_with_a_header_and_all_decimals() -> None:
    assert as_csv(LINES) == (
        "company_id,report,period_start,period_end,nominal_code,api_amount,warehouse_amount,difference,"
        "status,cause\n"
        "comp_1,profit_loss,2026-03-01,2026-03-31,4000,1000.10,900.00,100.10,mismatch,\n"
        'comp_1,balance_sheet,,2026-03-31,,,-5.00,5.00,missing_in_api,"a ""cause"", or two"\n'
    )


def test_csv_is_read_back_field_by_field() -> None:
    first, second = csv.DictReader(io.StringIO(as_csv(LINES)))
    assert (first["difference"], second["cause"]) == ("100.10", 'a "cause", or two')


def test_without_differences_there_is_a_header_or_an_empty_list() -> None:
    assert as_csv([]).splitlines() == [",".join(Line.__dataclass_fields__)]
    assert json.loads(as_json([])) == []


def test_differences_are_written_as_json_numbers_digit_by_digit() -> None:
    first, second = json.loads(as_json(LINES), parse_float=str)
    assert first == {
        "company_id": "comp_1",
        "report": "profit_loss",
        "period_start": "2026-03-01",
        "period_end": "2026-03-31",
        "nominal_code": "4000",
        "api_amount": "1000.10",
        "warehouse_amount": "900.00",
        "difference": "100.10",
        "status": "mismatch",
        "cause": None,
    }
    assert (second["period_start"], second["nominal_code"], second["api_amount"]) == (None, None, None)


def test_a_period_is_named_for_people() -> None:
    assert [line.period for line in LINES] == ["2026-03-01 to 2026-03-31", "at 2026-03-31"]
