import os
import signal
import subprocess
from pathlib import Path

import pytest
from accbooks_warehouse.pipelines.setup import toml_files
from accbooks_warehouse.pipelines.setup.toml_files import SettingsFile, is_seen_by_git, write
from accbooks_warehouse.sources.accbooks.errors import ConfigurationError

COMMENTED = """\
# ours
[runtime]
log_level = "WARNING"  # quiet

[sources.accbooks]
# not yet: start_date = "2024-04-01"
lookback_days = 60
"""


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_a_setting_is_added_and_everything_else_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(COMMENTED)
    file = SettingsFile(path)
    file.set("2025-04-01", "sources", "accbooks", "start_date")
    assert write([file]) == [path]
    assert path.read_text() == COMMENTED + 'start_date = "2025-04-01"\n'


def test_a_new_file_has_its_heading_and_the_tables_it_needs(tmp_path: Path) -> None:
    path = tmp_path / "made" / "secrets.toml"
    file = SettingsFile(path, secret=True, heading="# for you alone\n")
    file.set("key-1", "sources", "accbooks", "companies", "north.east")
    write([file])
    assert path.read_text() == '# for you alone\n\n[sources.accbooks.companies]\n"north.east" = "key-1"\n'


def test_nothing_is_written_where_nothing_changed(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(COMMENTED)
    path.chmod(0o444)
    file = SettingsFile(path)
    file.set("WARNING", "runtime", "log_level")
    assert write([file]) == []


def test_secrets_are_readable_for_their_owner_alone_from_the_first_byte_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = []
    fdopen = os.fdopen

    def noting_mode(descriptor: int, *arguments: str, **options: str) -> object:
        status = os.fstat(descriptor)
        opened.append((status.st_mode & 0o777, status.st_size))
        return fdopen(descriptor, *arguments, **options)

    monkeypatch.setattr(toml_files.os, "fdopen", noting_mode)
    file = SettingsFile(tmp_path / "secrets.toml", secret=True)
    file.set("key", "sources", "accbooks", "api_key")
    write([file])
    assert opened == [(0o600, 0)]
    assert mode(file.path) == 0o600


def test_secrets_that_others_may_read_are_closed_to_them_though_nothing_changed(tmp_path: Path) -> None:
    path = tmp_path / "secrets.toml"
    path.write_text('[sources.accbooks]\napi_key = "key"\n')
    path.chmod(0o644)
    assert write([SettingsFile(path, secret=True)]) == [path]
    assert mode(path) == 0o600


def test_a_file_keeps_the_mode_it_had_unless_it_is_secret(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("")
    path.chmod(0o640)
    file = SettingsFile(path)
    file.set("1", "a")
    write([file])
    assert mode(path) == 0o640


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    elsewhere = tmp_path / "vault.toml"
    elsewhere.write_text("a = 1\n")
    link = tmp_path / "secrets.toml"
    link.symlink_to(elsewhere)
    file = SettingsFile(link, secret=True)
    file.set("2", "b")
    write([file])
    assert link.is_symlink()
    assert elsewhere.read_text() == 'a = 1\nb = "2"\n'


def test_what_goes_wrong_with_one_file_leaves_both_as_they_were(tmp_path: Path) -> None:
    (tmp_path / "no_folder").write_text("")
    first = SettingsFile(tmp_path / "secrets.toml", secret=True)
    second = SettingsFile(tmp_path / "config.toml")
    second.path = tmp_path / "no_folder" / "config.toml"
    for file in (first, second):
        file.set("x", "a")
    with pytest.raises(ConfigurationError, match=r"^The configuration cannot be written: .*no_folder"):
        write([first, second])
    assert [path.name for path in tmp_path.iterdir()] == ["no_folder"]


def test_an_interrupt_waits_until_both_files_are_in_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    replace = Path.replace

    def interrupted(self: Path, target: Path) -> Path:
        os.kill(os.getpid(), signal.SIGINT)
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", interrupted)
    both = [SettingsFile(tmp_path / "secrets.toml", secret=True), SettingsFile(tmp_path / "config.toml")]
    for file in both:
        file.set("x", "a")
    try:
        with pytest.raises(KeyboardInterrupt):
            write(both)
    finally:
        signal.signal(signal.SIGINT, before)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["config.toml", "secrets.toml"]


def test_what_is_no_toml_is_said_with_its_line_and_without_its_content(tmp_path: Path) -> None:
    path = tmp_path / "secrets.toml"
    path.write_text("[sources.accbooks]\napi_key = sk-live-1\n")
    with pytest.raises(ConfigurationError) as refused:
        SettingsFile(path)
    assert str(refused.value) == f"{path} is not valid TOML: line 2, column 10. Correct it first."


def test_a_value_where_a_table_has_to_be_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("sources = 3\n")
    with pytest.raises(ConfigurationError, match="sources must be a table"):
        SettingsFile(path).set("x", "sources", "accbooks", "api_key")


@pytest.mark.parametrize(
    ("ignored", "kept", "seen"),
    [("", False, True), ("secrets.toml", False, False), ("secrets.toml", True, True)],
)
def test_git_sees_what_it_does_not_ignore_and_what_it_keeps_already(
    tmp_path: Path, *, ignored: str, kept: bool, seen: bool
) -> None:
    def git(*arguments: str) -> None:
        subprocess.run(["git", *arguments], cwd=tmp_path, check=True, capture_output=True)  # noqa: S607

    git("init")
    path = tmp_path / "secrets.toml"
    path.write_text("")
    (tmp_path / ".gitignore").write_text(f"{ignored}\n")
    if kept:
        git("add", "--force", "secrets.toml")
    assert is_seen_by_git(path) is seen


def test_where_there_is_no_repository_git_sees_nothing(tmp_path: Path) -> None:
    assert is_seen_by_git(tmp_path / "secrets.toml") is False
