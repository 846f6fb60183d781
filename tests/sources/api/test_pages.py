"""Pages taken apart, and whether the pages of a window agree."""

import json
from typing import Any

import pytest
from accbooks_warehouse.sources.accbooks.api.pages import Page, decode_page, disagreement
from accbooks_warehouse.sources.accbooks.errors import BeyondBoundsError


def body(records: list[Any], total: Any = None, pages: Any = 1) -> bytes:
    total = len(records) if total is None else total
    meta = {"current_page": 1, "total_pages": pages, "total_records": total}
    return json.dumps({"data": records, "meta": meta}).encode()


def page(total: int, *found: Any) -> Page:
    return decode_page(body(list(found), total))


@pytest.mark.parametrize(
    ("found", "fault"),
    [
        ([page(0)], None),
        ([page(2, {"id": 1}, {"id": 2})], None),
        ([page(2, {"id": 1}), page(2, {"id": 2})], None),
        ([page(2, {"id": None}, {"id": None})], None),
        ([page(3, {}, "text", None)], None),
        ([page(2, {"id": 1}), page(3, {"id": 2})], "The pages reported different totals (2, 3)."),
        ([page(2, {"id": 1})], "The pages reported 2 records but contained 1 different ones."),
        ([page(1, {"id": 1}, {"id": 2})], "The pages reported 1 records but contained 2 different ones."),
        (
            [page(3, {"id": 1}, {"id": 2}), page(3, {"id": 2})],
            "The pages reported 3 records but contained 2 different ones. They list '2' more than once.",
        ),
        (
            [page(2, {"id": 1}, {"id": "1"})],
            "The pages reported 2 records but contained 1 different ones. They list '1' more than once.",
        ),
        (
            [page(2, {"id": [1]}, {"id": [1]})],
            "The pages reported 2 records but contained 1 different ones. They list '[1]' more than once.",
        ),
    ],
)
def test_pages_agree_when_distinct_ids_add_up_to_the_one_total(found: list[Page], fault: str | None) -> None:
    assert disagreement(found) == fault


def test_a_page_is_its_records_as_they_came_and_its_totals() -> None:
    meta = b'{"total_pages": 5, "total_records": 487}'
    parsed = decode_page(b'{"data": [{"id":"a", "amount": 10.10},{ "id": 2}], "meta": %s}' % meta)
    assert [bytes(record) for record in parsed.records] == [b'{"id":"a", "amount": 10.10}', b'{ "id": 2}']
    assert (parsed.ids, parsed.total_records, parsed.total_pages) == (["a", "2"], 487, 5)


@pytest.mark.parametrize(
    "odd", [b"NaN", b'{"id": 1.50}', b'{"id": {"a": []}}', b'"text"', b"[1]", b"null", b'{"id": 1, "id": 2}']
)
def test_one_odd_record_does_not_cost_the_page(odd: bytes) -> None:
    text = b'{"data": [{"id": "a", "x": 1.10}, %s], "meta": {"total_pages": 1, "total_records": 2}}' % odd
    parsed = decode_page(text)
    assert parsed.ids[0] == "a"
    assert b"1.10" in bytes(parsed.records[0])
    assert (len(parsed.records), len(parsed.ids), disagreement([parsed])) == (2, 2, None)


@pytest.mark.parametrize(
    ("dates", "ends"),
    [
        (["2024-02-01", "2024-01-31", "2024-01-31"], ("2024-01-31", "2024-02-01")),
        (["2024-02-01", None, "soon", "2024-2-3", 5], ("2024-02-01", "2024-02-01")),
        ([None, ""], None),
        ([], None),
    ],
)
def test_a_page_knows_the_first_and_last_date_of_its_records(
    dates: list[Any], ends: tuple[str, str] | None
) -> None:
    assert page(len(dates), *({"id": n, "date": day} for n, day in enumerate(dates))).dates == ends


@pytest.mark.parametrize("total", [100_000_001, 10**11, 10**300])
def test_more_records_than_any_company_has_are_refused_for_good(total: int) -> None:
    with pytest.raises(BeyondBoundsError, match=r"^a total of "):
        decode_page(body([], total=total, pages=1))


def test_more_pages_than_any_list_has_are_refused_for_good() -> None:
    with pytest.raises(BeyondBoundsError, match=r"^a total of 1,000,001 pages$"):
        decode_page(body([], total=10**8, pages=10**6 + 1))


def test_a_record_nested_too_deep_to_read_makes_no_page() -> None:
    deep = b'{"data": [{"id": 1, "x": %s1%s}], "meta": {"total_records": 1, "total_pages": 1}}'
    with pytest.raises(ValueError, match=r"^something that is not JSON$"):
        decode_page(deep % (b"[" * 100_000, b"]" * 100_000))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"<html>", "something that is not JSON"),
        (b"", "something that is not JSON"),
        (b'{"data": [{"id": "a"}', "something that is not JSON"),
        (b'{"data": ["\xff"], "meta": {"total_pages": 1, "total_records": 1}}', "something that is not JSON"),
        (b"[]", "JSON without 'data'"),
        (b'{"meta": {}}', "JSON without 'data'"),
        (b'{"data": {}, "meta": {}}', "JSON that is not a page of a list"),
        (b'{"data": []}', "JSON that is not a page of a list"),
        (b'{"data": null, "meta": {}}', "JSON that is not a page of a list"),
        (b'{"data": [], "meta": []}', "JSON that is not a page of a list"),
        (body([], total="1"), "a page without total_records and total_pages"),
        (body([], total=True), "a page without total_records and total_pages"),
        (body([], total=-1), "a page without total_records and total_pages"),
        (body([], pages=None), "a page without total_records and total_pages"),
        (b'{"data": [], "meta": {"total_records": 1}}', "a page without total_records and total_pages"),
        (body([], total=3, pages=4), "a page of 4 that hold 3 records"),
        (body([], total=0, pages=2), "a page of 2 that hold 0 records"),
    ],
)
def test_an_answer_that_is_no_page_is_refused_with_what_it_is(text: bytes, said: str) -> None:
    with pytest.raises(ValueError, match=f"^{said}$"):
        decode_page(text)
