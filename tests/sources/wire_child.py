"""Reads what a server sends, in a process of its own: prints what came of it, and the most memory it took."""

import json
import resource
import sys

import pendulum
from accbooks_warehouse.pipelines.sync.memory import limit_malloc
from accbooks_warehouse.sources.accbooks.api.budget import RateBudget, steady_time
from accbooks_warehouse.sources.accbooks.api.client import Client
from accbooks_warehouse.sources.accbooks.endpoints import ENDPOINTS
from accbooks_warehouse.sources.accbooks.errors import AccBooksError
from accbooks_warehouse.sources.accbooks.reading.window_reader import Reader
from accbooks_warehouse.sources.accbooks.settings import Settings
from accbooks_warehouse.sources.accbooks.windows import PlannedWindow, Window


def main() -> None:
    url, what, seconds = sys.argv[1:]
    limit_malloc()
    client = Client(Settings("sk_child", url), RateBudget(until=steady_time() + int(seconds)))
    try:
        if what == "company":
            said = str(client.get("company"))
        else:
            (endpoint,) = (each for each in ENDPOINTS if each.name == what)
            reader = Reader(client, Window(None, pendulum.date(2026, 1, 1)), lambda *_: None)
            said = f"{len(list(reader.read([(endpoint, PlannedWindow(Window(), 'whole'))])))} window"
    except AccBooksError as error:
        said = str(error)
    print(json.dumps([said, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024]))  # noqa: T201


main()
