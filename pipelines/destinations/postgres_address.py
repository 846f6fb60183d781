"""Parse PostgreSQL credentials once, for dlt and for dbt."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from accbooks_warehouse.pipelines.destinations.postgres_fences import SETTING, application_name
from accbooks_warehouse.sources.accbooks import ConfigurationError
from dlt.common.configuration import configspec
from dlt.common.configuration.exceptions import ConfigurationException
from dlt.destinations.impl.postgres.configuration import PostgresCredentials

FORM = "postgresql://user:password@host:5432/database"
SPOKEN_OF_AS = {"username": "a user", "database": "a database", "host": "a host"}
OF_LIBPQ = {
    "application_name": "PGAPPNAME",
    "channel_binding": "PGCHANNELBINDING",
    "gssencmode": "PGGSSENCMODE",
    "krbsrvname": "PGKRBSRVNAME",
    "options": "PGOPTIONS",
    "passfile": "PGPASSFILE",
    "sslcert": "PGSSLCERT",
    "sslcrl": "PGSSLCRL",
    "sslkey": "PGSSLKEY",
    "ssl_min_protocol_version": "PGSSLMINPROTOCOLVERSION",
    "sslrootcert": "PGSSLROOTCERT",
    "target_session_attrs": "PGTARGETSESSIONATTRS",
}
"""Parameters of a connection string, and the environment variables in which libpq (and dbt) expects them."""


def with_password(address: str, password: str) -> str:
    """Return a connection string with the password added, unless it has one or the password is empty."""
    parts = urlsplit(address)
    if not password or parts.password or not parts.username:
        return address
    user, _, place = parts.netloc.rpartition("@")
    return parts._replace(netloc=f"{user.rstrip(':')}:{quote(password, safe='')}@{place}").geturl()


@configspec(init=False)
class LibpqCredentials(PostgresCredentials):
    """dlt's credentials, in an address whose spaces libpq can read: dlt writes them as plus signs."""

    def to_native_representation(self) -> str:
        """Return the address, with the password."""
        return readable_by_libpq(super().to_native_representation())


def readable_by_libpq(address: str) -> str:
    """Return an address whose parameters have %20 for a space, where dlt writes a plus sign."""
    place, mark, parameters = address.partition("?")
    return f"{place}{mark}{parameters.replace('+', '%20')}"


class Address:
    """A server, a database on it and a login.

    The host may be the directory of a Unix socket, written as `?host=/directory` or with its slashes as %2F.
    The password may be missing: the server may not need one, or libpq may find it in a password file.
    """

    def __init__(self, credentials: str | Mapping[str, Any]) -> None:
        """Parse the credentials; raises ConfigurationError, which never quotes them, if they are invalid."""
        try:
            found = PostgresCredentials(credentials)  # type: ignore[arg-type]
        except (ConfigurationException, ValueError) as error:
            raise ConfigurationError(
                f"destination.postgres.credentials cannot be read; write it as {FORM}."
            ) from error
        self._parameters = {name: str(value) for name, value in (found.query or {}).items()}
        found.host = unquote(self._parameters.pop("host", found.host or ""))
        found.database = unquote(found.database or "")
        missing = [words for name, words in SPOKEN_OF_AS.items() if not getattr(found, name)]
        if missing:
            raise ConfigurationError(
                f"destination.postgres.credentials does not name {' and '.join(missing)}; write it as {FORM}."
            )
        self.host, self.database, self.user = found.host, str(found.database), str(found.username)
        self._port = str(self._parameters.pop("port", found.port))
        self._password = str(found.password or "")
        self._connect_timeout = found.connect_timeout

    def of_claim(self, claim: int) -> Address:
        """Return the same address, whose connections carry the number of a claim on companies."""
        claimed = copy(self)
        options = self._parameters.get("options", "")
        options = f"{options} -c {SETTING}={claim}".strip()
        claimed._parameters = {  # noqa: SLF001 - it is one of this class
            **self._parameters,
            "application_name": application_name(claim),
            "options": options,
        }
        return claimed

    def of_dlt(self) -> PostgresCredentials:
        """Return dlt's credentials; sessions use UTC, as in DuckDB."""
        credentials = LibpqCredentials()
        credentials.update(
            {
                "host": quote(self.host, safe=":"),
                "port": int(self._port),
                "username": self.user,
                "password": self._password,
                "database": _as_dlt_writes(self.database),
                "query": self._parameters,
                "connect_timeout": self._connect_timeout,
                "session_timezone": "UTC",
            }
        )
        return credentials

    def of_dbt(self) -> Mapping[str, str]:
        """Return the variables for transforms/profiles.yml and libpq; dbt never logs DBT_ENV_SECRET_*."""
        return {
            "ACCBOOKS_POSTGRES_HOST": self.host,
            "ACCBOOKS_POSTGRES_PORT": self._port,
            "ACCBOOKS_POSTGRES_USER": self.user,
            "ACCBOOKS_POSTGRES_DATABASE": self.database,
            "ACCBOOKS_POSTGRES_SSLMODE": self._parameters.get("sslmode", "prefer"),
            "DBT_ENV_SECRET_POSTGRES_PASSWORD": self._password,
            "PGTZ": "UTC",
            "PGCONNECT_TIMEOUT": str(self._connect_timeout),
            **{
                variable: self._parameters[name]
                for name, variable in OF_LIBPQ.items()
                if name in self._parameters
            },
        }


def _as_dlt_writes(database: str) -> str:
    """Return a database's name escaped for dlt's URL.

    If SQLAlchemy is installed dlt uses its URLs, whose newer versions quote the name themselves.
    """
    trial = PostgresCredentials()
    trial.update({"host": "host", "port": 5432, "username": "user", "password": "", "database": "%"})
    quotes = "/%25" in trial.to_native_representation()
    return database if quotes else quote(database, safe="")
