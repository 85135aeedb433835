"""Two results side by side: what differs between them, of all that could have made them differ."""

from __future__ import annotations

from typing import NamedTuple

from innerloop.core.fingerprint import subtract
from innerloop.core.flips import Flips, flips
from innerloop.core.results import Metric

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from innerloop.core.fingerprint import Difference, Ingredients
    from innerloop.core.lineage import Lineage
    from innerloop.core.model import Result, Run
    from innerloop.core.results import Measured

    Between = Callable[[Measured, Measured, str], Metric | None]
    """the difference of a metric with its interval; None where none can be given"""


_SHORT = 12
_LONG = 32


class Side(NamedTuple):
    """One of the two."""

    name: str
    """`#41`, `baseline`, or `now` for the work tree"""
    loop: str
    run: Run | None = None
    result: Result | None = None
    lineage: Lineage | None = None
    ingredients: Ingredients | None = None
    measured: Measured | None = None
    lacking: tuple[str, ...] = ()
    """what of it cannot be compared"""
    known: str = ""
    """of the work tree: what came of its very content when it ran"""

    @property
    def commit(self) -> str:
        return self.lineage.commit if self.lineage else self.run.commit if self.run else ""


class Pair(NamedTuple):
    """Something by name, as it was and as it is; empty where it is not."""

    name: str
    before: str
    after: str


class Measure(NamedTuple):
    """A metric on both sides."""

    name: str
    before: Metric | None
    after: Metric | None
    difference: Metric | None
    """of what both have measured; its interval only where it can be given"""


class File(NamedTuple):
    """A file of the loop's inputs that is not the same on both sides."""

    path: str
    change: str
    """`changed`, `added`, `removed`, `moved`"""
    added: int | None = None
    """lines; None: binary, or its content is not kept"""
    removed: int | None = None
    moved_from: str = ""


class Comparison(NamedTuple):
    """All that differs between two results of a loop, on one page."""

    loop: str
    before: str
    after: str
    verdicts: Pair
    commits: Pair
    code: tuple[File, ...] = ()
    environment: tuple[Pair, ...] = ()
    """the interpreter, packages and programs"""
    settings: tuple[Pair, ...] = ()
    """the command, its folder, variables"""
    data: tuple[Pair, ...] = ()
    params: tuple[Pair, ...] = ()
    metrics: tuple[Measure, ...] = ()
    examples: Flips | None = None
    unknown: tuple[str, ...] = ()
    """what cannot be compared, and why"""

    @property
    def same(self) -> bool:
        """Whether nothing is known to differ."""
        found = (self.code, self.environment, self.settings, self.data, self.params)
        return not any(found) and not self.unknown


def compared(
    before: Side, after: Side, code: tuple[File, ...], between: Between | None = None
) -> Comparison:
    """The comparison, but for what only the files themselves can tell: `code`."""
    unknown = [f"{side.name}: {text}" for side in (before, after) for text in _lacking(side)]
    differences: tuple[Difference, ...] = ()
    if before.ingredients and after.ingredients:
        differences = subtract(after.ingredients, before.ingredients)
    tables = {one.kind: one for one in differences}
    pairs = _Pairs(before, after, tables)
    return Comparison(
        after.loop,
        before.name,
        after.name,
        Pair("verdict", _verdict(before), _verdict(after)),
        Pair("commit", _place(before), _place(after)),
        code,
        (*_interpreters(before, after), *pairs.of("packages"), *pairs.of("programs")),
        (*pairs.of("command"), *pairs.of("cwd"), *pairs.of("patterns"), *pairs.of("variables")),
        (*(() if "data" in tables else _data(before, after)), *pairs.others()),
        _params(before, after),
        _measures(before.measured, after.measured, between),
        flips(before.measured, after.measured),
        tuple(unknown),
    )


def _lacking(side: Side) -> list[str]:
    found = list(side.lacking)
    if side.ingredients is None and not found:
        found.append("its inputs are not known any more, so files and packages are not compared")
    if side.lineage and side.lineage.moved:
        found.append(f"{side.lineage.moved[0]} was changed while it ran")
    if side.lineage and side.lineage.note:
        found.append(side.lineage.note)
    return found


def _verdict(side: Side) -> str:
    return str(side.result.outcome) if side.result else side.known or "not run"


def _place(side: Side) -> str:
    dirty = side.lineage.dirty if side.lineage else side.run.dirty if side.run else None
    return f"{side.commit[:_SHORT]}{' with changes' if dirty else ''}" if side.commit else ""


