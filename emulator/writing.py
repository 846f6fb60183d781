"""The endpoints that write."""

from fastapi import FastAPI


def add_routes(app: FastAPI) -> None:
    """Add the endpoints that write."""
