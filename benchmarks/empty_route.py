"""The least that acknowledging an event takes: a Starlette route that writes and syncs one row to SQLite."""

from __future__ import annotations

import asyncio
import socket
import sqlite3

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from benchmarks.children import asked, reply


def app(path: str) -> Starlette:
    """Return the application that stores each body as a row."""
    connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
    connection.execute("pragma journal_mode = wal")
    connection.execute("pragma synchronous = full")
    connection.execute("create table bodies (body blob)")

    async def store(request: Request) -> Response:
        body = await request.body()
        await asyncio.to_thread(connection.execute, "insert into bodies values (?)", (body,))
        return Response()

    return Starlette(routes=[Route("/webhooks", store, methods=["POST"])])


def main() -> None:
    """Serve until killed; says the address first."""
    listening = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(app(asked()["path"]), log_config=None, access_log=False, lifespan="off")
    reply({"url": f"http://127.0.0.1:{listening.getsockname()[1]}/webhooks"})
    uvicorn.Server(config).run(sockets=[listening])


if __name__ == "__main__":
    main()
