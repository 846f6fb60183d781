"""Who signed a body, and which record its event names."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
from contextlib import suppress

import pytest
from accbooks_warehouse.sources.accbooks import MalformedEventError, WebhookEvent, parse_event, signers
from hypothesis import given
from hypothesis import strategies as st

NOW = 1_790_000_000
SECRETS = {"north": ("whsec_north",), "south": ("whsec_south_old", "whsec_south_new")}
EVENT = {
    "id": "evt_1",
    "type": "invoice.updated",
    "company_id": "cmp_1",
    "created_at": "2026-02-28T12:00:00Z",
    "data": {"id": "inv_7", "date": "2026-02-28", "previous_date": "2025-12-31"},
}
BODY = json.dumps(EVENT).encode()


def signature(body: bytes, secret: str, at: object = NOW) -> str:
    return hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()


def header(body: bytes, *secrets: str, at: object = NOW) -> str:
    return ",".join([f"t={at}", *(f"v1={signature(body, each, at)}" for each in secrets)])


def signed_by(header: str | None, body: bytes = BODY, now: float = NOW) -> frozenset[str]:
    return signers(body, header, SECRETS, now)


def test_the_company_whose_secret_signed_is_returned():
    assert signed_by(header(BODY, "whsec_north")) == {"north"}
    assert signed_by(header(BODY, "whsec_south_old")) == {"south"}
    assert signed_by(header(BODY, "whsec_south_new")) == {"south"}


def test_either_of_two_signatures_of_a_rotation_is_enough():
    assert signed_by(header(BODY, "whsec_south_new", "whsec_next")) == {"south"}
    assert signed_by(header(BODY, "whsec_next", "whsec_south_new")) == {"south"}
    assert signed_by(header(BODY, "whsec_next", "whsec_other")) == frozenset()


def test_companies_that_share_a_secret_have_both_signed():
    secrets = {"one": ("whsec_same",), "two": ("whsec_same", "whsec_other")}
    assert signers(BODY, header(BODY, "whsec_same"), secrets, NOW) == {"one", "two"}


@pytest.mark.parametrize("off", [-300, -299, -1, 0, 1, 299, 300])
def test_a_time_within_five_minutes_is_taken(off):
    assert signed_by(header(BODY, "whsec_north", at=NOW + off)) == {"north"}


@pytest.mark.parametrize("off", [-10_000_000, -3_600, -360, -301, 301, 360, 3_600, 10_000_000])
def test_a_time_beyond_five_minutes_is_refused(off):
    assert signed_by(header(BODY, "whsec_north", at=NOW + off)) == frozenset()


def test_the_tolerance_ends_after_exactly_five_minutes():
    signed = header(BODY, "whsec_north")
    assert signed_by(signed, now=NOW + 300.0) == signed_by(signed, now=NOW - 300.0) == {"north"}
    assert signed_by(signed, now=NOW + 300.001) == signed_by(signed, now=NOW - 300.001) == frozenset()


GOOD = signature(BODY, "whsec_north")


@pytest.mark.parametrize(
    "written",
    [
        f"t={NOW}, v1={GOOD}",
        f" t={NOW} ,\tv1={GOOD} ",
        f"v1={GOOD},t={NOW}",
        f"t={NOW},v0=abc,v1={GOOD},v2=é",
        f"t={NOW},,v1={GOOD},",
        f"t={NOW},v1=,v1={GOOD}",
    ],
)
def test_order_spaces_and_parts_of_other_schemes_do_not_matter(written):
    assert signed_by(written) == {"north"}


@pytest.mark.parametrize(
    "written",
    [
        None,
        "",
        " ",
        ",",
        "=",
        "t",
        "v1",
        GOOD,
        f"v1={GOOD}",
        f"t=,v1={GOOD}",
        f"t={NOW}",
        f"t={NOW},v1",
        f"t={NOW},v1=",
        f"t={NOW},v0={GOOD}",
        f"t={NOW},V1={GOOD}",
        f"T={NOW},v1={GOOD}",
        f"t={NOW},v1={GOOD.upper()}",
        f"t={NOW},v1={GOOD[:-1]}",
        f"t={NOW},v1={GOOD}0",
        f'"t={NOW},v1={GOOD}"',
        f"t={NOW};v1={GOOD}",
        f"t={NOW},t={NOW},v1={GOOD}",
        f"t={NOW},t={NOW + 1},v1={GOOD}",
        f"t={NOW}.0,v1={GOOD}",
        f"t=+{NOW},v1={GOOD}",
        f"t=-{NOW},v1={GOOD}",
        f"t=0x6AB13B80,v1={GOOD}",
        f"t=1e9,v1={GOOD}",
        f"t=1_790_000_000,v1={GOOD}",
        "t=" + "".join(chr(ord(each) - ord("0") + ord("٠")) for each in str(NOW)) + f",v1={GOOD}",  # noqa: RUF001
        f"t={'9' * 12},v1={GOOD}",
        f"t={'9' * 13},v1={GOOD}",
        f"t={'9' * 100_000},v1={GOOD}",
        f"t={NOW},v1=\x00{GOOD}",
        f"t={NOW},v1=é{GOOD[1:]}",
        f"t={NOW},v1=\udcff",
        f"t={NOW},{','.join([f'v1={GOOD}'] * 9)}",
    ],
)
def test_an_odd_header_is_refused(written):
    assert signed_by(written) == frozenset()


@pytest.mark.parametrize("at", ["0" * 2 + str(NOW), "999999999999", "0", "nan", "inf", "", "-1"])
def test_only_the_text_of_the_time_that_was_sent_is_signed(at):
    expected = {"north"} if at.endswith(str(NOW)) else frozenset()
    assert signed_by(header(BODY, "whsec_north", at=at)) == expected


@given(place=st.integers(0, len(BODY) - 1), byte=st.integers(0, 255))
def test_a_body_with_any_byte_changed_is_refused(place, byte):
    changed = BODY[:place] + bytes([byte]) + BODY[place + 1 :]
    assert signed_by(header(BODY, "whsec_north"), changed) == ({"north"} if changed == BODY else frozenset())


@given(place=st.integers(0, len(BODY)), added=st.binary(min_size=1, max_size=8))
def test_a_body_with_bytes_added_or_cut_off_is_refused(place, added):
    signed = header(BODY, "whsec_north")
    assert signed_by(signed, BODY[:place] + added + BODY[place:]) == frozenset()
    assert signed_by(signed, BODY[:place]) == ({"north"} if place == len(BODY) else frozenset())


@given(data=st.data())
def test_a_header_with_any_character_changed_is_refused(data):
    signed = header(BODY, "whsec_north")
    place = data.draw(st.integers(0, len(signed) - 1))
    other = data.draw(st.characters(codec="latin-1").filter(lambda each: each != signed[place]))
    assert signed_by(signed[:place] + other + signed[place + 1 :]) == frozenset()


@given(
    body=st.binary(max_size=300),
    secret=st.text(st.characters(codec="utf-8"), min_size=1),
    off=st.integers(-300, 300),
)
def test_whatever_bytes_were_signed_are_taken(body, secret, off):
    signed = header(body, secret, at=NOW + off)
    assert signers(body, signed, {"one": (secret,)}, NOW) == {"one"}
    assert signers(body, signed, {"one": (secret + "x",), "two": ()}, NOW) == frozenset()


@given(st.one_of(st.none(), st.text(max_size=200)))
def test_no_header_is_an_error(written):
    assert signed_by(written) == frozenset()


def test_an_event_names_its_record_and_days():
    assert parse_event(BODY) == WebhookEvent(
        "evt_1",
        "invoice.updated",
        "cmp_1",
        "invoices",
        "inv_7",
        frozenset({dt.date(2026, 2, 28), dt.date(2025, 12, 31)}),
    )
    assert parse_event(BODY).is_known


@pytest.mark.parametrize(
    ("noun", "resource"),
    [
        ("transaction", "transactions"),
        ("invoice", "invoices"),
        ("contact", "contacts"),
        ("journal", "journals"),
    ],
)
@pytest.mark.parametrize("verb", ["created", "updated", "deleted"])
def test_every_documented_type_is_known(noun, verb, resource):
    event = parse(type=f"{noun}.{verb}")
    assert (event.type, event.resource, event.is_known) == (f"{noun}.{verb}", resource, True)


@pytest.mark.parametrize(
    "type_",
    [
        "account.updated",
        "invoice.paid",
        "invoice",
        "invoice.",
        ".updated",
        "invoice.updated.v2",
        "Invoice.updated",
        " invoice.updated",
        "invoices.updated",
        "",
        None,
        7,
        True,
        ["invoice.updated"],
        "x" * 201,
        "invoice.updated\x00",
        "invoice.\ud800updated",
    ],
)
def test_an_unknown_type_names_nothing_to_read(type_):
    event = parse(type=type_)
    assert event.resource is None
    assert not event.is_known
    assert event.type == (str(type_) if type_ == 7 or is_usable(type_) else "none")


def parse(**changed: object) -> WebhookEvent:
    return parse_event(json.dumps(EVENT | changed).encode())


def is_usable(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= 200 and "\x00" not in value and "\ud800" not in value


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"{",
        BODY[:-1],
        BODY[: len(BODY) // 2],
        BODY + b"}",
        b"\xef\xbb\xbf" + BODY,
        b"\xff\xfe{\x00}\x00",
        b'{"id": "\xff"}',
        b'{"id": "\x00"}',
        b"id=evt_1&type=invoice.updated",
        b"<event/>",
        b"[" * 250_000,
        b'{"a":' * 50_000,
        b"[" * 100_000 + b"]" * 100_000,
        b"null",
        b"true",
        b"7",
        b"1e999999999999999999",
        b'"evt_1"',
        b"[]",
        b"[" + BODY + b"]",
        b"NaN",
        b"9" * 10_000,
    ],
)
def test_what_is_no_json_object_is_malformed(body):
    with pytest.raises(MalformedEventError, match=r"^the body is not (JSON|a JSON object)$"):
        parse_event(body)


@pytest.mark.parametrize("data", [None, 7, "inv_7", [], [EVENT["data"]], {}, {"id": None}])
def test_data_that_names_no_record_leaves_nothing_to_read(data):
    event = parse(data=data)
    assert (event.record_id, event.dates, event.is_known) == (None, frozenset(), False)


@pytest.mark.parametrize(
    ("written", "id_"),
    [
        ('"inv_7"', "inv_7"),
        ("7", "7"),
        ("-7", "-7"),
        ("9" * 30, "9" * 30),
        (f'"{"é" * 200}"', "é" * 200),
        ('"\\ud83d\\ude00"', "😀"),
        ('""', None),
        ("0.5", None),
        ("1e3", None),
        ("true", None),
        ("null", None),
        ("NaN", None),
        ("-Infinity", None),
        ('{"id": "inv_7"}', None),
        ('["inv_7"]', None),
        (f'"{"x" * 201}"', None),
        ("9" * 201, None),
        ("9" * 5_000, None),
        ('"inv\\u0000"', None),
        ('"inv\\ud83d"', None),
    ],
)
def test_ids_are_text_that_every_database_takes(written, id_):
    body = f'{{"id": {written}, "company_id": {written}, "data": {{"id": {written}}}}}'.encode()
    event = parse_event(body)
    assert (event.record_id, event.company_id) == (id_, id_ or "")
    assert event.id == (id_ or f"sha256:{hashlib.sha256(body).hexdigest()}")


def test_an_event_without_an_id_is_told_apart_by_its_bytes():
    first, second = parse(id=None), parse(id=None, created_at="2026-02-28T12:00:01Z")
    assert first == parse(id=None)
    assert first.id.startswith("sha256:")
    assert first.id != second.id


@pytest.mark.parametrize(
    "date",
    [
        None,
        "",
        "2026-02-29",
        "2026-13-01",
        "2026-00-10",
        "0000-01-01",
        "2026-2-8",
        "20260228",
        "2026-02-28T00:00:00Z",
        "2026-02-28\n",
        "28/02/2026",
        "٢٠٢٦-٠٢-٢٨",
        20260228,
        True,
        {},
        ["2026-02-28"],
    ],
)
def test_dates_that_are_none_are_left_out(date):
    data = {"id": "inv_7", "date": date, "previous_date": "2025-12-31"}
    assert parse(data=data).dates == {dt.date(2025, 12, 31)}
    assert parse(data=data | {"previous_date": date}).dates == frozenset()
    assert parse(data=data).is_known


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inside: st.lists(inside, max_size=4) | st.dictionaries(st.text(max_size=8), inside, max_size=4),
    max_leaves=12,
)


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "id": JSON,
            "type": JSON | st.just("invoice.updated"),
            "company_id": JSON,
            "data": JSON
            | st.fixed_dictionaries({}, optional={"id": JSON, "date": JSON, "previous_date": JSON}),
        },
    )
)
def test_every_json_object_is_an_event_of_storable_texts(event):
    parsed = parse_event(json.dumps(event).encode())
    for text in (parsed.id, parsed.type, parsed.company_id, parsed.record_id or "x"):
        assert len(text) <= 200
        assert "\x00" not in text
        text.encode()
    assert parsed.id
    assert parsed.type


@given(st.binary(max_size=200))
def test_any_bytes_are_an_event_or_malformed(body):
    with suppress(MalformedEventError):
        assert isinstance(parse_event(body), WebhookEvent)
