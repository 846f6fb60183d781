"""`python -m emulator`: serve small books with the defaults."""

import logging

from emulator.server import serve
from emulator.settings import Settings

PORT = 8800


def main() -> None:
    """Serve until interrupted."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    serve(Settings(port=PORT))


if __name__ == "__main__":
    main()
