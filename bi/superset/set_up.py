"""Set up Superset with the dashboards of this folder: what `make bi` runs, in Superset's own environment.

SUPERSET_HOME is the folder of Superset's own database, key and password. ACCBOOKS_BI_URI is the address of
the warehouse, as postgresql://bi:password@host:5432/database; Superset keeps the password encrypted. Run it
again after an update of Superset, of the bundle or of the address: it replaces what is of the bundle alone.
"""

import logging
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from importlib.metadata import version
from io import StringIO
from pathlib import Path

import yaml

HERE = Path(__file__).resolve().parent
BUNDLE = HERE / "bundle"
HOME = Path(os.environ["SUPERSET_HOME"]).resolve()
ADDRESS = "ACCBOOKS_BI_URI"
ADMIN = "admin"


def kept_secret(name: str) -> str:
    """Return the secret in a file that only its owner may read; at first a random one is written there."""
    path = HOME / name
    path.touch(mode=0o600)
    if not path.read_text():
        path.write_text(secrets.token_urlsafe(42))
    return path.read_text()


def prepare() -> None:
    """Bring Superset's own database to the installed version, which takes a minute, if it is not."""
    done, installed = HOME / "version", version("apache-superset")
    if done.exists() and done.read_text() == installed:
        return
    print("Making Superset's own database; this takes a minute …", flush=True)
    with redirect_stdout(StringIO()):  # what each step did
        from superset.cli.main import superset

        for command in (["db", "upgrade"], ["init"]):
            superset(command, standalone_mode=False)
    done.write_text(installed)


def log_in() -> None:
    """Act as the administrator, who is made the first time with a random password."""
    from flask import g
    from superset import security_manager

    g.user = security_manager.find_user(ADMIN) or security_manager.add_user(
        ADMIN,
        "Superset",
        "Admin",
        "admin@localhost",
        security_manager.find_role("Admin"),
        kept_secret("admin_password"),
    )


def import_bundle() -> None:
    """Make the database if it is missing, and import the dashboards.

    The database is made first, under the UUID of the bundle: an import leaves it as it is, with its password.
    """
    from superset import db
    from superset.commands.chart.importers.v1 import ImportChartsCommand
    from superset.commands.dashboard.importers.v1 import ImportDashboardsCommand
    from superset.commands.dataset.importers.v1 import ImportDatasetsCommand
    from superset.models.core import Database

    contents = {
        path.relative_to(BUNDLE).as_posix(): path.read_text() for path in sorted(BUNDLE.rglob("*.yaml"))
    }
    (declared,) = (yaml.safe_load(text) for path, text in contents.items() if path.startswith("databases/"))
    address = os.environ.get(ADDRESS)
    database = db.session.query(Database).filter_by(uuid=declared["uuid"]).one_or_none()
    if database is None:
        database = Database(uuid=declared["uuid"], database_name=declared["database_name"])
        db.session.add(database)
        address = address or declared["sqlalchemy_uri"]
    if address:
        database.set_sqlalchemy_uri(address)
    db.session.commit()
    # an import replaces what it is of, and leaves what that rests on as it is
    for command in (ImportDatasetsCommand, ImportChartsCommand, ImportDashboardsCommand):
        command(contents, overwrite=True).run()
    print(f"The dashboards read {database.sqlalchemy_uri}; {ADDRESS} changes that.")


@contextmanager
def opened() -> Iterator[None]:
    """Open Superset in this process as its administrator, with its own database at the installed version."""
    HOME.mkdir(parents=True, exist_ok=True, mode=0o700)
    kept_secret("secret_key")
    os.environ["SUPERSET_CONFIG_PATH"] = str(HERE / "superset_config.py")
    logging.disable(logging.WARNING)
    prepare()
    from superset.app import create_app

    with create_app().app_context():
        log_in()
        yield


def main() -> None:
    """Import the bundle, and say how to look at it."""
    with opened():
        import_bundle()
    print(f"Run make bi-serve, and log in as {ADMIN} with the password in {HOME / 'admin_password'}")


if __name__ == "__main__":
    main()
