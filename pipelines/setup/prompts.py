"""Ask for the configuration at the terminal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import typer
from accbooks_warehouse.pipelines.configuration import check_name
from accbooks_warehouse.pipelines.destinations import DuckDB, Postgres, default_file, with_password
from accbooks_warehouse.pipelines.errors import WarehouseError
from accbooks_warehouse.pipelines.one_line import one_line
from accbooks_warehouse.pipelines.output.console import print_text
from accbooks_warehouse.pipelines.setup.config_values import (
    DUCKDB,
    EVERYTHING,
    POSTGRES,
    ExistingSettings,
    SetupOptions,
    read_destination,
    read_start_date,
)
from accbooks_warehouse.pipelines.setup.keys import Key, suggested_name, tested_key, untested_key
from accbooks_warehouse.pipelines.setup.questions import ask, confirm
from accbooks_warehouse.pipelines.setup.webhook_secrets import (
    Secrets,
    kept_secrets,
    read_secret,
    secret_of,
    with_added,
)
from accbooks_warehouse.sources.accbooks import (
    AccBooksError,
    ConfigurationError,
    UnauthorizedError,
    UnreachableError,
)
from rich.console import Console

WHERE_KEYS_ARE = "Create a key in AccBooks: Settings → Integrations → API → Keys. Your input stays hidden."
WHERE_WEBHOOKS_ARE = (
    "Create a webhook for each company in AccBooks: Settings → Integrations → API → Webhooks. docs/live.md "
    "says which address it needs. Your input stays hidden."
)
ADDRESS = "PostgreSQL address without the password, postgresql://user@host:5432/database"


def prompt_for_settings(
    console: Console, existing: ExistingSettings, options: SetupOptions
) -> ExistingSettings:
    """Ask for keys, warehouse, start date and webhook secrets.

    Existing settings are replaced only after confirmation.
    """
    return _Conversation(console, existing, options).existing()


class _Conversation:
    """Asks the questions. `_keys` are the keys so far, `_known` what AccBooks returned for them."""

    def __init__(self, console: Console, existing: ExistingSettings, options: SetupOptions) -> None:
        self._console = console
        self._held = existing
        self._wanted = options
        self._keys = dict(existing.keys)
        self._known: dict[str | None, Key] = {}

    def existing(self) -> ExistingSettings:
        print_text(self._console, WHERE_KEYS_ARE, "dim")
        if self._wanted.names:
            for name in self._wanted.names:
                self._ask_for_key_of(name)
        else:
            self._ask_for_keys()
        place = self._ask_for_place()
        start_date = self._ask_for_start_date()
        secrets = self._ask_for_webhook_secrets()
        return replace(place, keys=self._keys, start_date=start_date, webhook_secrets=secrets)

    def _ask_for_key_of(self, name: str) -> None:
        check_name(name, self._keys)
        if name in self._keys and not self._may_replace(f"{name} has a key already."):
            return
        if None in self._keys:
            self._name_the_one_key()
        self._keep(name, self._ask_for_key(f"API key of {name}"))

    def _ask_for_keys(self) -> None:
        named = ", ".join(sorted(name for name in self._keys if name))
        if named:
            print_text(self._console, f"These companies have keys already: {named}.")
        elif None not in self._keys or self._may_replace("There is an API key already."):
            self._keep(None, self._ask_for_key("API key"))
        while confirm("Add another company?"):
            if None in self._keys:
                self._name_the_one_key()
            key = self._ask_for_key("API key of the other company", self._read_other_key)
            name = ask(
                "Name of that company, for --company", self._read_name, default=suggested_name(key.company)
            )
            if name not in self._keys or self._may_replace(f"{name} has a key already."):
                self._keep(name, key)

    def _name_the_one_key(self) -> None:
        """Ask for a name for the single key: it needs one as soon as there are others."""
        key = self._known.pop(None, Key(self._keys[None]))
        of = key.company or "the first key's company"
        name = ask(f"Name of {of}, for --company", self._read_name, default=suggested_name(key.company))
        del self._keys[None]
        self._keep(name, key)

    def _read_name(self, text: str) -> str:
        return check_name(text, self._keys)

    def _keep(self, name: str | None, key: Key) -> None:
        self._keys[name], self._known[name] = key.text, key

    def _ask_for_key(self, question: str, read: Callable[[str], Key] | None = None) -> Key:
        key = ask(question, read or self._read_key, hidden=True)
        if self._wanted.probes and key.company_id:
            print_text(self._console, f"  {key.describe()}", "green")
        return key

    def _read_other_key(self, text: str) -> Key:
        """Read the key of another company; raises ConfigurationError if that company has a key already."""
        key = self._read_key(text)
        if key.company_id and key.company_id in {each.company_id for each in self._known.values()}:
            raise ConfigurationError(f"{key.company} has a key already, and needs only one.")
        return key

    def _read_key(self, text: str) -> Key:
        untested = untested_key(text)
        if not self._wanted.probes:
            return untested
        try:
            return tested_key(text)
        except UnreachableError as error:
            typer.echo(f"  {one_line(str(error))}")
            if confirm("Keep the key without testing it?"):
                return untested
            raise UnauthorizedError("Type the key again.") from None

    def _ask_for_place(self) -> ExistingSettings:
        name = self._wanted.destination or ask(
            "Database of the warehouse, duckdb (a file) or postgres",
            read_destination,
            default=self._held.destination,
        )
        if read_destination(name) == DUCKDB:
            return self._held.with_place(DUCKDB, self._ask_for_file())
        known = self._held.credentials.get(POSTGRES)
        if known and not self._may_replace(f"The warehouse is {Postgres(known).describe()}."):
            return self._held.with_place(POSTGRES, None)
        return self._held.with_place(POSTGRES, self._ask_for_address())

    def _ask_for_file(self) -> str:
        existing, options = self._held.credentials.get(DUCKDB), self._wanted.file
        if options is None:
            return ask("DuckDB file", self._read_file, default=existing or default_file())
        replaces = existing in (None, options) or self._may_replace(f"The warehouse is in {existing}.")
        return self._read_file(options) if replaces else str(existing)

    def _read_file(self, text: str) -> str:
        if self._wanted.probes:
            DuckDB(text).check_access()
        return str(Path(text))

    def _ask_for_start_date(self) -> str | None:
        existing, options = self._held.start_date, self._wanted.start_date
        if options is not None:
            start = read_start_date(options)
            replaces = existing in (None, start) or self._may_replace(f"The start date is {existing}.")
            return start if replaces else existing
        answer = ask(
            f"Start date, like 2024-04-01; {EVERYTHING} reads everything",
            lambda text: read_start_date(text) or EVERYTHING,
            default=existing or EVERYTHING,
        )
        return read_start_date(answer)

    def _ask_for_webhook_secrets(self) -> Secrets:
        kept = kept_secrets(self._held.webhook_secrets, self._held.keys, self._keys)
        if not confirm("Set up webhooks, for 'accbooks listen'?"):
            return kept
        print_text(self._console, WHERE_WEBHOOKS_ARE, "dim")
        names = self._wanted.names or sorted(self._keys, key=lambda name: name or "")
        answers = {name: self._ask_for_webhook_secret_of(name, kept) for name in names}
        return with_added(kept, {name: (answer,) for name, answer in answers.items() if answer})

    def _ask_for_webhook_secret_of(self, name: str | None, kept: Secrets) -> str:
        """Return the secret of a company's webhook, empty if there is none or the one that is set stays."""
        whose = f" of {name}" if name else ""
        is_set = secret_of(kept, name, self._keys)
        if is_set and not self._may_replace(f"The webhook secret{whose} is set already."):
            return ""
        return ask(
            f"Webhook secret{whose} (hidden; leave empty if there is none)",
            lambda text: read_secret(text, self._keys.values()),
            default="",
            hidden=True,
        )

    def _ask_for_address(self) -> str:
        while True:
            address = ask(ADDRESS, self._read_address)
            password: str = typer.prompt(
                "Password (hidden; leave empty if none is needed)",
                default="",
                hide_input=True,
                show_default=False,
            )
            address = with_password(address, password)
            try:
                if self._wanted.probes:
                    Postgres(address).check_access()
            except (AccBooksError, WarehouseError) as error:
                typer.echo(f"  {one_line(str(error))}")
                continue
            return address

    def _read_address(self, text: str) -> str:
        Postgres(text)
        return text

    def _may_replace(self, what: str) -> bool:
        return self._wanted.replaces or confirm(f"{what} Replace it?")
