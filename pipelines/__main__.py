"""The command `accbooks`, also `python -m pipelines`."""

from accbooks_warehouse.pipelines import interrupts


def main() -> None:
    """Run the command line; handle signals from the start, also while modules are imported."""
    interrupts.listen()
    from accbooks_warehouse.pipelines.cli import main as run_command_line  # noqa: PLC0415 - it takes a moment

    run_command_line()


if __name__ == "__main__":
    main()
