"""The figures, in the order they are measured: a new one is a new row."""

from benchmarks.figure import Figure
from benchmarks.figures.budgets import small_days
from benchmarks.figures.companies import under_plans, without_limit
from benchmarks.figures.crashes import recovery
from benchmarks.figures.databases import postgres_load
from benchmarks.figures.healing import comparing_and_healing
from benchmarks.figures.incremental import nothing_changed
from benchmarks.figures.limits import alone, beside_another
from benchmarks.figures.live import live
from benchmarks.figures.models import after_edits, full_rebuild
from benchmarks.figures.pages import pages
from benchmarks.figures.practice import practice
from benchmarks.figures.requests import economy
from benchmarks.figures.scale import scale
from benchmarks.figures.size import memory
from benchmarks.figures.small import small_syncs
from benchmarks.figures.throughput import against_generic, against_plain
from benchmarks.figures.whole import first_sync

FIGURES = (
    Figure("requests", "How many requests does a first load take?", economy),
    Figure("pace", "How close does it come to the time the rate limit dictates?", alone),
    Figure("sharing", "Does it stay within a limit that another program spends, too?", beside_another),
    Figure("throughput", "How fast is it where nothing limits it, against dlt's rest_api?", against_generic),
    Figure("overhead", "How much does the warehouse cost on top of downloading and parsing?", against_plain),
    Figure("memory", "Does memory stay flat when the books grow?", memory),
    Figure("incremental", "Does a run with nothing to do cost more when history grows?", nothing_changed),
    Figure("small", "How long does a small company wait for a sync?", small_syncs),
    Figure("live", "How soon is an event in the models, and at what cost?", live),
    Figure("whole", "What does a first sync take, beside a load by dlt's rest_api alone?", first_sync),
    Figure("healing", "What does it cost to compare and heal ten years of books?", comparing_and_healing),
    Figure("rebuild", "What do ledger and reports cost to make anew?", full_rebuild),
    Figure("edits", "What does a sync cost after a few edits, when history grows?", after_edits),
    Figure("pages", "What does a page cost beside the queries that it consists of?", pages),
    Figure("postgres", "How fast is PostgreSQL filled?", postgres_load),
    Figure("companies", "How much faster are many companies side by side?", without_limit),
    Figure(
        "plans",
        "The same under the limits of AccBooks' plans; an hour and a half",
        under_plans,
        on_request=True,
    ),
    Figure(
        "scale",
        "Is a thousand companies' cost known from a hundred's, and what do more need? Half an hour",
        scale,
        on_request=True,
    ),
    Figure(
        "practice",
        "What do a thousand companies cost, and is it fair to them? An hour",
        practice,
        on_request=True,
    ),
    Figure(
        "budgets",
        "How many days does a first sync take with few requests a day? Half an hour",
        small_days,
        on_request=True,
    ),
    Figure("crashes", "What does a SIGKILL cost?", recovery),
)
