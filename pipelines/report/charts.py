"""Charts as SVG that stands in the page: no script, no font, no address. Amounts are floats here alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt
import vl_convert
from accbooks_warehouse.pipelines.days import Days
from accbooks_warehouse.pipelines.queries.aged_debts import BUCKETS, Debtor
from accbooks_warehouse.pipelines.queries.bank_balances import Balance
from accbooks_warehouse.pipelines.queries.pack.months import Month
from markupsafe import Markup

Drawn = alt.LayerChart | alt.FacetChart
INK, FAINT, RULE = "#3d4852", "#5f6b76", "#dde2e6"
BLUE, STONE, AMBER = "#1f5673", "#7b909e", "#b4540a"
FONT = "Helvetica, Arial, sans-serif"
CONFIG: dict[str, Any] = {
    "aria": False,
    "background": "transparent",
    "font": FONT,
    "padding": {"left": 0, "right": 6, "top": 4, "bottom": 5},
    "view": {"stroke": None},
    "axis": {
        "domainColor": RULE,
        "gridColor": RULE,
        "labelColor": FAINT,
        "labelFontSize": 12,
        "ticks": False,
        "title": None,
        "labelPadding": 6,
    },
    "axisX": {"grid": False},
    "axisY": {"domain": False, "tickCount": 5},
    "legend": {
        "orient": "top",
        "direction": "horizontal",
        "title": None,
        "labelColor": INK,
        "labelFontSize": 13,
        "symbolSize": 110,
        "offset": 8,
    },
}
NEW_LINE = "|"
"""Where a label of the axis goes on below."""
FEW_DAYS, DAYS_OF_MONTH = 92, 30
"""Balances of fewer days than this are labelled by day, those of more by month."""
NAMESPACES = re.compile(r'\s(?:version|role|aria-\w+|xmlns(?::\w+)?)="[^"]*"')
"""Of no use where SVG is one image in HTML: addresses that someone may take for requests, and roles."""


@dataclass(frozen=True)
class Size:
    """How large a chart is drawn; `labels` is the most that the horizontal axis has room for."""

    name: str
    width: int
    height: int
    labels: int


SIZES = (Size("wide", 920, 250, 30), Size("narrow", 340, 220, 6))
"""For a desk and paper, and for a phone: the page shows the one that fits, so that its text is readable."""


@dataclass(frozen=True)
class Chart:
    """One chart in both sizes, and in words for who cannot see it."""

    description: str
    wide: Markup
    narrow: Markup


def profit_chart(months: Sequence[Month], description: str) -> Chart:
    """Draw income and costs as bars side by side, profit as a line over them."""
    names = [month_name(month.days) for month in months]
    bars = [
        {"month": name, "what": what, "amount": float(value)}
        for name, month in zip(names, months, strict=True)
        for what, value in (("Income", month.income), ("Costs", month.costs))
    ]
    profits = [
        {"month": name, "what": "Profit", "amount": float(month.profit)}
        for name, month in zip(names, months, strict=True)
    ]

    def draw(size: Size) -> Drawn:
        step = -(-len(names) // size.labels)
        axis = alt.Axis(labelAngle=0, values=names[::step], labelExpr=f"split(datum.label, '{NEW_LINE}')")
        month = alt.X("month:N", sort=names, axis=axis).scale(paddingInner=0.3, paddingOuter=0.1)
        columns = (
            alt.Chart(alt.InlineData(values=bars)).mark_bar().encode(month, _amounts(), _colours(), _beside())
        )
        line = alt.Chart(alt.InlineData(values=profits)).mark_line(
            strokeWidth=2, point={"size": 26, "filled": True, "color": AMBER}
        )
        return alt.layer(columns, line.encode(month, _amounts(), _colours()), _zero())

    return _chart(draw, description)


def month_name(days: Days) -> str:
    """Return a month as the axis names it; above a part of one stand its days."""
    month = f"{days.start:%b} {days.start.year % 100:02}"
    if days.months == 1:
        return month
    return f"{days.start.day}\u2013{days.end.day}{NEW_LINE}{month}"


def cash_chart(balances: Sequence[Balance], description: str) -> Chart:
    """Draw what the bank accounts hold together, day by day."""
    values = [{"day": each.day.isoformat(), "amount": float(each.amount)} for each in balances]

    days = (balances[-1].day - balances[0].day).days
    form = "%-d %b" if days < FEW_DAYS else "%b %y"

    def draw(size: Size) -> Drawn:
        length = 1 if days < FEW_DAYS else DAYS_OF_MONTH
        step = max(1, -(-days // (length * min(size.labels, 12))))
        ticks = alt.TimeIntervalStep(interval="day" if length == 1 else "month", step=step)
        axis = alt.Axis(format=form, tickCount=ticks, labelFlush=True, labelAngle=0)
        base = alt.Chart(alt.InlineData(values=values)).encode(
            alt.X("day:T", axis=axis, scale=alt.Scale(type="utc")),
            _amounts(),
        )
        area = base.mark_area(color=BLUE, opacity=0.12, interpolate="step-after")
        line = base.mark_line(color=BLUE, strokeWidth=1.6, interpolate="step-after")
        return alt.layer(area, line, _zero())

    return _chart(draw, description)


def debts_chart(receivable: Debtor, payable: Debtor, description: str) -> Chart:
    """Draw what is owed to us beside what we owe, by how long it is overdue."""
    titles = ["Not due", *(f"{bucket} days" for bucket in BUCKETS[1:])]
    values = [
        {"age": title, "what": what, "amount": float(value)}
        for what, debtor in (("Owed to us", receivable), ("Owed by us", payable))
        for title, value in zip(titles, debtor.amounts, strict=True)
    ]

    def draw(size: Size) -> Drawn:
        wrapped = "split(datum.label, ' ')" if size.name == "narrow" else "datum.label"
        axis = alt.Axis(labelAngle=0, labelExpr=wrapped)
        age = alt.X("age:N", sort=titles, axis=axis).scale(paddingInner=0.4, paddingOuter=0.2)
        colours = alt.Color("what:N", sort=None).scale(
            domain=["Owed to us", "Owed by us"], range=[BLUE, STONE]
        )
        offset = alt.XOffset("what:N", sort=["Owed to us", "Owed by us"])
        columns = alt.Chart(alt.InlineData(values=values)).mark_bar().encode(age, _amounts(), colours, offset)
        return alt.layer(columns, _zero())

    return _chart(draw, description, height=200)


def _amounts() -> alt.Y:
    return alt.Y("amount:Q", axis=alt.Axis(labelExpr=SHORT, title=None), scale=alt.Scale(nice=True))


SHORT = (
    "(datum.value < 0 ? '\u2212' : '') + "
    "(abs(datum.value) >= 1e6 ? format(abs(datum.value) / 1e6, '~r') + 'm' : "
    "abs(datum.value) >= 1e3 ? format(abs(datum.value) / 1e3, '~r') + 'k' : format(abs(datum.value), '~r'))"
)
"""Vega's expression for 1500000 as 1.5m and 2000 as 2k."""


