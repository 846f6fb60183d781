"""Runs dbt on a tiny project in the folder given, and prints what came of it as JSON."""

from __future__ import annotations

import json
import os
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import psycopg2
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner
from dbt_common.events.event_manager_client import get_event_manager

FOLDER = Path(sys.argv[1])
POSTGRES = {
    "host": os.environ["ACCBOOKS_POSTGRES_HOST"],
    "port": int(os.environ["ACCBOOKS_POSTGRES_PORT"]),
    "user": os.environ["ACCBOOKS_POSTGRES_USER"],
    "password": os.environ["DBT_ENV_SECRET_POSTGRES_PASSWORD"],
    "dbname": os.environ["ACCBOOKS_POSTGRES_DATABASE"],
}
FILES = {
    "dbt_project.yml": "{name: tiny, version: 1.0.0, profile: tiny, "
    "models: {tiny: {+persist_docs: {relation: true, columns: true}}}}",
    "models/step.sql": "{{ config(materialized='ephemeral') }} select 1 as number",
    "models/kept.sql": "{{ config(materialized='incremental') }} select number from {{ ref('step') }}",
    "models/made.sql": "{{ config(materialized='table') }} select 1 as number",
    "models/models.yml": "models: [{name: kept, description: As described.}]",
}
QUIET = {
    "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    "DBT_LOG_LEVEL": "none",
    "DBT_LOG_LEVEL_FILE": "none",
    "DBT_VERSION_CHECK": "false",
}


def options(file: str = "books.duckdb", target: str = "duckdb") -> list[str]:
    outputs = {
        "duckdb": {"type": "duckdb", "path": str(FOLDER / file), "schema": "main", "threads": 1},
        "postgres": {"type": "postgres", "schema": "tiny", "threads": 1, **POSTGRES},
    }
    profiles = FOLDER / "profiles.yml"
    profiles.write_text(json.dumps({"tiny": {"target": "duckdb", "outputs": outputs}}))
    folder = str(FOLDER)
    paths = ["--project-dir", folder, "--profiles-dir", folder, "--target-path", f"{folder}/target"]
    return [*paths, "--log-path", f"{folder}/logs", "--target", target]


def run(model: str, parsed: Any = None, **chosen: str) -> str:
    """Run one model and return what dbt says of it."""
    ran = dbtRunner(manifest=parsed).invoke(["run", "--select", model, *options(**chosen)])
    results: Any = ran.result or []
    return "; ".join(str(each.message) for each in results) or str(ran.exception)


def on_duckdb() -> dict[str, Any]:
    parsed: Any = dbtRunner().invoke(["parse", *options()]).result
    said: dict[str, Any] = {
        "first run": run("+kept", parsed),
        "second run of what was parsed": run("+kept", parsed),
    }
    said["files of SQL"] = len([*(FOLDER / "target").rglob("kept.sql")])
    path = FOLDER / "books.duckdb"
    try:
        duckdb.connect(path, config={"memory_limit": "1GB"}).close()
    except duckdb.Error as error:
        said["opened after a run"] = str(error)
    DuckDBConnectionManager.close_all_connections()
    with duckdb.connect(path) as connection:
        connection.execute("comment on table kept is 'By hand.'")
    run("+kept")
    DuckDBConnectionManager.close_all_connections()
    with duckdb.connect(path) as connection:
        ((comment,),) = connection.execute(
            "select comment from duckdb_tables() where table_name = 'kept'"
        ).fetchall()
    said["description written by hand"] = comment
    for file in ("it's.duckdb", "main.duckdb"):
        said[f"a file called {file}"] = run("made", file=file)
        DuckDBConnectionManager.close_all_connections()
    return said


def on_postgres() -> dict[str, list[str]]:
    with closing(psycopg2.connect(**POSTGRES)) as connection:
        connection.autocommit = True
        cursor = connection.cursor()

        def views() -> list[str]:
            cursor.execute("select viewname from pg_views where viewname = 'of_others'")
            return [name for (name,) in cursor.fetchall()]

        run("made", target="postgres")
        cursor.execute("create view public.of_others as select * from tiny.made")
        before = views()
        run("made", target="postgres")
        return {"views of others before": before, "views of others": views()}


def main() -> None:
    """Lay out the project, run it, and leave without Python's own end, as the commands do."""
    os.environ.update(QUIET)
    for name, text in FILES.items():
        (FOLDER / name).parent.mkdir(exist_ok=True)
        (FOLDER / name).write_text(text)
    loggers = [logger.name for logger in get_event_manager().loggers]
    said = {"loggers after importing": loggers, **on_duckdb(), **on_postgres()}
    sys.stdout.write(json.dumps(said) + "\n")
    sys.stdout.flush()
    os._exit(0)


main()
