"""The files of a lakehouse: a folder, or a bucket of an object store, with a folder for each Delta table."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlparse

import pyarrow as pa
from accbooks_warehouse.sources.accbooks import ConfigurationError
from dlt.common.configuration.exceptions import ConfigurationException

if TYPE_CHECKING:
    from deltalake import DeltaTable

NAME = "lakehouse"
LOG = "_delta_log"
COMMIT = re.compile(r"/\d{20}\.(json|checkpoint\b.*)$")
PARTITION = "company_id"
"""The column that tables are partitioned by: no file has rows of two companies, so that loads of different
companies never write the same file."""
PLAIN = re.compile(r"[\w.\-/]+", re.ASCII)
"""Paths that are the same in a URL: Sail takes `%20` for the name of a folder."""


def columns_of(**kinds: pa.DataType) -> pa.Schema:
    """Return the Arrow schema of columns, by name."""
    return pa.schema(list(kinds.items()))


class Lake:
    """The files at a URL, or in a local folder. Paths are of its file system, locations are URLs."""

    def __init__(self, bucket_url: str) -> None:
        scheme = urlparse(bucket_url).scheme
        self.is_local = len(scheme) <= 1 or scheme == "file"  # one letter is a drive
        if self.is_local:
            self.folder = Path(bucket_url.removeprefix("file://")).absolute()
            self.url = self.folder.as_uri()
            if not PLAIN.fullmatch(str(self.folder)):
                raise ConfigurationError(
                    f"The engine cannot read Delta tables in '{self.folder}'. Set "
                    f"destination.{NAME}.bucket_url to a path of letters (a-z), digits and . _ - alone."
                )
        else:
            self.url = bucket_url.rstrip("/")

    @cached_property
    def _configuration(self) -> Any:
        """Return dlt's configuration of the place; raises ConfigurationError if it is not complete."""
        try:
            from accbooks_warehouse.pipelines.destinations.delta_destination import (  # noqa: PLC0415 - takes a while
                DeltaDestination,
            )
            from dlt.destinations.impl.filesystem.configuration import (  # noqa: PLC0415
                FilesystemDestinationClientConfiguration,
            )

            place = DeltaDestination(bucket_url=self.url, destination_name=NAME)
            return place.configuration(FilesystemDestinationClientConfiguration()._bind_dataset_name("any"))  # noqa: SLF001 - dlt's own way
        except ConfigurationException as error:
            raise ConfigurationError(
                f"dlt's destination '{NAME}' is not configured. Set destination.{NAME}.credentials in "
                f".dlt/secrets.toml, as dlt's documentation of filesystem says. {str(error).splitlines()[0]}"
            ) from error

    @cached_property
    def _files(self) -> tuple[Any, str]:
        from dlt.common.storages import fsspec_from_config  # noqa: PLC0415 - takes a while

        files, path = fsspec_from_config(self._configuration)
        return files, str(self.folder) if self.is_local else path

    @cached_property
    def storage_options(self) -> dict[str, str]:
        """Return what the library of Delta needs to open files."""
        from dlt.common.libs.deltalake import deltalake_storage_options  # noqa: PLC0415 - an extra

        configuration = self._configuration
        return deltalake_storage_options(configuration.credentials, configuration.deltalake_storage_options)

    @property
    def environment(self) -> Mapping[str, str]:
        """Return the variables that let the engine open files."""
        if self.is_local:
            return {}
        names = {"region": "AWS_REGION", "endpoint_url": "AWS_ENDPOINT"}
        found = {names.get(key, key.upper()): str(value) for key, value in self.storage_options.items()}
        if found.get("AWS_ENDPOINT", "").startswith("http://"):
            found["AWS_ALLOW_HTTP"] = "true"
        return found

    def location(self, schema: str, table: str) -> str:
        """Return the URL of a table."""
        return f"{self.url}/{schema}/{table}"

    def _path(self, *parts: str) -> str:
        _, path = self._files
        return posixpath.join(path, *parts)

    def exists(self) -> bool:
        """Tell whether there is anything."""
        if self.is_local:
            return self.folder.is_dir()
        files, path = self._files
        return bool(files.exists(path))

    def create(self) -> None:
        """Make the folder, if there is none."""
        if self.is_local:
            self.folder.mkdir(parents=True, exist_ok=True)

    def tables(self, schema: str) -> list[str]:
        """Return the names of a schema's tables."""
        files, _ = self._files
        files.invalidate_cache()
        folder = self._path(schema)
        if not files.isdir(folder):
            return []
        names = sorted(posixpath.basename(each.rstrip("/")) for each in files.ls(folder, detail=False))
        return [name for name in names if self._is_table(schema, name)]

    def has_table(self, schema: str, table: str) -> bool:
        """Tell whether there is a table."""
        files, _ = self._files
        files.invalidate_cache()
        return self._is_table(schema, table)

    def _is_table(self, schema: str, name: str) -> bool:
        """Tell whether a folder has a commit: a run that was cut off may have made the folder alone."""
        files, _ = self._files
        log = self._path(schema, name, LOG)
        return bool(files.isdir(log)) and any(COMMIT.search(each) for each in files.ls(log, detail=False))

    def open(self, schema: str, table: str) -> DeltaTable:
        """Return a table as it is now."""
        from deltalake import DeltaTable  # noqa: PLC0415 - an extra

        return DeltaTable(self.location(schema, table), storage_options=self.storage_options)

    def create_table(self, schema: str, table: str, columns: Mapping[str, str]) -> None:
        """Make an empty table, unless there is one; `columns` maps names to Delta's types."""
        from deltalake import DeltaTable, Field, Schema  # noqa: PLC0415 - an extra
        from deltalake.exceptions import CommitFailedError  # noqa: PLC0415 - an extra
        from deltalake.schema import PrimitiveType  # noqa: PLC0415 - an extra

        self.create()
        fields = [Field(name, PrimitiveType(kind.replace(" ", ""))) for name, kind in columns.items()]
        try:
            DeltaTable.create(
                self.location(schema, table),
                Schema(fields),
                mode="ignore",
                storage_options=self.storage_options,
            )
        except CommitFailedError:
            if not self.has_table(schema, table):  # else another process was faster
                raise

    def read_text(self, *parts: str) -> str | None:
        """Return what is in a file; None if there is none."""
        files, _ = self._files
        files.invalidate_cache()
        path = self._path(*parts)
        if not files.exists(path):
            return None
        with files.open(path, "r", encoding="utf-8") as file:
            return str(file.read())

    def write_text(self, text: str, *parts: str) -> None:
        """Replace a file; readers see all of the old one or all of the new one."""
        files, _ = self._files
        path = self._path(*parts)
        if self.is_local:
            new = f"{path}.new"
            files.makedirs(posixpath.dirname(path), exist_ok=True)
            Path(new).write_text(text, encoding="utf-8")
            Path(new).replace(path)
        else:
            with files.open(path, "w", encoding="utf-8") as file:
                file.write(text)

    def size(self, schemas: tuple[str, ...]) -> int:
        """Return the bytes of all files of these schemas."""
        files, _ = self._files
        files.invalidate_cache()
        folders = [folder for folder in map(self._path, schemas) if files.isdir(folder)]
        return sum(
            int(each["size"]) for folder in folders for each in files.find(folder, detail=True).values()
        )
