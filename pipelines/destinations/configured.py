"""A warehouse that the user configured: a named dlt destination, and a dbt profile of the user's own."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from contextlib import AbstractContextManager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import dlt
import platformdirs
from accbooks_warehouse.pipelines.destinations.base import Warehouse
from accbooks_warehouse.pipelines.destinations.locks import file_lock, lock_file
from accbooks_warehouse.pipelines.errors import WarehouseError
from accbooks_warehouse.sources.accbooks import ConfigurationError
from dlt.common.configuration.exceptions import ConfigurationException
from dlt.common.destination import Destination
from dlt.common.destination.exceptions import UnknownDestinationModule
from dlt.common.exceptions import MissingDependencyException
from dlt.destinations.exceptions import DatabaseUndefinedRelation
from dlt.destinations.sql_client import SqlClientBase

PROFILE = "accbooks"
KINDS = ("duckdb", "postgres")
"""The databases that the models support, by their names in dlt and dbt."""


class Configured(Warehouse):
    """A DuckDB or PostgreSQL database under a name that the user chose.

    Queries are plain SQL, and locks are files of this user on this machine. Raises ConfigurationError, which
    says what is missing, if dlt or dbt cannot use it.
    """

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name
        self._kind = self._factory().destination_type.rpartition(".")[2]
        if self._kind not in KINDS:
            raise ConfigurationError(
                f"The destination '{name}' is of type {self._kind}. Choose duckdb or postgres: the models "
                "run only on these."
            )
        client = self._resolved()
        self._location = str(client.credentials)
        self._quote = client.escape_column_name
        self.profiles = _profiles_of(name)

    def describe(self) -> str:
        """Return the destination's name and place."""
        return f"{self.name} ({self._location})"

    def exists(self) -> bool:
        """Return True: only connecting can tell whether it exists."""
        return True

    def dbt_environment(self) -> Mapping[str, str]:
        """Return nothing: the user's own profile is complete."""
        return {}

    def release(self) -> None:
        """Do nothing: dbt closes its connections itself."""

    def lock(self, name: str, *, wait: bool = False) -> AbstractContextManager[None]:
        """Lock a file in the user's folder for state: other users and machines do not see it."""
        digest = hashlib.blake2b(self.describe().encode(), digest_size=8).hexdigest()
        folder = platformdirs.user_state_path("accbooks") / "locks" / digest
        folder.mkdir(parents=True, exist_ok=True)
        return file_lock(lock_file(folder, name), name, wait=wait)

    def destination(self, staging_layout: str, *, loading: bool) -> Destination[Any, Any]:  # noqa: ARG002 - no limits are known
        """Return dlt's destination of that name, as configured; into PostgreSQL it loads as ours does."""
        if self._kind == "postgres":
            from accbooks_warehouse.pipelines.destinations.postgres_adbc import PostgresDestination  # noqa: PLC0415 - its drivers are an extra

            return PostgresDestination(destination_name=self.name, staging_dataset_name_layout=staging_layout)
        return self._factory(staging_dataset_name_layout=staging_layout)

    def quoted(self, column: str) -> str:
        """Return a column's name in this database's quotes and case."""
        return self._quote(column)

    def has_table(self, schema: str, name: str) -> bool:
        """Tell whether there is a table or view of that name, by selecting no rows: catalogs differ."""
        try:
            self.query(f"select 1 from {self.qualified(schema)}.{name} where 1 = 0")
        except WarehouseError as error:
            if isinstance(error.__cause__, DatabaseUndefinedRelation):
                return False
            raise
        return True

    def _factory(self, **settings: Any) -> Destination[Any, Any]:
        try:
            factory = Destination.from_reference(self.name, **settings)
        except UnknownDestinationModule:
            raise ConfigurationError(
                f"There is no destination '{self.name}'. Choose duckdb, postgres or lakehouse, or set "
                f"destination.{self.name}.destination_type to duckdb or postgres."
            ) from None
        assert factory is not None  # noqa: S101 - only a name that is None has none
        return factory

    def _resolved(self) -> SqlClientBase[Any]:
        """Return a client that is not connected yet."""
        try:
            return self._new_client()
        except ConfigurationException as error:
            raise ConfigurationError(
                f"dlt's destination '{self.name}' is not configured. Set destination.{self.name}.credentials "
                f"in .dlt/secrets.toml, as dlt's documentation of it says. {str(error).splitlines()[0]}"
            ) from error
        except (MissingDependencyException, ImportError) as error:
            raise ConfigurationError(
                f"dlt's destination '{self.name}' needs packages that are not installed: "
                f"pip install 'dlt[{self.name}]'."
            ) from error


def _profiles_of(name: str) -> Path:
    """Return the folder of the user's profiles.yml; raises ConfigurationError if it cannot be used."""
    configured = dlt.config.get("transforms.profiles_dir", str)
    if not configured:
        raise ConfigurationError(
            f"dbt does not know '{name}'. Write a profiles.yml with a profile {PROFILE} and a target {name}, "
            "and set transforms.profiles_dir in .dlt/config.toml to its folder."
        )
    folder = Path(configured).absolute()
    kind = _adapter_of(folder, name)
    if kind not in KINDS:
        raise ConfigurationError(
            f"The target {name} in {folder / 'profiles.yml'} is of type {kind}. Choose duckdb or postgres: "
            "the models run only on these."
        )
    if find_spec(f"dbt.adapters.{kind}") is None:
        raise ConfigurationError(
            f"dbt's adapter for {kind} is not installed: pip install 'dbt-{kind}', in a version for dbt 1.11."
        )
    return folder


def _adapter_of(folder: Path, name: str) -> str:
    """Return the name of the dbt adapter that the user's target needs."""
    from dbt.config.profile import read_profile  # noqa: PLC0415 - a second of imports that few commands need
    from dbt.exceptions import DbtProfileError  # noqa: PLC0415

    try:
        return str(read_profile(str(folder))[PROFILE]["outputs"][name]["type"])
    except (DbtProfileError, KeyError, TypeError):
        raise ConfigurationError(
            f"{folder / 'profiles.yml'} has no profile {PROFILE} with a target {name} and its type; "
            "dbt needs one."
        ) from None
