"""metrics.json, flat or nested, and what DVC has in its place: numbers by their dotted names."""

from __future__ import annotations

from typing import Any

from innerloop.core.reading.strict import Unreadable, number
from innerloop.core.results import Measured, Metric

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

COST, PARAMS = "cost", "params"
"""keys at the top that are no metrics"""
_DEPTH = 20


def numbers(table: Any) -> Measured:
    """Every number of a table of numbers and tables; what else stands in it is left out.

    `cost` and `params` at the top are taken out. NaN, infinite and null are problems: something
    was to be measured, and was not.
    """
    if not isinstance(table, dict):
        return Measured(problems=("it is no table of numbers",))
    rest = {name: found for name, found in table.items() if name not in {COST, PARAMS}}
    metrics, problems = [], []
    for name, found in _flat(rest, "", 0):
        try:
            made = number(found)
        except Unreadable as error:
            problems.append(f"{name!r} {error}")
            continue
        if found is None:
            problems.append(f"{name!r} is null: it was not measured")
        elif made is not None:
            metrics.append(Metric(name, made))
    cost, wrong = _cost(table.get(COST))
    params = tuple(_params(table.get(PARAMS)))
    names = [one.name for one in metrics]
    twice = [
        f"{name!r} stands in it twice" for name in dict.fromkeys(names) if names.count(name) > 1
    ]
    if not metrics and not problems and cost is None and not params:
        problems.append("there is no number in it")
    return Measured(tuple(metrics), (), params, cost, problems=(*problems, *wrong, *twice))


def _flat(table: dict[str, Any], head: str, depth: int) -> Iterator[tuple[str, Any]]:
    for key, found in table.items():
        name = f"{head}{key}"
        if isinstance(found, dict) and depth < _DEPTH:
            yield from _flat(found, f"{name}.", depth + 1)
        else:
            yield name, found


def _cost(found: object) -> tuple[float | None, tuple[str, ...]]:
    try:
        made = number(found)
    except Unreadable as error:
        return None, (f"'cost' {error}",)
    if made is None:
        return None, () if found is None else ("'cost' is no number",)
    return (made, ()) if made >= 0 else (None, ("'cost' is less than nothing",))


def _params(found: object) -> Iterator[tuple[str, str]]:
    if isinstance(found, dict):
        for name, part in _flat(found, "", 0):
            shown = str(part).lower() if isinstance(part, bool) or part is None else str(part)
            yield name, shown


# -- DVC -------------------------------------------------------------------------------------


def shown_by_dvc(table: Any) -> dict[str, Any] | None:
    """The numbers of `dvc metrics show --json`, of the work tree; None where it is no such thing.

    A revision holds `data`, its files; each of these holds `data`, its numbers, or an `error`.
    """
    if not isinstance(table, dict) or not table:
        return None
    wanted = next((name for name in ("", "workspace") if name in table), None)
    revision = table[wanted] if wanted is not None else None
    if not isinstance(revision, dict) or not isinstance(revision.get("data"), dict):
        return None
    # Null is a number that was not measured, which is what an error leaves of a file.
    files = {
        path: file.get("data") if isinstance(file, dict) else None
        for path, file in revision["data"].items()
    }
    alone = next(iter(files.values())) if len(files) == 1 else None
    return alone if isinstance(alone, dict) else files
