from decimal import Decimal

import pytest
from accbooks_warehouse.pipelines.report.words import (
    amount,
    compared,
    in_brackets,
    measured,
    months,
    percentage,
    spoken,
)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("1234567.8", "1,234,567.80"),
        ("-0.05", "(0.05)"),
        ("-1000", "(1,000.00)"),
        ("0.00", "\u2013"),
        ("-0.004", "\u2013"),
        ("99999999999999999.99", "99,999,999,999,999,999.99"),
    ],
)
def test_amounts_have_two_decimals_thousands_apart_and_brackets_for_less_than_nothing(value, text):
    assert amount(Decimal(value)) == text


def test_an_amount_in_a_sentence_has_its_currency():
    assert in_brackets(Decimal("-1234.5"), "GBP") == "(£1,234.50)"
    assert in_brackets(Decimal(2), "SEK") == "SEK\u00a02.00"
    assert in_brackets(Decimal(0), None) == "0.00"
    assert spoken(Decimal("-1234.5"), "EUR") == "minus €1,234.50"


@pytest.mark.parametrize(
    ("now", "before", "text"),
    [
        (150, 100, "50% up"),
        (50, 100, "50% down"),
        (100, 100, "unchanged"),
        (100, 0, ""),
        (100, -5, ""),
        (-1, 100, "101% down"),
    ],
)
def test_a_percentage_is_given_where_it_says_something(now, before, text):
    assert percentage(Decimal(now), Decimal(before)) == text


def test_a_ratio_has_its_unit_and_brackets_for_less_than_nothing():
    assert measured(Decimal("1234.50"), "times") == "1,234.50 times"
    assert measured(Decimal(-49), "days") == "(49) days"
    assert measured(None, "months") == "\u2013"


def test_last_year_is_set_beside_this_one():
    assert compared(Decimal(3), Decimal(2), "GBP") == "50% up on £2.00 a year before"
    assert compared(Decimal(3), Decimal(-2), "GBP") == "(£2.00) a year before"
    assert compared(Decimal(3), Decimal(0), "GBP") == "nothing in the same days of last year"
    assert [months(number) for number in (1, 7, 12)] == ["One month", "Seven months", "Year"]
