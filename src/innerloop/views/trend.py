"""A loop over its runs: a sparkline, and a line for each; or a file for another program."""

from __future__ import annotations

from innerloop.core.figures import figure
from innerloop.core.model import Outcome
from innerloop.core.text import plural, seconds, visible
from innerloop.core.trend import Row, row, values
from innerloop.views.lines import painted, word
from innerloop.views.numbers import metric
from innerloop.views.spark import sparkline
from innerloop.views.tables import aligned, commit, when

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from innerloop.core.model import Run
    from innerloop.core.trend import Point

_RED = "\x1b[31;1m"


def table(points: tuple[Point, ...], name: str, characters: str, *, colour: bool) -> str:
    """How a loop went on, newest first; the line of bars has the newest last."""
    if not points:
        return "it has not run here yet\n"
    rows = [
        (
            f"#{point.run.id}",
            when(point.result.at),
            word(point.result),
            seconds(point.result.seconds),
            *((metric(point.metric),) if name else ()),
            commit(point.run),
            visible(point.run.branch) or "-",
            visible(f"{point.run.command}{f'  ({point.run.why})' if point.run.why else ''}"),
        )
        for point in points
    ]
    lines = [
        painted(text, _RED, colour=colour and point.result.outcome is not Outcome.PASSED)
        for text, point in zip(aligned(rows), points, strict=True)
    ]
    return "\n".join((_head(points, name, characters), *lines)) + "\n"


def _head(points: tuple[Point, ...], name: str, characters: str) -> str:
    drawn = values(points)
    known = [value for value in drawn if value is not None]
    show = figure if name else seconds
    what = visible(name) if name else "seconds"
    span = f"{show(known[0])} to {show(known[-1])}" if known else "not measured"
    low = f", lowest {show(min(known))}, highest {show(max(known))}" if len(known) > 1 else ""
    return f"{what}  {sparkline(drawn, characters)}  {span} in {plural(len(points), 'run')}{low}"


def csv(points: tuple[Point, ...], recent: Sequence[Run] | None = None) -> str:
    """The same for a spreadsheet: of one loop its points, of all of them the runs."""
    import csv as written  # noqa: PLC0415 - only where asked for
    import io  # noqa: PLC0415 - likewise

    text = io.StringIO()
    writer = written.writer(text, lineterminator="\n")
    if recent is not None:
        fields = ("id", "at", "seconds", "verdict", "commit", "branch", "dirty", "command", "why")
        writer.writerow(("run", *fields[1:]))
        writer.writerows([[_cell(f, getattr(run, f)) for f in fields] for run in recent])
    else:
        writer.writerow(Row._fields)
        named = [zip(Row._fields, row(point), strict=True) for point in points]
        writer.writerows([[_cell(*pair) for pair in pairs] for pairs in named])
    return text.getvalue()


def _cell(name: str, value: object) -> object:
    if name != "at" or not isinstance(value, float):
        return value
    from datetime import UTC, datetime  # noqa: PLC0415 - only where asked for

    return datetime.fromtimestamp(value, UTC).isoformat(timespec="seconds")
