"""Send GET requests to AccBooks: authorised, within budget, with retries, and with clear errors."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlencode

import requests
from dlt.sources.helpers.rest_client.auth import BearerTokenAuth
from requests.structures import CaseInsensitiveDict
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    stop_after_attempt,
    wait_random_exponential,
)

from ..errors import (
    AccBooksError,
    BeyondBoundsError,
    NotFoundError,
    PermissionMissingError,
    RefusedParameterError,
    UnauthorizedError,
    UnexpectedAnswerError,
    UnreachableError,
)
from ..json_text import json_object, parse_json
from ..settings import Settings
from .budget import MOST_IN_FLIGHT, RateBudget
from .large_answers import LARGE_BYTES, LargeAnswerTurn
from .wire import Answer, Wire
from .wire_errors import BrokenError, TooLargeError, WireError

logger = logging.getLogger(__name__)

REDACTED = "***"
USER_AGENT = "accbooks-warehouse"
ATTEMPTS = 5
REFUSALS = 20
"""The most 429 responses in a row for one request; more mean that other programs use up the key."""
FIRST_BACK_OFF_SECONDS = 0.5
LONGEST_BACK_OFF_SECONDS = 20.0
STATUS_REFUSED = 429
MOST_VALUES = 1_000_000
"""The most JSON values in a response: each takes some hundred bytes of memory but may be two bytes long."""

Params = Mapping[str, str | int]
T = TypeVar("T")


@dataclass(frozen=True)
class ApiRequest:
    """A path, its parameters, and the permission that a key needs for it; its text is for messages."""

    path: str
    params: Params
    permission: str = ""

    def __str__(self) -> str:
        query = "&".join(f"{key}={value}" for key, value in self.params.items())
        return f"GET {self.path}?{query}" if query else f"GET {self.path}"


class _RetryableError(Exception):
    """A fault that may pass; `final` is the error to raise if it does not."""

    def __init__(self, final: AccBooksError) -> None:
        self.final = final
        super().__init__(str(final))


class Client:
    """Reads JSON from AccBooks with one key and one budget; safe to share between threads.

    Amounts are parsed as decimals, never as binary floats. What all requests share, such as proxies and
    certificates, is prepared once. Redirects are not followed.
    """

    def __init__(self, settings: Settings, budget: RateBudget | None = None) -> None:
        self.budget = budget or RateBudget()
        self._key = settings.api_key
        self._base_url = settings.base_url.rstrip("/")
        request = requests.Request("GET", self._base_url, auth=BearerTokenAuth(token=settings.api_key))
        request.headers |= {"Accept": "application/json", "Accept-Encoding": "gzip", "User-Agent": USER_AGENT}
        self._prepared = request.prepare()
        self._wire = Wire(self._base_url, connections=MOST_IN_FLIGHT)
        self._retrying = Retrying(
            retry=retry_if_exception_type(_RetryableError),
            stop=stop_after_attempt(ATTEMPTS),
            wait=wait_random_exponential(multiplier=FIRST_BACK_OFF_SECONDS, max=LONGEST_BACK_OFF_SECONDS),
            before_sleep=_log_retry,
            reraise=True,
        )

    def get(self, path: str, params: Params | None = None, *, permission: str = "") -> dict[str, Any]:
        """Return the JSON object that `GET path` answers with; raises what `get_as` does."""
        return self.get_as(json_object, path, params or {}, permission=permission)

    def get_as(self, decode: Callable[[bytes], T], path: str, params: Params, *, permission: str = "") -> T:
        """Return what `GET path` answers with, as `decode` reads it.

        `decode` raises ValueError, which says what the body is instead. Connection faults, such bodies, 5xx
        and 429 are retried with jittered back-off. Raises UnauthorizedError (401), PermissionMissingError
        (403), DayBudgetSpentError, UnreachableError, and UnexpectedAnswerError for any other answer that is
        not the documented one.
        """
        request = ApiRequest(path, params, permission)
        try:
            return self._retrying(lambda: self._read(decode, request))
        except _RetryableError as error:
            raise error.final from error

    def hang_up(self) -> None:
        """Close idle connections; a later request opens another."""
        self._wire.hang_up()

    def _read(self, decode: Callable[[bytes], T], request: ApiRequest) -> T:
        with LargeAnswerTurn() as turn:
            answer = self._send(request, turn)
            if answer.status != requests.codes.ok:
                raise _error_of(answer, request)
            return _decoded(answer, request, decode)

    def _send(self, request: ApiRequest, turn: LargeAnswerTurn) -> Answer:
        """Send a request, and again after each 429; the budget makes the next attempt wait for Reset."""
        prepared = self._prepared.copy()
        query = urlencode(request.params)
        prepared.url = f"{self._base_url}/{request.path}{'?' if query else ''}{query}"
        try:
            for _ in range(REFUSALS):
                turn.end()
                answer = self._send_within_budget(prepared, turn)
                if answer.status != STATUS_REFUSED:
                    break
                logger.info(
                    "AccBooks answered %s with 429 (rate limit). Waiting for the next minute.", request
                )
        except TooLargeError as error:
            raise UnexpectedAnswerError(beyond_bounds(request, error)) from error
        except WireError as error:
            unreachable = UnreachableError(
                f"AccBooks could not be reached for {request} ({error}). Check the network and "
                "sources.accbooks.base_url, then run again."
            )
            raise _RetryableError(unreachable) if isinstance(error, BrokenError) else unreachable from error
        return answer

    def _send_within_budget(self, request: requests.PreparedRequest, turn: LargeAnswerTurn) -> Answer:
        """Acquire a request from the key's budget, send it, and report the response to the budget."""
        self.budget.acquire()
        sent = time.perf_counter()
        try:
            answer = self._redacted(self._wire.exchange(request, turn))
        except BaseException:
            self.budget.release(None)
            raise
        latency = time.perf_counter() - sent
        self.budget.release(answer.headers, latency=latency, refused=answer.status == STATUS_REFUSED)
        return answer

    def _redacted(self, answer: Answer) -> Answer:
        """Return a response with the key removed, if the server repeated it: it may be stored or printed."""
        body, key = answer.body, self._key.encode()
        headers = {name: value.replace(self._key, REDACTED) for name, value in answer.headers.items()}
        return Answer(
            answer.status,
            CaseInsensitiveDict(headers),
            body.replace(key, REDACTED.encode()) if key in body else body,
        )


