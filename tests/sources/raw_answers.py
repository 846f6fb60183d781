"""Answers as bytes: as HTTP has them, and far larger than any company's books."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator

from raw_server import Reply

OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"
BODY = b'{"data": {"id": "comp_1"}}'
MEGABYTE = 2**20
LIMITS = (b"X-RateLimit-Limit: 3000", b"X-RateLimit-Remaining: 2900", b"X-RateLimit-Reset: 9")
NEARLY_TOO_LARGE = 31 * MEGABYTE
SPACES = gzip.compress(b" " * NEARLY_TOO_LARGE)
TOO_MUCH = "{}. That is too much for any company, so it was not used."
"""What is said of an answer beyond its bounds, which is not asked for again."""


def whole(body: bytes = BODY, *headers: bytes) -> bytes:
    """Return an answer with these headers and its length."""
    return OK + b"".join(h + b"\r\n" for h in headers) + b"Content-Length: %d\r\n\r\n" % len(body) + body


def chunked(*chunks: bytes) -> bytes:
    """Return the beginning of an answer in chunks, and these chunks."""
    return OK + b"Transfer-Encoding: chunked\r\n\r\n" + b"".join(chunks)


def listed(data: bytes, records: int, pages: int) -> bytes:
    """Return the body of a page of a list."""
    return b'{"data": [%s], "meta": {"total_records": %d, "total_pages": %d}}' % (data, records, pages)


def zeros(count: int) -> Reply:
    """Answer with so many noughts, as they are."""

    def reply(_: bytes) -> Iterator[bytes]:
        yield OK + b"Content-Length: %d\r\n\r\n" % count
        for _ in range(count // MEGABYTE):
            yield b"0" * MEGABYTE

    return reply


def bomb(count: int) -> bytes:
    """Return so many noughts packed: two gigabytes in two megabytes."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    piece = packer.compress(b"0" * MEGABYTE) + packer.flush(zlib.Z_FULL_FLUSH)
    packed = gzip.compress(b"")[:10] + piece * (count // MEGABYTE) + packer.flush()
    return whole(packed, b"Content-Encoding: gzip")


def in_spaces(body: bytes) -> bytes:
    """Return an answer packed, with so much white space after it that it is nearly too large."""
    return whole(gzip.compress(body) + SPACES, b"Content-Encoding: gzip", *LIMITS)


def endless(start: bytes, piece: bytes) -> Reply:
    """Answer with a beginning, and with 600 MB of the same piece."""

    def reply(_: bytes) -> Iterator[bytes]:
        yield start
        for _ in range(600 * MEGABYTE // len(piece)):
            yield piece

    return reply
