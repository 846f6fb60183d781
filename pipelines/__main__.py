"""The command `accbooks`, also `python -m pipelines`."""

import gc

from accbooks_warehouse.pipelines import interrupts

COLLECTING = (50_000, 20, 50)
"""How many objects Python makes before it looks for unused cycles of them. Importing dlt and dbt and parsing
a dbt project makes a million that stay, and by default Python looks through them again and again."""


def main() -> None:
    """Run the command line; handle signals from the start, also while modules are imported."""
    gc.set_threshold(*COLLECTING)
    interrupts.listen()
    from accbooks_warehouse.pipelines.cli import main as run_command_line  # noqa: PLC0415 - it takes a moment
    from accbooks_warehouse.pipelines.process import leave  # noqa: PLC0415

    try:
        run_command_line()
    except SystemExit as ended:
        if isinstance(ended.code, int | None):
            leave(ended.code or 0)
        raise


if __name__ == "__main__":
    main()