def _error_of(answer: Answer, request: ApiRequest) -> AccBooksError | _RetryableError:
    """Return the error that a response other than 200 stands for."""
    status, said = answer.status, _message(answer)
    if status == requests.codes.unauthorized:
        return UnauthorizedError(
            f"AccBooks rejected the API key (401{said}). Create a new key under Settings → "
            "Integrations → API → Keys and put it into .dlt/secrets.toml."
        )
    if status == requests.codes.forbidden:
        return PermissionMissingError(request.permission or request.path.partition("/")[0], request.path)
    if status == STATUS_REFUSED:
        return UnreachableError(
            f"AccBooks answered {request} {REFUSALS} times with 429 (rate limit): other programs use all "
            "requests of this key. Run again when they have ended."
        )
    if status >= requests.codes.internal_server_error:
        return _RetryableError(
            UnreachableError(f"AccBooks answered {request} with {status}{said}, {ATTEMPTS} times.")
        )
    kind = UnexpectedAnswerError
    if status == requests.codes.bad_request:
        kind = RefusedParameterError
    elif status == requests.codes.not_found and said:  # without words it may be somebody else's
        kind = NotFoundError
    return kind(f"AccBooks answered {request} with {status}{said}.")


def _decoded(answer: Answer, request: ApiRequest, decode: Callable[[bytes], T]) -> T:
    """Decode a response. One with too many values is not requested again."""
    try:
        _check_values(answer.body)
        return decode(answer.body)
    except BeyondBoundsError as error:
        raise UnexpectedAnswerError(beyond_bounds(request, error)) from error
    except ValueError as error:
        kind = answer.headers.get("Content-Type", "no content type")
        raise _RetryableError(
            UnexpectedAnswerError(f"AccBooks answered {request} with {error} ({kind}).")
        ) from error


def _message(answer: Answer) -> str:
    """Return AccBooks' error message as ', message', or an empty text if there is none."""
    if len(answer.body) > LARGE_BYTES:
        return ""
    try:
        message = parse_json(answer.body)["error"]["message"]
    except (ValueError, LookupError, TypeError, RecursionError):
        return ""
    return f", {message}" if isinstance(message, str) else ""


def _check_values(body: bytes) -> None:
    """Raise BeyondBoundsError if a JSON text may have too many values; counts separators without parsing."""
    if sum(map(body.count, (b",", b"[", b"{"))) > MOST_VALUES:
        raise BeyondBoundsError(f"more than {MOST_VALUES:,} values")


def beyond_bounds(request: object, what: object) -> str:
    """Say that a response was too large for any company."""
    return f"AccBooks answered {request} with {what}. That is too much for any company, so it was not used."


def _log_retry(state: RetryCallState) -> None:
    error = state.outcome.exception() if state.outcome else None
    sleep = state.next_action.sleep if state.next_action else 0.0
    logger.warning("%s Trying again in %.1f s.", error, sleep)