def _colours() -> alt.Color:
    scale = alt.Scale(domain=["Income", "Costs", "Profit"], range=[BLUE, STONE, AMBER])
    return alt.Color("what:N", sort=None, scale=scale)


def _beside() -> alt.XOffset:
    return alt.XOffset("what:N", sort=["Income", "Costs"])


def _zero() -> alt.Chart:
    nothing = alt.InlineData(values=[{"amount": 0}])
    line: alt.Chart = alt.Chart(nothing).mark_rule(color=FAINT, strokeWidth=1).encode(alt.Y("amount:Q"))
    return line


def _chart(draw: Callable[[Size], Drawn], description: str, height: int | None = None) -> Chart:
    wide, narrow = (_svg(draw(size), size, height or size.height) for size in SIZES)
    return Chart(description, wide, narrow)


def _svg(chart: Drawn, size: Size, height: int) -> Markup:
    """Return a chart as SVG that fits the page's width; vl-convert may ask for nothing on the way."""
    autosize = alt.AutoSizeParams(type="fit", contains="padding")
    drawn = chart.properties(width=size.width, height=height, autosize=autosize).configure(**CONFIG)
    svg = vl_convert.vegalite_to_svg(drawn.to_json(), allowed_base_urls=[])
    return Markup(NAMESPACES.sub("", svg))  # noqa: S704 - made by us, from numbers and words of our own
