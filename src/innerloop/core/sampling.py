"""The rule of a data subset: which rows are in it, whatever format and engine they come from.

Every row has a rank: the md5 of the seed and its key. Of each value of `by` the rows of the
smallest ranks are taken, of all of them the same share, rounded up, so that what is rare is
there. Every amount is the beginning of one and the same order: the 200 are among the 5,000.
"""

from __future__ import annotations

from typing import NamedTuple

from innerloop.core.errors import LoopError
from innerloop.core.text import plural

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from innerloop.core.model import Glob

VERSION = 1
"""of the rule: another one would take other rows"""
TRUSTED = "trusted by its times"
"""how a verdict ends on data whose bytes nobody has read"""
NO_ROWS = "has no rows, so there is nothing to sample"
MOST_STRATA = 100_000
"""of what has more values than this, none is a class of anything"""
BETWEEN = "\x1f"
"""what stands between the values of several columns, and behind a name; no file has it"""
END = "\x1e"
"""what ends a value of a row without a key: such a row is known by all it holds, in the order of
the names, and what is empty is left out"""


class DataError(LoopError):
    """Data that cannot be sampled: which file and row, and what to do."""


class DataMovedError(DataError):
    """A source that changed while it was read: what was cut of it is nothing."""

    def __init__(self, path: str) -> None:
        super().__init__(
            f"{path} changed while it was sampled", "run it again when it stands still"
        )
        self.path = path


class StoppedError(Exception):
    """Nobody waits for the sample any more."""


class Amount(NamedTuple):
    """How much of the data: a number of rows, a fraction of them, or all."""

    rows: int | None = None
    fraction: str = ""
    """as it was written: 0.1 is a tenth, and no binary fraction near it"""

    def __str__(self) -> str:
        if self.fraction:
            whole, _, part = self.fraction.partition(".")
            digits = f"{part:0<2}"
            percent = f"{whole}{digits[:2]}".lstrip("0") or "0"
            rest = digits[2:].rstrip("0")
            return f"{percent}.{rest}%" if rest else f"{percent}%"
        return "all" if self.rows is None else str(self.rows)

    @property
    def all(self) -> bool:
        return self.rows is None and not self.fraction


ALL = Amount()


class Rule(NamedTuple):
    """Which rows are taken."""

    amount: Amount = ALL
    key: tuple[str, ...] = ()
    """the columns that name a row; none: all that it holds, copies counted"""
    by: tuple[str, ...] = ()
    """the columns whose values are each to have their share"""
    group: tuple[str, ...] = ()
    """the columns that name an entity, whose rows are all taken or none"""
    seed: int = 0


class Data(NamedTuple):
    """Data that a loop is handed as `{data.NAME}`."""

    name: str
    path: str
    """as it was written"""
    rule: Rule
    glob: Glob | None = None
    """the files, from the root; None: they lie outside the project, at `path`"""
    fixed: bool = True
    """it has an amount of its own, so that the rungs of a ladder do not change it"""
    trust: bool = False
    """its files are known by size and times, and not by what they hold"""


def text(value: object) -> str:
    """A value of any format as a key: as JSON writes it, a text without quotes, nothing as ``."""
    if isinstance(value, str):
        return value
    if value is None or value != value:  # noqa: PLR0124 - NaN is no value
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    import json  # noqa: PLC0415 - only for what is nested

    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def sampled_by(data: Data) -> tuple[tuple[str, str], ...]:
    """What a sample depends on beside the files: of all rows, nothing but which files they are."""
    path = ("path", data.path)
    if data.rule.amount.all:
        return (path,)
    rule = data.rule
    columns = ((name, ", ".join(getattr(rule, name))) for name in ("key", "by", "group"))
    amount = (("rows", str(rule.amount)), ("seed", str(rule.seed)), ("rule", str(VERSION)))
    return (path, *columns, *amount)


def said(rule: Rule) -> str:
    """The rule in a line."""
    seed, group = rule.seed, _named(rule.group)
    what = f"the rows of the smallest md5('{seed}:' + {_named(rule.key) or 'the row'})"
    if group:
        rank = f"md5('{seed}:' + {group})"
        what = f"the rows of each {group} together, {group}s by the smallest {rank}"
    if rule.amount.all:
        return "all rows"
    by = f", of each {_named(rule.by)} the same share, rounded up" if rule.by else ""
    return f"{what}{by}"


def _named(columns: tuple[str, ...]) -> str:
    return " and ".join(columns)


class Taken(NamedTuple):
    """What was taken of one stratum."""

    label: str
    rows: int
    of: int


class Cut(NamedTuple):
    """A sample that was written."""

    rows: int
    of: int
    strata: tuple[Taken, ...] = ()
    """largest first; none where nothing stratifies"""
    engine: str = ""


def lines(cut: Cut, rule: Rule, shown: str, most: int = 20) -> list[str]:
    """What was cut, of what, by which rule, and how many of each stratum."""
    head = f"{cut.rows:,} of {plural(cut.of, 'row').replace(str(cut.of), f'{cut.of:,}', 1)}"
    found = [f"{head} of {shown}", f"rule {VERSION}: {said(rule)}"]
    width = max([len(_label(one.label)) for one in cut.strata[:most]] + [0])
    found += [
        f"  {_label(one.label):{width}}  {one.rows:,} of {one.of:,}" for one in cut.strata[:most]
    ]
    rest = cut.strata[most:]
    if rest:
        rows, of = sum(one.rows for one in rest), sum(one.of for one in rest)
        found.append(f"  and {len(rest):,} more: {rows:,} of {of:,}")
    missing = sum(1 for one in cut.strata if not one.rows)
    if missing:
        found.append(f"  {missing:,} of {len(cut.strata):,} are not there: too few rows for each")
    return found


def _label(label: str) -> str:
    return label.replace(BETWEEN, ", ") or "(none)"


def strata(taken: Mapping[str, int], counts: Mapping[str, int]) -> tuple[Taken, ...]:
    """Each stratum with what was taken of it, largest first."""
    order = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return tuple(Taken(label, taken.get(label, 0), of) for label, of in order)
