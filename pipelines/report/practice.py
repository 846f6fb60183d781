"""The page of a practice: what needs attention in all companies, then a line for each of them."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from functools import cache

from accbooks_warehouse.pipelines.queries.exceptions import OF_NO_COMPANY, TITLES, URGENT, ExceptionKind
from accbooks_warehouse.pipelines.queries.practice import Practice
from accbooks_warehouse.pipelines.report.page import TEMPLATES, template
from accbooks_warehouse.pipelines.report.words import short_moment
from markupsafe import Markup

SCRIPT = "practice.js"
MOST_NAMED = 10
"""How many companies of which the same is to be said are named; the table of companies marks them all."""


def practice_page(practice: Practice, packs: Mapping[str, str]) -> str:
    """Return the page; `packs` are the files of companies' reports beside it, by id.

    Its one script filters and sorts. The page allows exactly this one, by its hash, and is complete without.
    """
    script = practice_script()
    return template("practice.html.jinja").render(
        practice=practice,
        packs=packs,
        kinds=tuple(ExceptionKind),
        titles=TITLES,
        urgent=URGENT,
        of_no_company=OF_NO_COMPANY,
        most_named=MOST_NAMED,
        short_moment=short_moment,
        script=Markup(script),  # noqa: S704 - it is a file of this package
        script_hash=script_hash(script),
    )


@cache
def practice_script() -> str:
    """Return the script of the page, as it stands between its tags."""
    return (TEMPLATES / SCRIPT).read_text(encoding="utf-8")


def script_hash(script: str) -> str:
    """Return a script's hash as a Content-Security-Policy has it."""
    digest = hashlib.sha256(script.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"
