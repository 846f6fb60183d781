"""An empty directory to work in, where dlt finds no configuration but the test's."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from dlt.common.configuration.container import Container
from dlt.common.configuration.specs.pluggable_run_context import PluggableRunContext
from hypothesis import settings

settings.register_profile("accbooks", deadline=None, max_examples=60)
settings.load_profile("accbooks")

OURS = ("SOURCES__", "DESTINATION__", "CREDENTIALS", "TRANSFORMS__", "NOTIFY__")

Configure = Callable[..., None]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    for name in os.environ:
        if name.startswith(OURS):
            monkeypatch.delenv(name)
    monkeypatch.setenv("RUNTIME__DLTHUB_TELEMETRY", "false")
    before = Path.cwd()
    monkeypatch.chdir(tmp_path)
    Container()[PluggableRunContext].reload(str(tmp_path))
    yield tmp_path
    Container()[PluggableRunContext].reload(str(before))


@pytest.fixture
def configure(here: Path) -> Configure:
    """Return a function that writes .dlt/config.toml and .dlt/secrets.toml."""

    def configure(config: str = "", secrets: str = "") -> None:
        directory = here / ".dlt"
        directory.mkdir(exist_ok=True)
        (directory / "config.toml").write_text(config)
        (directory / "secrets.toml").write_text(secrets)
        Container()[PluggableRunContext].reload(str(here))

    return configure