class _Pairs:
    """Differences of ingredients as pairs: what can be shown of a value is shown."""

    def __init__(self, before: Side, after: Side, tables: Mapping[str, Difference]) -> None:
        self._old, self._new = before.ingredients, after.ingredients
        self._tables = tables

    def of(self, kind: str) -> tuple[Pair, ...]:
        one = self._tables.get(kind)
        if one is None or self._old is None or self._new is None:
            return ()
        old, new = getattr(self._old, kind), getattr(self._new, kind)
        if isinstance(old, str):
            return (Pair(kind, old or ".", new or "."),)
        if isinstance(old, tuple):
            return (Pair(kind, ", ".join(old), ", ".join(new)),)
        names = {*one.changed, *one.added, *one.removed}
        if kind == "programs":
            # A script of the project's own is told of among its files.
            names -= {*self._old.files.entries, *self._new.files.entries}
        return tuple(_pair(kind, name, old.get(name), new.get(name)) for name in sorted(names))

    def others(self) -> tuple[Pair, ...]:
        """What remains: probes, folders of other loops, and whatever else a verdict hangs on."""
        taken = {"files", "packages", "programs", "command", "cwd", "patterns", "variables"}
        return tuple(pair for kind in self._tables if kind not in taken for pair in self.of(kind))


def _pair(kind: str, name: str, old: str | None, new: str | None) -> Pair:
    pair = Pair(name, _shown(kind, old), _shown(kind, new))
    if pair.before != pair.after or not (old and new):
        return pair
    # The same version, and other files.
    return Pair(name, f"{pair.before} {_brief(old)}", f"{pair.after} {_brief(new)}")


def _brief(value: str) -> str:
    """The beginning of the digest that a value ends with."""
    return value.rpartition(" ")[2][:8]


def _shown(kind: str, value: str | None) -> str:
    if value is None:
        return ""
    if kind == "packages":
        version, *rest = value.split(" ")
        return version if rest and not version.startswith(("100", "120")) else _brief(value)
    if kind == "programs":
        return f"{value.partition(' ')[0]} {_brief(value)}"
    if kind == "variables":
        # Only the digest of a variable is kept: what it is worth is nobody's business.
        return f"value {value[:8]}" if value else "not set"
    # A rule of a sample is a few words; a digest, or the mode and digest of a file, is not.
    return (value if len(value) < _LONG else _brief(value)) or "none"


def _interpreters(before: Side, after: Side) -> tuple[Pair, ...]:
    if before.lineage is None or after.lineage is None:
        return ()
    old, new = before.lineage.setting, after.lineage.setting
    found = [Pair("python", old.version, new.version)] if old.version != new.version else []
    locks = dict(old.locks), dict(new.locks)
    for name in sorted({*locks[0], *locks[1]}):
        was, now = locks[0].get(name, ""), locks[1].get(name, "")
        found += [Pair(name, was[:_SHORT], now[:_SHORT])] if was != now else []
    return tuple(found)


def _data(before: Side, after: Side) -> tuple[Pair, ...]:
    old = before.measured.data if before.measured else ""
    new = after.measured.data if after.measured else ""
    known = before.measured and after.measured
    return (Pair("data", old[:_SHORT], new[:_SHORT]),) if known and old != new else ()


def _params(before: Side, after: Side) -> tuple[Pair, ...]:
    if before.measured is None or after.measured is None:
        return ()
    old, new = dict(before.measured.params), dict(after.measured.params)
    names = dict.fromkeys((*old, *new))
    return tuple(
        Pair(name, old.get(name, ""), new.get(name, ""))
        for name in names
        if old.get(name) != new.get(name)
    )


def _measures(
    before: Measured | None, after: Measured | None, between: Between | None
) -> tuple[Measure, ...]:
    if before is None or after is None:
        return ()
    old = {one.name: one for one in before.metrics}
    new = {one.name: one for one in after.metrics}

    def difference(name: str) -> Metric | None:
        if name not in old or name not in new:
            return None
        sure = between(before, after, name) if between else None
        return sure or Metric(name, new[name].value - old[name].value)

    return tuple(
        Measure(name, old.get(name), new.get(name), difference(name))
        for name in dict.fromkeys((*new, *old))
    )


def code(before: Side, after: Side, counted: tuple[File, ...]) -> tuple[File, ...]:
    """The inputs that differ, with the lines counted where they could be."""
    if before.ingredients is None or after.ingredients is None:
        return ()
    old, new = before.ingredients.files.entries, after.ingredients.files.entries
    known = {one.path: one for one in counted}
    left = {one.moved_from for one in counted}
    found = []
    for path in sorted({*old, *new} - left):
        if old.get(path) == new.get(path):
            continue
        change = "added" if path not in old else "removed" if path not in new else "changed"
        one = known.get(path, File(path, change))
        found.append(one._replace(change="moved" if one.moved_from else change))
    return tuple(found)
