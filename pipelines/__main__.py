"""The command `accbooks`, also `python -m pipelines`."""

from accbooks_warehouse.pipelines import interrupts


def main() -> None:
    """Run the command line; a signal ends it properly while it is being imported, too."""
    interrupts.listen()
    from accbooks_warehouse.pipelines.cli import main as run_command_line  # noqa: PLC0415 - it takes a moment

    run_command_line()


if __name__ == "__main__":
    main()
