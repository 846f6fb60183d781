"""`accbooks init`: ask for the configuration, write it, and check it."""

from __future__ import annotations

import os
from pathlib import Path

from accbooks_warehouse.pipelines.commands.check import print_check
from accbooks_warehouse.pipelines.configuration import DEFAULT_COMPANY, Company, prepare_dlt, settings_of
from accbooks_warehouse.pipelines.exit_status import ExitStatus
from accbooks_warehouse.pipelines.files import write_templates
from accbooks_warehouse.pipelines.output.console import print_text
from accbooks_warehouse.pipelines.setup.config_values import DUCKDB, ExistingSettings, SetupOptions
from accbooks_warehouse.pipelines.setup.from_environment import (
    ADDRESS,
    KEY,
    KEYS,
    SECRET,
    SECRETS,
    settings_from_environment,
)
from accbooks_warehouse.pipelines.setup.prompts import prompt_for_settings
from accbooks_warehouse.pipelines.setup.questions import require_terminal
from accbooks_warehouse.pipelines.setup.toml_files import SettingsFile, is_seen_by_git, settings_folder, write
from accbooks_warehouse.pipelines.setup.webhook_secrets import secret_of
from rich.console import Console

HEADING = "# Written by 'accbooks init'. docs/configuration.md describes every setting.\n"
SECRETS_HEADING = "# Written by 'accbooks init'. Only you can read it. Keep it out of git.\n"


def run_init(console: Console, options: SetupOptions, *, asks: bool) -> ExitStatus:
    """Collect all settings, write the configuration, and check the keys."""
    prepare_dlt()
    folder = settings_folder()
    config = SettingsFile(folder / "config.toml", heading=HEADING)
    secrets = SettingsFile(folder / "secrets.toml", secret=True, heading=SECRETS_HEADING)
    before = ExistingSettings.of(config, secrets)
    if asks:
        require_terminal()
    after = (
        prompt_for_settings(console, before, options) if asks else settings_from_environment(before, options)
    )
    after.put_into(config, secrets)
    _print_written(console, write([secrets, config]))
    for warning in _warnings(secrets.path, asks=asks):
        print_text(console, warning, "yellow")
    good = not options.probes or _check(console, after)
    print_text(
        console, f"Next: accbooks sync{'' if after.destination == DUCKDB else ' --destination postgres'}"
    )
    return ExitStatus.DONE if good else ExitStatus.DIFFERENCES


def run_templates(console: Console, folder: Path) -> ExitStatus:
    """Write the templates of the CSV files that are not in the folder yet."""
    prepare_dlt()
    written, left = write_templates(folder)
    for path in written:
        print_text(console, f"Wrote {path}")
    for path in left:
        print_text(console, f"{path} exists; it was left as it is.", "yellow")
    print_text(console, "Next: replace the example rows, and name the files under [sources.accbooks.files].")
    return ExitStatus.DONE


def _print_written(console: Console, paths: list[Path]) -> None:
    if not paths:
        print_text(console, "These settings are configured already; nothing was written.")
    for path in paths:
        print_text(console, f"Wrote {path}")


def _warnings(secrets: Path, *, asks: bool) -> list[str]:
    warnings = []
    if is_seen_by_git(secrets):
        warnings.append(
            f"git does not ignore {secrets}, so a commit could publish your keys. Add it to .gitignore. If "
            f"git has it already, run: git rm --cached {secrets}"
        )
    preceding = [name for name in (KEY, KEYS, ADDRESS, SECRET, SECRETS) if asks and os.environ.get(name)]
    if preceding:
        warnings.append(f"Environment variables override these files: {' and '.join(preceding)}.")
    return warnings


def _check(console: Console, existing: ExistingSettings) -> bool:
    """Test every endpoint with every key; return whether a sync can read everything."""
    keys = existing.keys
    with_secret = {
        name or DEFAULT_COMPANY for name in keys if secret_of(existing.webhook_secrets, name, keys)
    }
    named = sorted((name or DEFAULT_COMPANY, key) for name, key in keys.items())
    good = [
        print_check(console, Company(name, settings_of(key)), has_webhook_secret=name in with_secret)
        for name, key in named
    ]
    return all(good)
