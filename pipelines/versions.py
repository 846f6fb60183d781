"""The versions of what a run consists of, read from the metadata of the installed packages."""

import typer

PACKAGES = ("accbooks-warehouse", "dlt", "dbt-core", "duckdb")


def versions() -> str:
    """Return one line with each package and its version; none of them is imported."""
    from importlib.metadata import version  # noqa: PLC0415 - only --version reads metadata

    return ", ".join(f"{package} {version(package)}" for package in PACKAGES)


def print_versions(is_requested: bool) -> None:  # noqa: FBT001 - as typer calls it
    """Print them and end, if that is asked for."""
    if is_requested:
        typer.echo(versions())
        raise typer.Exit
