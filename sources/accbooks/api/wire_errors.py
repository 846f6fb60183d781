"""Explain why a response cannot be read. Messages quote neither addresses nor keys."""

from __future__ import annotations

import ssl
from collections.abc import Iterator

import requests
import urllib3

CERTIFICATE_FAULTS = {
    9: "is not valid yet",
    10: "has expired",
    18: "is self-signed and not trusted on this machine",
    19: "is signed by an issuer that this machine does not trust",
    20: "is signed by an issuer that this machine does not trust",
    21: "is signed by an issuer that this machine does not trust",
    23: "was revoked",
    62: "is for another host",
    64: "is for another host",
}
"""What is wrong with a certificate, by OpenSSL's error number."""
NO_TLS = frozenset(
    {
        "HTTP_REQUEST",
        "PACKET_LENGTH_TOO_LONG",
        "RECORD_LAYER_FAILURE",
        "UNKNOWN_PROTOCOL",
        "UNSUPPORTED_PROTOCOL",
        "WRONG_VERSION_NUMBER",
    }
)
"""OpenSSL's reasons for a response that is not TLS, or an unsafe version of it."""


class WireError(Exception):
    """No response can be read; the text says why, as part of a sentence."""


class BrokenError(WireError):
    """A fault that may pass: the connection broke off, or the response was not HTTP."""


class UntrustedError(WireError):
    """The server's identity could not be verified, so nothing was sent to it."""


class UnusableProxyError(WireError):
    """The environment's proxy cannot be used."""


class TooLargeError(WireError):
    """The response is larger than the limit."""


def wire_error(error: BaseException) -> WireError:
    """Return the WireError for an error of the HTTP libraries."""
    inside = list(_causes(error))
    for cause in inside:
        if isinstance(cause, WireError):
            return cause
        if isinstance(cause, ssl.SSLCertVerificationError):
            fault = CERTIFICATE_FAULTS.get(cause.verify_code, f"is not valid ({cause.verify_message})")
            return UntrustedError(f"the certificate of the server {fault}")
        if isinstance(cause, ssl.SSLError) and cause.reason in NO_TLS:
            return UntrustedError("the server at this address and port does not speak TLS")
        if isinstance(cause, ssl.SSLError) and "ALERT" in (cause.reason or ""):
            return UntrustedError(f"the server refused the TLS handshake ({cause.reason})")
        if isinstance(cause, requests.exceptions.InvalidProxyURL | requests.exceptions.InvalidSchema):
            return UnusableProxyError("the proxy in HTTPS_PROXY or ALL_PROXY cannot be used")
    return BrokenError(_reason(inside))


def _reason(inside: list[BaseException]) -> str:
    """Say what broke, by the most specific error."""
    said = " ".join(str(cause) for cause in inside)
    kinds = tuple(type(cause) for cause in inside)

    def is_any(*wanted: type[BaseException]) -> bool:
        return any(issubclass(kind, wanted) for kind in kinds)

    whys = (
        (is_any(urllib3.exceptions.ProxyError), "the proxy did not connect"),
        (is_any(urllib3.exceptions.NameResolutionError), "the host name is unknown"),
        (is_any(ConnectionRefusedError) or "refused" in said, "connection refused"),
        (is_any(urllib3.exceptions.NewConnectionError), "no connection"),
        (is_any(urllib3.exceptions.ConnectTimeoutError), "timeout while connecting"),
        (is_any(TimeoutError, urllib3.exceptions.TimeoutError), "timeout while waiting for the answer"),
        (is_any(urllib3.exceptions.DecodeError), "the answer is not valid gzip"),
    )
    return next((why for applies, why in whys if applies), "the connection broke off")


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and all errors inside it: libraries keep them as causes, as reasons and as arguments."""
    seen: set[int] = set()
    waiting: list[object] = [error]
    while waiting:
        each = waiting.pop(0)
        if isinstance(each, BaseException) and id(each) not in seen:
            seen.add(id(each))
            yield each
            waiting += [getattr(each, "reason", None), *each.args, each.__cause__, each.__context__]
