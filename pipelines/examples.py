"""The examples at the end of each command's --help."""

from __future__ import annotations

from collections.abc import Mapping

COMMANDS: Mapping[str, tuple[str, ...]] = {
    "init": (
        "accbooks init",
        "accbooks init --company north --company south --destination postgres",
        "SOURCES__ACCBOOKS__API_KEY=$(pass accbooks) accbooks init --no-input",
        "accbooks init --templates budgets",
    ),
    "check": ("accbooks check", "accbooks check --company north"),
    "plan": (
        "accbooks plan",
        "accbooks plan --from 2024-04-01",
        "accbooks plan --certify months",
        "accbooks plan --format json",
    ),
    "sync": (
        "accbooks sync",
        "accbooks sync --destination postgres --certify months",
        "accbooks sync --company north --from 2025-04-01 --to 2025-04-30",
    ),
    "listen": (
        "accbooks listen",
        "accbooks listen --port 9000 --sync-every 15m --publish /srv/bi/books.duckdb",
        "accbooks listen --destination postgres --metrics-port 9100 --log-format json",
    ),
    "transform": ("accbooks transform", "accbooks transform --full-refresh"),
    "reconcile": ("accbooks reconcile", "accbooks reconcile --format csv > differences.csv"),
    "status": (
        "accbooks status",
        "accbooks status --company north",
        "accbooks status --destination postgres --format json",
    ),
    "metrics": (
        "accbooks metrics",
        "accbooks metrics --output /var/lib/node_exporter/accbooks.prom",
    ),
    "close": (
        "accbooks close --through 2025-03-31 --note 'Accounts filed'",
        "accbooks close --company north --vat 2026-03-31 --filed 2026-05-05",
        "accbooks close --corporation-tax 2025-03-31 --filed",
    ),
    "reopen": ("accbooks reopen --through 2025-03-31", "accbooks reopen --company north --vat 2026-03-31"),
    "report": (
        "accbooks report",
        "accbooks report --as-at 2026-03-31 --budget budget.csv",
        "accbooks report --company north --format xlsx --output reports/",
        "accbooks report --practice --output practice/ --packs",
    ),
    "export": (
        "accbooks export --list",
        "accbooks export trial_balance --format xlsx",
        "accbooks export vat_return --format mtd --period 2026-03-31 --period-key KEY",
        "accbooks export profit_and_loss --output - | gzip > profit_and_loss.csv.gz",
    ),
    "forget": ("accbooks forget north", "accbooks forget comp_2 --destination postgres --history --yes"),
    "grant-reader": ("accbooks grant-reader bi", "accbooks grant-reader client --company north"),
    "maintain": ("accbooks maintain --destination postgres",),
    "emulate": ("accbooks emulate", "accbooks emulate --port 8801 --plan starter --companies 3"),
    "demo": ("accbooks demo",),
}

EXAMPLES: Mapping[str, str] = {
    name: "\n".join(["\b", "Examples:" if len(lines) > 1 else "Example:", *(f"  {line}" for line in lines)])
    for name, lines in COMMANDS.items()
}
"""In the form that typer takes: a paragraph that begins with a backspace keeps its line breaks."""
