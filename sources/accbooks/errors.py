"""What can go wrong while reading AccBooks, each said in one sentence a user can act on."""

from __future__ import annotations

import datetime as dt


class AccBooksError(Exception):
    """Anything that stops a read. Its text never contains the API key."""


class ConfigurationError(AccBooksError):
    """A setting is missing or cannot be right."""


class UnauthorizedError(AccBooksError):
    """AccBooks answered 401: it does not accept the key."""


class PermissionMissingError(AccBooksError):
    """AccBooks answered 403: the key lacks the permission that an endpoint needs."""

    def __init__(self, permission: str, path: str) -> None:
        self.permission = permission
        super().__init__(
            f"The API key lacks the permission '{permission}' (GET {path} was forbidden). "
            "Add it under Settings → Integrations → API → Keys."
        )


class CompanyUnknownError(AccBooksError):
    """AccBooks answered 403 to everything that would tell whose books these are, and has told it before."""

    def __init__(self, known_id: str) -> None:
        super().__init__(
            f"The API key may not read which company it belongs to any more. Nothing was read, because the "
            f"books may be others than those of {known_id}. Give the key the permission 'company' under "
            "Settings → Integrations → API → Keys."
        )


class LimitReachedError(AccBooksError):
    """A limit ended the reading, which is no failure: what is complete is kept, and a later run goes on."""


class TimeUpError(LimitReachedError):
    """The time that a run may take is up."""


class DayBudgetSpentError(LimitReachedError):
    """The daily request limit is spent; `resets_at` is epoch seconds on this machine's clock."""

    def __init__(self, message: str, resets_at: float) -> None:
        self.resets_at = resets_at
        super().__init__(message)


class BudgetClosedError(AccBooksError):
    """The request budget was closed: nothing more is to be asked of AccBooks."""


class UnreachableError(AccBooksError):
    """No answer could be had, after all retries."""


class UnexpectedAnswerError(AccBooksError):
    """The answer was not what the API promises, after all retries."""


class BeyondBoundsError(Exception):
    """An answer holds more than any company has; the text says of what."""


class NotFoundError(UnexpectedAnswerError):
    """AccBooks answered 404, and said so itself: there is no such record."""


class RefusedParameterError(UnexpectedAnswerError):
    """AccBooks answered 400: it does not take a parameter, such as a date it keeps no books of."""


class UnstableWindowError(AccBooksError):
    """The pages of a window never agreed with each other, however often they were read; `fault` says how.

    `resource` is the list, `days` are the first and the last day, None for an open end.
    """

    def __init__(
        self, message: str, fault: str, resource: str, days: tuple[dt.date | None, dt.date | None]
    ) -> None:
        super().__init__(message)
        self.fault = fault
        self.resource = resource
        self.days = days
