"""The secrets of webhooks among the settings: whose they are, and what may be one."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from accbooks_warehouse.pipelines.one_line import one_line
from accbooks_warehouse.pipelines.setup.toml_files import SettingsFile
from accbooks_warehouse.sources.accbooks import ConfigurationError

Names = Mapping[str | None, str]
"""Keys by company name, None for the single key without a name."""
Secrets = dict[str | None, tuple[str, ...]]
"""Webhook secrets by company name, None for the single one; a company has several while one is rotated."""

SECTION = ("sources", "accbooks")


def stored_secrets(file: SettingsFile) -> Secrets:
    """Return the secrets in a file; a value that cannot be one is left out."""
    named = file.get(*SECTION, "webhook_secrets")
    found: dict[str | None, Any] = {None: file.get(*SECTION, "webhook_secret")}
    found |= named if isinstance(named, dict) else {}
    read = {name: _texts(value) for name, value in found.items()}
    return {name: texts for name, texts in read.items() if texts}


def put_secrets(file: SettingsFile, before: Secrets, after: Secrets) -> None:
    """Change the secrets in a file that differ."""
    for name in before.keys() - after.keys():
        file.drop(*_setting(name))
    for name, texts in after.items():
        if before.get(name) != texts:
            file.set(texts[0] if len(texts) == 1 else list(texts), *_setting(name))


def secret_of(by_name: Secrets, name: str | None, names: Collection[str | None]) -> tuple[str, ...]:
    """Return a company's secrets; the single one is that of the only company."""
    return by_name.get(name) or (by_name.get(None, ()) if len(names) == 1 else ())


def kept_secrets(secrets: Secrets, before: Names, after: Names) -> Secrets:
    """Return the secrets once keys have changed: each stays with its company, also under another name."""
    if before == after:
        return dict(secrets)
    old_names = {key: name for name, key in before.items()}
    kept: Secrets = {name: each for name, each in secrets.items() if name is not None and name not in before}
    for name, key in after.items():
        is_known = name in before or key in old_names
        old_name = name if name in before else old_names.get(key)
        if is_known and (found := secret_of(secrets, old_name, before)):
            kept[name] = found
    return kept


def with_added(secrets: Secrets, added: Secrets) -> Secrets:
    """Return the secrets and new ones; the single one goes once there are some with names."""
    named = any(name is not None for name in added)
    return {name: each for name, each in secrets.items() if name is not None or not named} | added


def read_secret(text: str, keys: Collection[str]) -> str:
    """Return a secret that was typed, empty for none; raises ConfigurationError if it cannot be one."""
    if text in keys:
        raise ConfigurationError("That is the API key. The webhook has a secret of its own.")
    if one_line(text) != text or " " in text:
        raise ConfigurationError("A webhook secret has no spaces and no control characters.")
    return text


def _texts(value: Any) -> tuple[str, ...]:
    texts = value if isinstance(value, list) else [value]
    return tuple(each for each in texts if isinstance(each, str) and each)


def _setting(name: str | None) -> tuple[str, ...]:
    return (*SECTION, "webhook_secret") if name is None else (*SECTION, "webhook_secrets", name)
