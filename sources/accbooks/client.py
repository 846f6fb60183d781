"""One GET against AccBooks: authorised, within budget, retried where that helps, refused in clear words."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from urllib.parse import urlencode

import requests
from dlt.sources.helpers.rest_client.auth import BearerTokenAuth
from requests.adapters import HTTPAdapter
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    stop_after_attempt,
    wait_random_exponential,
)

from sources.accbooks.budget import MOST_IN_FLIGHT, RateBudget
from sources.accbooks.errors import (
    AccBooksError,
    NotFoundError,
    PermissionMissingError,
    RefusedParameterError,
    UnauthorizedError,
    UnexpectedAnswerError,
    UnreachableError,
)
from sources.accbooks.json_text import json_object
from sources.accbooks.settings import Settings

logger = logging.getLogger(__name__)

ATTEMPTS = 5
REFUSALS = 20
"""How many 429 answers in a row one request may collect: another program is spending the key."""
CONNECT_AND_READ_SECONDS = (10.0, 60.0)
FIRST_BACK_OFF_SECONDS = 0.5
LONGEST_BACK_OFF_SECONDS = 20.0
STATUS_REFUSED = 429

Params = Mapping[str, str | int]
T = TypeVar("T")


class _RetryableError(Exception):
    """A fault that may pass; `final` is what the user is told if it does not."""

    def __init__(self, final: AccBooksError) -> None:
        self.final = final
        super().__init__(str(final))


class _BudgetAdapter(HTTPAdapter):
    """Takes every request, retries included, out of the key's budget."""

    def __init__(self, budget: RateBudget) -> None:
        self._budget = budget
        super().__init__(pool_maxsize=MOST_IN_FLIGHT)

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        self._budget.acquire()
        sent = time.perf_counter()
        try:
            response = super().send(request, *args, **kwargs)
        except BaseException:
            self._budget.release(None)
            raise
        try:
            _ = response.content  # reads the body: it takes its time like the headers
        finally:
            latency = time.perf_counter() - sent
            refused = response.status_code == STATUS_REFUSED
            self._budget.release(response.headers, latency=latency, refused=refused)
        return response


class Client:
    """Reads JSON from AccBooks with one key and one budget; safe to share between threads.

    Amounts arrive as decimals: no number of the API ever becomes a binary float. What all requests have in
    common, the environment's proxies and certificates among it, is prepared once; redirects are not followed.
    """

    def __init__(self, settings: Settings, budget: RateBudget | None = None) -> None:
        self.budget = budget or RateBudget()
        self._key = settings.api_key
        self._base_url = settings.base_url.rstrip("/")
        with requests.Session() as session:
            self._options = session.merge_environment_settings(self._base_url, {}, False, None, None)
            request = requests.Request("GET", self._base_url, auth=BearerTokenAuth(token=settings.api_key))
            request.headers["Accept"] = "application/json"
            self._request = session.prepare_request(request)
        self._adapter = _BudgetAdapter(self.budget)
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

        `decode` raises ValueError with what the body is instead of what it should be. Connection faults,
        such bodies, 5xx and 429 are tried again with jittered back-off. Raises UnauthorizedError (401),
        PermissionMissingError (403), DayBudgetSpentError, UnreachableError and UnexpectedAnswerError (all
        else that is not the promised answer).
        """
        name = request_name(path, params)
        try:
            return self._retrying(lambda: self._decoded(self._answer(path, params, permission), name, decode))
        except _RetryableError as error:
            raise error.final from error

    def _answer(self, path: str, params: Params, permission: str) -> requests.Response:
        name = request_name(path, params)
        response = self._send(path, dict(params), name)
        status = response.status_code
        if status == requests.codes.ok:
            return response
        said = self._redact(_message(response))
        if status == requests.codes.unauthorized:
            raise UnauthorizedError(
                f"AccBooks does not accept the API key (401{said}). Create a new key under Settings → "
                "Integrations → API → Keys and put it into .dlt/secrets.toml."
            )
        if status == requests.codes.forbidden:
            raise PermissionMissingError(permission or path.partition("/")[0], path)
        if status == STATUS_REFUSED:
            raise UnreachableError(
                f"AccBooks refused {name} {REFUSALS} times with 429: other programs are spending this key's "
                "requests as fast as they come. Run again when they are done."
            )
        if status >= requests.codes.internal_server_error:
            raise _RetryableError(
                UnreachableError(f"AccBooks answered {name} with {status}{said}, {ATTEMPTS} times.")
            )
        kind = UnexpectedAnswerError
        if status == requests.codes.bad_request:
            kind = RefusedParameterError
        elif status == requests.codes.not_found and said:  # without words it may be somebody else's
            kind = NotFoundError
        raise kind(f"AccBooks answered {name} with {status}{said}.")

    def _send(self, path: str, params: dict[str, Any], name: str) -> requests.Response:
        """Send once, and again after each 429: the budget makes the next try wait for Reset."""
        try:
            for _ in range(REFUSALS):
                request = self._request.copy()
                request.url = f"{self._base_url}/{path}{'?' if params else ''}{urlencode(params)}"
                response = self._adapter.send(request, timeout=CONNECT_AND_READ_SECONDS, **self._options)
                if response.status_code != STATUS_REFUSED:
                    break
                logger.info("AccBooks refused %s: over the rate limit, waiting for Reset.", name)
        except requests.exceptions.SSLError as error:
            raise UnreachableError(
                f"The certificate of the AccBooks server could not be verified for {name}: "
                f"{self._redact(str(error))}"
            ) from error
        except requests.exceptions.RequestException as error:
            raise _RetryableError(
                UnreachableError(
                    f"AccBooks could not be reached for {name} ({_reason(error)}). Check the network and "
                    "sources.accbooks.base_url, then run again."
                )
            ) from error
        return response

    def _decoded(self, response: requests.Response, name: str, decode: Callable[[bytes], T]) -> T:
        try:
            return decode(response.content)
        except ValueError as error:
            kind = response.headers.get("Content-Type", "no content type")
            raise _RetryableError(
                UnexpectedAnswerError(f"AccBooks answered {name} with {error} ({kind}).")
            ) from error

    def _redact(self, text: str) -> str:
        return text.replace(self._key, "***")


def request_name(path: str, params: Params) -> str:
    """Name a request for a message: the path and its parameters, never a header."""
    query = "&".join(f"{key}={value}" for key, value in params.items())
    return f"GET {path}?{query}" if query else f"GET {path}"


def _message(response: requests.Response) -> str:
    """Return AccBooks' own error message as ', message', or nothing if there is none."""
    try:
        message = response.json()["error"]["message"]
    except (ValueError, LookupError, TypeError):
        return ""
    return f", {message}" if isinstance(message, str) else ""


def _reason(error: requests.exceptions.RequestException) -> str:
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return "no connection in time"
    if isinstance(error, requests.exceptions.Timeout):
        return "no answer in time"
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return "the connection broke off"
    if "NameResolution" in str(error):
        return "the host name is unknown"
    if "refused" in str(error):
        return "connection refused"
    return "no connection"


def _log_retry(state: RetryCallState) -> None:
    error = state.outcome.exception() if state.outcome else None
    sleep = state.next_action.sleep if state.next_action else 0.0
    logger.warning("%s Trying again in %.1f s.", error, sleep)
