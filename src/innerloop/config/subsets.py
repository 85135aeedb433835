"""The grammar of data subsets and their ladders, and what its fields need of one another."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import NamedTuple

from innerloop.config.globs import WILD, BadGlob, compile_glob
from innerloop.config.kinds import DURATION, NUMBER, TEXT, TEXTS, Field, Kind, whole
from innerloop.config.nodes import Scalar
from innerloop.core.ladder import Rung
from innerloop.core.sampling import ALL, Amount, Data, Rule

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from innerloop.config.reader import Read, Reader
    from innerloop.core.model import Glob, Loop

MINUTE = 60.0
SHORTEST_TIMEOUT = 2 * MINUTE
UNKNOWN_TIMEOUT = 10 * MINUTE
LARGEST_SEED = 999_999_999
_DECIMAL = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,12})?|\.[0-9]{1,12}")
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")


def default_timeout(cycle: float, *, guessed: bool = False) -> float:
    """Return ten cycles up to a minute of it, three above, never under two minutes.

    Of a guessed cycle never under ten minutes: it is no reason to take a slow loop for a hung one.
    """
    shortest = UNKNOWN_TIMEOUT if guessed else SHORTEST_TIMEOUT
    return max(shortest, cycle * (10 if cycle <= MINUTE else 3))


class Path(NamedTuple):
    """A file, a folder or a glob."""

    text: str = ""
    glob: Glob | None = None
    """None: outside the project"""


def data(cwd: str) -> Callable[[Read], Data]:
    """The grammar of one data subset, its path seen from a folder."""

    def grammar(read: Read) -> Data:
        path = read.need("path", _path(cwd), "a file, a folder or a glob of one format")
        given = amount(read)
        rule = Rule(
            given or ALL,
            key=read.take("key", TEXTS, "the column that tells rows apart", ()),
            by=read.take("by", TEXTS, "the column whose values each have their share", ()),
            group=read.take("group", TEXTS, "the column whose rows stay together", ()),
            seed=read.take("seed", whole(0, LARGEST_SEED), "another one is another sample", 0),
        )
        trust = read.take("trust", _TRUST, "stat: known by size and times, not by content", False)
        return Data(read.name, path.text, rule, path.glob, given is not None, trust)

    return grammar


def rung(read: Read) -> Rung:
    """The grammar of a rung."""
    given = amount(read) or Amount(0)
    return Rung(given, read.need("cycle", DURATION, "how long one cycle takes on so much"))


def amount(read: Read) -> Amount | None:
    """How much is asked for; None where nothing is."""
    rows = read.take("rows", _ROWS, "a number of rows, or all", None)
    fraction = read.take("fraction", _FRACTION, "a part of the rows, such as 0.1", None)
    if fraction is not None:
        return ALL if Fraction(fraction) == 1 else Amount(None, fraction)
    return rows


def _read_rows(field: Field) -> Amount | None:
    node = field.node
    if isinstance(node, Scalar) and node.text == "all":
        return ALL
    number = isinstance(node, Scalar) and node.plain and NUMBER.fullmatch(node.text)
    if number and int(number.group()):
        return Amount(int(number.group()))
    field.must_be("a whole number from 1, or all")
    return None


def _read_fraction(field: Field) -> str | None:
    node = field.node
    if isinstance(node, Scalar) and _DECIMAL.fullmatch(node.text) and 0 < Fraction(node.text) <= 1:
        return node.text
    field.must_be("a part: above 0 and at most 1, such as 0.1")
    return None


def _read_trust(field: Field) -> bool:
    if isinstance(field.node, Scalar) and field.node.text == "stat":
        return True
    field.must_be("stat")
    return False


def _path(cwd: str) -> Kind[Path]:
    def read(field: Field) -> Path:
        text = TEXT.read(field)
        if not text:
            return Path()
        if not text.startswith(("/", "~")):
            try:
                # Not at any depth, as gitignore has a pattern without a slash.
                return Path(text, compile_glob(f"./{text}", cwd)._replace(text=text))
            except BadGlob as error:
                if "leaves the project" not in error.message:
                    field.wrong(error.message.replace("'./", "'"), error.hint)
                    return Path(text)
        if WILD.search(text):
            field.wrong(f"'{text}' lies outside the project", "name a file or a folder there")
        return Path(text)

    return Kind(read, Path(), {"type": "string"})


_ROWS: Kind[Amount | None] = Kind(
    _read_rows, None, {"anyOf": [{"type": "integer", "minimum": 1}, {"const": "all"}]}
)
_FRACTION: Kind[str | None] = Kind(
    _read_fraction, None, {"type": "number", "exclusiveMinimum": 0, "maximum": 1}
)
_TRUST = Kind(_read_trust, False, {"enum": ["stat"]})


def check(loop: Loop, reader: Reader) -> None:
    """Tell of what is wrong between the fields of a loop's data and its rungs."""
    for one, read in zip(loop.data, reader.below.get("data", ()), strict=False):
        if not NAME.fullmatch(one.name):
            wanted = "use letters, digits, '_', '.' and '-'"
            node = reader.entry("data", one.name)
            reader.desk.wrong(node, f"'{one.name}' cannot name data", wanted)
        _one_amount(read)
    if not loop.rungs:
        return
    if reader.has("cycle"):
        hint = "take it out: each rung has its own"
        reader.desk.wrong(reader.key("cycle"), "'cycle' says nothing beside 'rungs'", hint)
    if all(one.fixed for one in loop.data):
        said = "'rungs' needs 'data' that has no 'rows' or 'fraction' of its own"
        reader.desk.wrong(reader.key("rungs"), said, "the rungs say how much of it is taken")
    for rung_, read in zip(loop.rungs, reader.listed["rungs"], strict=False):
        if _one_amount(read) and rung_.amount == Amount(0) and not read.has("rows"):
            read.desk.wrong(read.here, "a rung needs 'rows' or 'fraction'", "rows: all is the last")
    _rising(loop, reader)


def _one_amount(read: Reader) -> bool:
    both = read.has("rows") and read.has("fraction")
    if both:
        said = "'rows' and 'fraction' both say how much"
        read.desk.wrong(read.key("fraction"), said, "take the one or the other out")
    return not both


def _rising(loop: Loop, reader: Reader) -> None:
    """Each rung takes more than the one below it."""
    seen: set[str] = set()
    for at, (one, read) in enumerate(zip(loop.rungs, reader.listed["rungs"], strict=False)):
        before = [rung_.amount for rung_ in loop.rungs[:at]]
        if str(one.amount) in seen:
            read.desk.wrong(read.here, f"there are two rungs of {one.amount}", "take one out")
        elif any(_more(other, one.amount) for other in before):
            hint = "write the smallest first"
            read.desk.wrong(read.here, f"the rung of {one.amount} stands above a larger one", hint)
        seen.add(str(one.amount))


def _more(one: Amount, other: Amount) -> bool:
    """Whether the one is surely more than the other: of rows and fractions nobody knows."""
    if one.all:
        return not other.all
    if one.fraction and other.fraction:
        return Fraction(one.fraction) > Fraction(other.fraction)
    return bool(one.rows and other.rows and one.rows > other.rows)
