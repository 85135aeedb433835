"""Where a result came from, as lines below it."""

from __future__ import annotations

from innerloop.core.text import listing, plural, visible
from innerloop.views.numbers import metric

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from innerloop.core.lineage import Lineage, Origin
    from innerloop.core.model import Run
    from innerloop.core.results import Measured

MOST, _SHORT, _FEW = 10, 12, 3
COMMON = ("from", "lacking", "python", "locks", "by")
"""what is said once where it is the same for every loop of a run"""
_NO_PACKAGE = (".py", ".pth", ".egg-link")
Fact = tuple[str, str]


def numbers(measured: Measured | None, most: int = MOST) -> tuple[Fact, ...]:
    """What a result left to be judged."""
    if measured is None:
        return ()
    found = [(one.name, metric(one)) for one in measured.metrics[:most]]
    more = len(measured.metrics) - most
    found += [("...", f"and {plural(more, 'more metric')}")] if more > 0 else []
    pairs = [f"{name} {value}" for name, value in measured.params]
    found += [("params", listing(pairs, most))] if pairs else []
    found += [("cost", f"{measured.cost:g}")] if measured.cost is not None else []
    return (*found, *(("problem", text) for text in measured.problems[:most]))


def facts(origin: Origin, run: Run) -> tuple[Fact, ...]:
    """What a result was made of, beyond what is said of its run."""
    lineage, found = origin.lineage, []
    if (lineage.commit, lineage.branch) != (run.commit, run.branch):
        found.append(("from", _place(lineage)))
    found += [("patch", _patch(lineage))] if lineage.patch else []
    found += [("lacking", lineage.note)] if lineage.note else []
    found += [("inputs", _inputs(lineage))] if lineage.inputs else []
    found += [("data", text) for text in _data(origin)]
    found += [("python", _python(origin))] if lineage.setting.interpreter else []
    locks = [f"{name} {digest[:_SHORT]}" for name, digest in lineage.setting.locks]
    found += [("locks", listing(locks, _FEW))] if locks else []
    found += [("by", _who(lineage))] if lineage.setting.who else []
    return tuple(found)


def shown(facts: tuple[Fact, ...]) -> list[str]:
    """Facts as lines, what they are called in front."""
    width = max([len(name) for name, _ in facts] + [7])
    return [f"{visible(name):{width}}  {visible(text)}" for name, text in facts]


def _place(lineage: Lineage) -> str:
    branch = f" on {lineage.branch}" if lineage.branch else ""
    return f"{lineage.commit[:_SHORT] or 'no commit'}{branch}"


def _patch(lineage: Lineage) -> str:
    return f"{lineage.patch[:_SHORT]}, shown by: loop show {lineage.run}/{lineage.loop} --patch"


def _inputs(lineage: Lineage) -> str:
    head = f"{plural(lineage.files, 'file')}, {lineage.inputs[:_SHORT]}"
    if not lineage.moved:
        return f"{head}, the same when it was done"
    return f"{head}; changed while it ran: {listing(lineage.moved, _FEW)}"


def _data(origin: Origin) -> Iterator[str]:
    """Each sample: of which files, by which rule."""
    every: dict[str, list[str]] = {}
    for key, value in (origin.ingredients.data if origin.ingredients else {}).items():
        name, _, what = key.partition(": ")
        if value and what != "path":
            told = f"{what} {value.rpartition(' ')[2][:_SHORT]}"
            every.setdefault(name, []).append(told)
    yield from (f"{name}: {listing(said, MOST)}" for name, said in every.items())


def _python(origin: Origin) -> str:
    given = origin.lineage.setting
    installed = origin.ingredients.packages if origin.ingredients else {}
    count = sum(1 for name in installed if " " not in name and not name.endswith(_NO_PACKAGE))
    packages = f", {plural(count, 'package')} {origin.lineage.packages[:_SHORT]}" if count else ""
    return f"{given.version or 'unknown'} ({given.interpreter}){packages}"


def _who(lineage: Lineage) -> str:
    who, host = lineage.setting.who, lineage.setting.host
    return who if who.endswith(f"@{host}") or not host else f"{who} on {host}"
