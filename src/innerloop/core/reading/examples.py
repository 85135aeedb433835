"""examples.jsonl: an example a line, with its id, its scores, and what it was taken for."""

from __future__ import annotations

from typing import Any, NamedTuple

from innerloop.core.reading.strict import Unreadable, number, text, value
from innerloop.core.results import Example, Measured

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_LONGEST = 1000
"""characters of an id"""


class Line(NamedTuple):
    """One example, and the line it stands in."""

    number: int
    example: Example


def examples(data: bytes) -> Measured:
    """Every example of a file; each line that is none is a problem."""
    found: list[Line] = []
    problems: list[str] = []
    try:
        lines = text(data).split("\n")
    except Unreadable as error:
        return Measured(problems=(str(error),))
    for at, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            found.append(Line(at, example(value(line))))
        except Unreadable as error:
            # What JSON says of its line is said of a text that is one line.
            said = str(error).replace(" at line 1 ", " at ")
            problems.append(f"line {at}: {said}")
    if not found and not problems:
        problems.append("there is no example in it")
    problems += _twice(found)
    return Measured(examples=tuple(line.example for line in found), problems=tuple(problems))


def example(row: Any) -> Example:
    """One line's object as an example; raises Unreadable."""
    if not isinstance(row, dict):
        raise Unreadable("it is no object")
    made = Example(
        _id(row.get("id")),
        tuple(_scores(row.get("scores"))),
        _label(row, "y"),
        _label(row, "pred"),
        tuple(_slice(row.get("slice"))),
        _rep(row.get("rep", 0)),
    )
    if (made.y is None) is not (made.pred is None):
        less, more = ("y", "pred") if made.y is None else ("pred", "y")
        raise Unreadable(f"{made.id!r} has {more!r} and no {less!r}")
    if not made.scores and made.y is None:
        raise Unreadable(
            f"{made.id!r} was not measured: it has neither 'scores' nor 'y' and 'pred'"
        )
    return made


def _id(found: object) -> str:
    if found is None:
        raise Unreadable("it has no 'id'")
    if isinstance(found, bool) or not isinstance(found, (str, int)) or found == "":
        raise Unreadable("its 'id' is neither a text nor a whole number")
    if len(made := str(found)) > _LONGEST:
        raise Unreadable(f"its 'id' has more than {_LONGEST} characters")
    return made


def _scores(found: object) -> Iterator[tuple[str, float]]:
    if found is None:
        return
    if not isinstance(found, dict):
        raise Unreadable("its 'scores' are no object")
    for name, score in found.items():
        try:
            made = float(score) if isinstance(score, bool) else number(score)
        except Unreadable as error:
            raise Unreadable(f"its score {name!r} {error}") from error
        if made is None:
            what = "null: it was not measured" if score is None else "no number"
            raise Unreadable(f"its score {name!r} is {what}")
        yield str(name), made


def _label(row: dict[str, Any], key: str) -> str | float | bool | None:
    found = row.get(key)
    if found is None or isinstance(found, (bool, str)):
        return found
    try:
        made = number(found)
    except Unreadable as error:
        raise Unreadable(f"its {key!r} {error}") from error
    if made is None:
        raise Unreadable(f"its {key!r} is neither a text nor a number")
    return int(made) if made.is_integer() and isinstance(found, int) else made


def _slice(found: object) -> Iterator[tuple[str, str]]:
    if found is None:
        return
    if not isinstance(found, dict):
        raise Unreadable("its 'slice' is no object")
    for name, part in found.items():
        if part is None:
            continue
        if not isinstance(part, (str, int, float)):
            raise Unreadable(f"its slice {name!r} is neither a text nor a number")
        yield str(name), str(part).lower() if isinstance(part, bool) else str(part)


def _rep(found: object) -> int:
    if isinstance(found, bool) or not isinstance(found, int) or found < 0:
        raise Unreadable("its 'rep' is no whole number from 0")
    return found


def _twice(lines: list[Line]) -> Iterator[str]:
    first: dict[tuple[str, int], int] = {}
    for line in lines:
        key = (line.example.id, line.example.rep)
        known = first.setdefault(key, line.number)
        if known != line.number:
            said = f"{line.example.id!r} stands in lines {known} and {line.number}"
            yield f"{said}: a repetition has a 'rep' of its own"
