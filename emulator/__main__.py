"""`python -m accbooks_warehouse.emulator`: serve small books with the defaults."""

import logging

from accbooks_warehouse.emulator.server import serve
from accbooks_warehouse.emulator.settings import Settings

PORT = 8800


def main() -> None:
    """Serve until interrupted."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    serve(Settings(port=PORT))


if __name__ == "__main__":
    main()
