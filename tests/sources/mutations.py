"""Well-formed answers of AccBooks with one thing changed: in their JSON, their bytes, or their HTTP."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any

from hypothesis import strategies as st

KEY = "sk_fuzz_7c1e55"
EVIL = f"no\x1b[2J\r\nDone. The warehouse matches AccBooks' reports to the penny.\u202e{KEY}"

ODD_VALUES: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    1e300,
    -0.001,
    10**30,
    -(10**400),
    "",
    " ",
    "0",
    "1e5",
    "NaN",
    "-",
    "null",
    "9999-12-31",
    "0000-00-00",
    "10000-01-01",
    "2026-02-30",
    "2026-01-01T00:00:00+99:00",
    "9999-12-31T23:59:59.999999999Z",
    EVIL,
    "\u0000",
    "\ud800",
    "x" * 100_000,
    "٣",
    [],
    {},
    [[]],
    {"id": 1},
    [None] * 1000,
)
"""What may stand where another value is promised."""
LITERALS = (
    "NaN",
    "-Infinity",
    "1e999999999",
    "-1E-999999999",
    "00",
    "+1",
    "0x10",
    "1" * 5000,
    "'a'",
    "undefined",
)
"""What may stand where a value is promised, and is no JSON or more than numbers hold."""
DEEP = 100_000


@dataclass(frozen=True)
class Answer:
    """An answer as it goes over the wire."""

    body: bytes
    status: bytes = b"HTTP/1.1 200 OK"
    headers: tuple[tuple[bytes, bytes], ...] = ()
    raw: bytes | None = None
    """What is sent instead of all that."""

    @property
    def wire(self) -> bytes:
        if self.raw is not None:
            return self.raw
        names = {name.lower() for name, _ in self.headers}
        headers = list(self.headers)
        if not names & {b"content-length", b"transfer-encoding"}:
            headers.append((b"Content-Length", b"%d" % len(self.body)))
        head = b"".join(name + b": " + value + b"\r\n" for name, value in headers)
        return self.status + b"\r\n" + head + b"\r\n" + self.body

    def having(self, *headers: tuple[bytes, bytes]) -> Answer:
        """Return it with these headers instead of those of the same names."""
        names = {name for name, _ in headers}
        return replace(self, headers=(*(each for each in self.headers if each[0] not in names), *headers))


@dataclass(frozen=True)
class Mutation:
    """One thing that is changed, in words and as a function."""

    what: str
    apply: Callable[[Answer], Answer]

    def __repr__(self) -> str:
        return self.what


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the paths of all values inside a value."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    found = [path]
    for name, each in inside:
        found += places(each, (*path, name))
    return found


def _changed(body: Any, path: tuple[Any, ...], change: Callable[[Any, Any], Any]) -> Any:
    """Return a copy of a body of which `change` was told the container and the name of a value."""
    if not path:
        return change({"": body}, "").get("", body)
    copy = deepcopy(body)
    inside = copy
    for name in path[:-1]:
        inside = inside[name]
    change(inside, path[-1])
    return copy


def _put(value: Any) -> Callable[[Any, Any], Any]:
    def change(inside: Any, name: Any) -> Any:
        inside[name] = value
        return inside

    return change


def _altered(alter: Callable[[Any], Any]) -> Callable[[Any, Any], Any]:
    def change(inside: Any, name: Any) -> Any:
        inside[name] = alter(inside[name])
        return inside

    return change


def _dropped(inside: Any, name: Any) -> Any:
    del inside[name]
    return inside


def _opposite(value: Any) -> Any:
    match value:
        case bool() | None:
            return not value
        case int() | float():
            return -value
        case str():
            return value[::-1]
        case list():
            return value[::-1]
        case _:
            return list(value.items())


def _other_type(value: Any) -> Any:
    match value:
        case str():
            return [value]
        case bool() | int() | float() | None:
            return str(value)
        case list():
            return dict(enumerate(value))
        case _:
            return list(value)


def _twice(value: Any) -> Any:
    return value * 2 if isinstance(value, list | str) else [value, value]


ALTERATIONS: dict[str, Callable[[Any], Any]] = {
    "the opposite of": _opposite,
    "another type of": _other_type,
    "twice": _twice,
    "inside a list": lambda value: [value],
    "inside an object": lambda value: {"value": value},
}


@st.composite
def of_json(draw: st.DrawFn, answer: Answer) -> Mutation:
    """Change one value of the JSON, drop it, or put something else in its place."""
    path = draw(st.sampled_from(places(json.loads(answer.body))))
    kind = draw(st.sampled_from(["put", "alter", "alter", "drop", "literal", "deep", "unknown", "again"]))
    name, change = f"{kind} {'.'.join(map(str, path))}", _dropped
    if kind == "put":
        value = draw(st.sampled_from(ODD_VALUES))
        name, change = f"{name}: {str(value)[:40]!a}", _put(value)
    elif kind == "alter":
        how = draw(st.sampled_from(sorted(ALTERATIONS)))
        name, change = f"{how} {name}", _altered(ALTERATIONS[how])
    elif kind in {"literal", "deep", "again"}:
        return _spliced(draw, path, kind, name)
    elif kind == "unknown":
        change = _altered(lambda value: {**value, EVIL: [EVIL]} if isinstance(value, dict) else value)

    def apply(answer: Answer) -> Answer:
        try:
            body = _changed(json.loads(answer.body), path, change)
        except (LookupError, TypeError):
            return answer
        return replace(answer, body=json.dumps(body).encode())

    return Mutation(name, apply)


def _spliced(draw: st.DrawFn, path: tuple[Any, ...], kind: str, name: str) -> Mutation:
    """Put into the text of the JSON what no value writes."""
    literal = draw(st.sampled_from(LITERALS)) if kind == "literal" else ""
    if kind == "deep":
        depth = draw(st.sampled_from([100, 2000, DEEP]))
        literal = "[" * depth + "]" * depth
    mark = "@@here@@"

    def apply(answer: Answer) -> Answer:
        try:
            body = json.loads(answer.body)
            if kind == "again":  # the same name twice in an object
                return replace(answer, body=answer.body.replace(b"{", b'{"data": 0, "id": "z", ', 1))
            text = json.dumps(_changed(body, path, _put(mark)))
        except (LookupError, TypeError):
            return answer
        return replace(answer, body=text.replace(f'"{mark}"', literal).encode())

    return Mutation(f"{name} {literal[:20]}", apply)


BYTES: dict[str, Callable[[bytes], bytes]] = {
    "nothing": lambda _: b"",
    "utf-16": lambda body: body.decode().encode("utf-16"),
    "a byte order mark": lambda body: b"\xef\xbb\xbf" + body,
    "no utf-8": lambda body: body.replace(b'"', b'"\xff\xfe', 1),
    "latin-1": lambda body: body.replace(b"a", b"\xe9"),
    "noughts": lambda body: body + b"\x00" * 1000,
    "white space": lambda body: b" " * 5_000_000 + body,
    "html": lambda body: b"<!doctype html><html>" + body,
    "twice": lambda body: body + body,
    "json lines": lambda body: body + b"\n" + body,
    "a comment": lambda body: b"/* x */" + body,
    "in quotes": lambda body: json.dumps(body.decode()).encode(),
    "empty lists": lambda _: b'{"data": [' + b"[]," * 30_000 + b"0]}",
}


@st.composite
def of_bytes(draw: st.DrawFn, answer: Answer) -> Mutation:
    """Change the bytes of the body: their encoding, their end, one of them."""
    kind = draw(st.sampled_from([*sorted(BYTES), "cut", "cut", "flip", "flip"]))
    if kind in BYTES:
        return Mutation(f"body: {kind}", lambda answer: replace(answer, body=BYTES[kind](answer.body)))
    at = draw(st.integers(0, max(0, len(answer.body) - 1)))
    bit = draw(st.integers(0, 7))

    def flip(body: bytes) -> bytes:
        return body[:at] + bytes([body[at] ^ 1 << bit]) + body[at + 1 :] if at < len(body) else body

    cut = kind == "cut"
    return Mutation(
        f"body: {kind} at {at}",
        lambda answer: replace(answer, body=answer.body[:at] if cut else flip(answer.body)),
    )


NUMBERS = (
    b"-1",
    b"0",
    b"1",
    b"1e300",
    b"NaN",
    b"inf",
    b"1764360000000",
    b"99999999999",
    b"abc",
    b"",
    b"1, 1",
)
DATES = (
    b"Fri, 31 Dec 9999 23:59:59 GMT",
    b"Mon, 01 Jan 0001 00:00:00 -0000",
    b"yesterday",
    b"0",
    EVIL.encode(),
)
HEADERS: dict[bytes, tuple[bytes, ...]] = {
    b"X-RateLimit-Limit": NUMBERS,
    b"X-RateLimit-Remaining": NUMBERS,
    b"X-RateLimit-Reset": NUMBERS,
    b"Retry-After": (*NUMBERS, *DATES),
    b"Date": DATES,
    b"Content-Type": (b"", b"text/html", b"application/json; charset=utf-16", b"\xff", b"x" * 60_000),
    b"Content-Length": (b"-1", b"0", b"5", b"99999999", b"9" * 30, b"abc", b"1e3", b"5, 6"),
    b"Content-Encoding": (b"gzip", b"br", b"deflate", b"zstd", b"gzip, gzip", b"nonsense", b"identity"),
    b"Transfer-Encoding": (b"chunked", b"gzip, chunked", b"nonsense", b"identity"),
    b"Location": (b"http://127.0.0.1:9/v1/company", b"//accounts.example/", b""),
    b"Set-Cookie": (b"a=b; Domain=127.0.0.1", b"x" * 60_000),
    b"Connection": (b"close", b"keep-alive", b"upgrade", b""),
    b"": (b"x",),
    b"X\x00": (b"\x00",),
}
RAW = (b"", b"\x00", b"HTTP/1.1", b"HTTP/0.9 200", b"SSH-2.0-x\r\n", b"\r\n\r\n", b"HTTP/1.1 -1 x\r\n\r\n")
HTTP = ("header", "header", "header", "status", "error", "packed", "chunked", "line")
CHUNKS = (b"-5", b"-0x1", b"fffffffff", b"size", b"", b"1_0", b" 5", b"5;" + b"x" * 1000)


@st.composite
def of_http(draw: st.DrawFn, answer: Answer) -> Mutation:  # noqa: ARG001 - any answer will do
    """Change the status, a header, the packing or the framing."""
    kind = draw(st.sampled_from(HTTP))
    if kind == "header":
        name = draw(st.sampled_from(sorted(HEADERS)))
        value = draw(st.sampled_from(HEADERS[name]))
        twice = draw(st.booleans())
        added = ((name, value), (name, b"2")) if twice else ((name, value),)
        value = value.replace(b"\r\n", b" ")
        return Mutation(f"{name!r}: {value[:30]!r}{' twice' * twice}", lambda answer: answer.having(*added))
    if kind in {"status", "error"}:
        status = draw(st.sampled_from([100, 101, 201, 204, 206, 301, 302, 304, 307, 400, 401, 403, 404, 409]))
        status = draw(st.sampled_from([status, 418, 422, 429, 500, 502, 503, 504, 599, 600, 999]))
        message = draw(st.sampled_from([EVIL, "x" * 300_000, 5, None, [EVIL], ""]))
        body = json.dumps({"error": {"code": EVIL, "message": message}}).encode()
        return Mutation(
            f"status {status}, {kind}",
            lambda answer: replace(
                answer, status=b"HTTP/1.1 %d Odd" % status, body=body if kind == "error" else answer.body
            ),
        )
    if kind == "packed":
        how = draw(st.sampled_from(["well", "cut", "twice", "garbage", "bomb"]))
        return Mutation(f"gzip: {how}", lambda answer: _packed(answer, how))
    if kind == "chunked":
        size = draw(st.sampled_from(CHUNKS))
        return Mutation(
            f"chunk of {size[:20]!r}",
            lambda answer: replace(
                answer.having((b"Transfer-Encoding", b"chunked")),
                body=size + b"\r\n" + answer.body + b"\r\n0\r\n\r\n",
            ),
        )
    raw = draw(st.sampled_from(RAW))
    return Mutation(f"sends {raw!r}", lambda answer: replace(answer, raw=raw))


def _packed(answer: Answer, how: str) -> Answer:
    packed = gzip.compress(answer.body)
    body = {
        "well": packed,
        "cut": packed[: len(packed) // 2],
        "twice": gzip.compress(packed),
        "garbage": packed[:10] + b"x" * len(packed),
        "bomb": gzip.compress(b" " * 80_000_000, 1),
    }[how]
    return replace(answer.having((b"Content-Encoding", b"gzip")), body=body)


def mutations(answer: Answer) -> st.SearchStrategy[Mutation]:
    """Return all that may be changed of an answer."""
    return st.one_of(of_json(answer), of_json(answer), of_bytes(answer), of_http(answer))


SENTENCES = (
    r"AccBooks could not be reached for GET \S+ \(.+\)\. Check the network and .+, then run again\.",
    r"AccBooks answered GET \S+ with .+\.",
    r"AccBooks answered GET company without the company's id\.",
    r"AccBooks rejected the API key \(401.*",
    r"The API key lacks the permission '\w+' .+",
    r"AccBooks answered GET \S+ 20 times with 429 .+",
    r"AccBooks' daily request limit for this key is used up\..*",
    r"The pages of \w+ \(.+\) did not agree with each other in 3 readings: .+",
    r"This run reached its time limit\..*",
)
"""All that may be said of an answer that cannot be used."""
