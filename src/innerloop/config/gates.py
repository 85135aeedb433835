"""The grammar of a gate and of the results it is over, and what they need of one another."""

from __future__ import annotations

import math
import re

from innerloop.config.globs import compile_globs
from innerloop.config.kinds import INSIDE, TEXT, TEXTS, WRITTEN, Kind, whole
from innerloop.config.nodes import Items, Scalar, Table, named
from innerloop.core.judgement import ASK, BASELINE, PASS, Gate
from innerloop.core.judgement import UNSURE as CHOICES
from innerloop.core.ladder import base
from innerloop.core.text import nearest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from innerloop.config.kinds import Field
    from innerloop.config.reader import Read, Reader
    from innerloop.core.model import Loop

OUT = "{out}/"
_NUMBER = re.compile(r"[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]{1,3})?")
_RUN = re.compile(r"#?[0-9]{1,17}")
_HALF = 0.5
_BETTER = {"higher": False, "lower": True}
_TREND = ("min", "max", "no_worse_than", "pinned")


def numbered(read: Read, loop: Loop) -> Loop:
    """The loop with the numbers that it leaves, and what is asked of them."""
    results = read.take("results", RESULTS, "the files with numbers that it leaves", ())
    left = tuple(path for path in results if not path.startswith(OUT))
    return loop._replace(
        results=results,
        cases=read.take("cases", INSIDE, "the file of cases that `loop case add` adds to", ""),
        gate=read.items("gate", "rules over its results", gate, alone=True),
        repeat=read.take("repeat", whole(1, 100), "how often it runs in one step", 1),
        # What it leaves is no input of it.
        outputs=(*loop.outputs, *compile_globs(left, loop.cwd)),
    )


def gate(read: Read) -> Gate:
    """One rule over the results of a loop."""
    return Gate(
        metric=read.take("metric", TEXT, "the metric it is over", ""),
        min=read.take("min", NUMBER, "the least it may be", None),
        max=read.take("max", NUMBER, "the most it may be", None),
        no_worse_than=read.take(
            "no_worse_than", REFERENCE, "`baseline`, or the number of a run", ""
        ),
        margin=read.take("margin", MARGIN, "how much worse it may be", 0.0),
        confidence=read.take(
            "confidence", CONFIDENCE, "how sure the interval is that decides, such as 0.95", None
        ),
        lower=read.take("better", BETTER, "lower: less is better", False),
        slice=read.take("slice", SLICE, "only examples of this slice", ()),
        pinned=read.take("pinned", TEXTS, "ids of examples that must never fail", ()),
        distinct_from=read.take(
            "distinct_from", TEXT, "a loop whose data has no row of this loop's data", ""
        ),
        on_inconclusive=read.take(
            "on_inconclusive",
            UNSURE,
            "what becomes of it where the numbers do not decide",
            ASK,
        ),
    )


# -- kinds of value --------------------------------------------------------------------------


def _decimal(field: Field) -> float | None:
    node = field.node
    if isinstance(node, Scalar) and node.plain and _NUMBER.fullmatch(node.text):
        found = float(node.text)
        if math.isfinite(found):
            return found
    field.must_be("a number")
    return None


def _margin(field: Field) -> float:
    found = _decimal(field)
    if found is not None and found < 0:
        field.wrong("'margin' is less than nothing", "write how much worse it may be, such as 0.01")
    return max(found or 0.0, 0.0)


def _confidence(field: Field) -> float | None:
    found = _decimal(field)
    if found is not None and not _HALF < found < 1:
        field.wrong("'confidence' must be between 0.5 and 1", "such as 0.95")
        return None
    return found


def _reference(field: Field) -> str:
    node = field.node
    text = node.text if isinstance(node, Scalar) else ""
    if text == BASELINE or _RUN.fullmatch(text):
        return text.removeprefix("#")
    if isinstance(node, Scalar):
        near = nearest(text, [BASELINE])
        hint = f"did you mean '{near}'?" if near else "`loop history` lists runs by number"
        field.wrong(f"'{field.name}' must be 'baseline', or the number of a run", hint)
    else:
        field.must_be("'baseline', or the number of a run")
    return ""


def _better(field: Field) -> bool:
    node = field.node
    if isinstance(node, Scalar) and node.text in _BETTER:
        return _BETTER[node.text]
    field.must_be("higher or lower")
    return False


def _unsure(field: Field) -> str:
    node = field.node
    if isinstance(node, Scalar) and node.text in CHOICES:
        return node.text
    field.must_be("ask, pass or fail")
    return ASK


def _slice(field: Field) -> tuple[tuple[str, str], ...]:
    if not isinstance(field.node, Table):
        field.must_be("a mapping, such as {lang: da}")
        return ()
    pairs = []
    for key, value in field.node.entries:
        if not isinstance(value, Scalar) or named(value) == "nothing":
            field.tell(value, f"'{key.text}' must be a text, not {named(value)}", "")
        else:
            pairs.append((key.text, value.text))
    return tuple(pairs)


def _results(field: Field) -> tuple[str, ...]:
    nodes = field.node.nodes if isinstance(field.node, Items) else (field.node,)
    found = (_result_file(field._replace(node=node)) for node in nodes)
    return tuple(dict.fromkeys(filter(None, found)))


def _result_file(field: Field) -> str:
    path = TEXT.read(field)
    rest = path.removeprefix(OUT)
    parts = rest.split("/")
    if "{" in rest or "}" in rest:
        field.wrong(f"'{path}': only {{out}} stands for something here, at the beginning")
    elif rest.startswith(("/", "~")) or ".." in parts:
        hint = "name a file below the folder of loops.yaml, or in {out}"
        field.wrong(f"'{path}' leaves the project's folder", hint)
    elif path and not parts[-1]:
        field.wrong(f"'{path}' names a folder", "name the file, such as {out}/metrics.json")
    else:
        return path
    return ""


def _any(one: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [one, {"type": "array", "items": one}]}


NUMBER: Kind[float | None] = Kind(_decimal, None, {"type": "number"})
MARGIN = Kind(_margin, 0.0, {"type": "number", "minimum": 0})
CONFIDENCE: Kind[float | None] = Kind(
    _confidence, None, {"type": "number", "exclusiveMinimum": _HALF, "exclusiveMaximum": 1}
)
REFERENCE = Kind(_reference, "", {"type": WRITTEN})
BETTER = Kind(_better, False, {"enum": [*_BETTER]})
UNSURE = Kind(_unsure, ASK, {"enum": [*CHOICES]})
SLICE: Kind[tuple[tuple[str, str], ...]] = Kind(
    _slice, (), {"type": "object", "additionalProperties": {"type": WRITTEN}}
)
RESULTS: Kind[tuple[str, ...]] = Kind(_results, (), _any({"type": "string"}))


# -- what they need of one another -----------------------------------------------------------


def check(loop: Loop, reader: Reader, known: dict[str, Loop]) -> None:
    """Tell of what is wrong between the results, the gates and the rest of a loop."""
    if reader.has("gate") and not reader.has("results"):
        hint = 'name what it leaves, such as "{out}/examples.jsonl"'
        reader.desk.wrong(reader.key("gate"), f"'gate' of '{loop.name}' needs 'results'", hint)
    if loop.gate and loop.retries:
        said = "a loop with a gate cannot have 'retries': it would be tried until it is lucky"
        reader.desk.wrong(
            reader.key("retries"), said, "'repeat' pools the examples of several runs"
        )
    if reader.has("repeat") and loop.repeat > 1 and not loop.results:
        said = f"'repeat' of '{loop.name}' needs 'results': it pools them"
        reader.desk.wrong(reader.key("repeat"), said)
    for path in loop.results:
        _result(loop, reader, path)
    for one, rows in zip(loop.gate, reader.listed["gate"], strict=False):
        _gate(one, rows, loop, known)


def _result(loop: Loop, reader: Reader, path: str) -> None:
    node = reader.value("results", path)
    if path.startswith(OUT) and "out" not in loop.run.placeholders and loop.run.text:
        said = f"'{path}' is never there: the command is not handed {{out}}"
        reader.desk.wrong(node, said, "hand {out} to it, in quotes where YAML needs them")
    elif not path.startswith(OUT) and loop.repeat > 1:
        said = f"'{path}' would be written over by each repetition"
        reader.desk.wrong(node, said, "with 'repeat', have it written into {out}")


def _idle(one: Gate, reader: Reader) -> Iterator[tuple[str, str, bool]]:
    """Keys that would do nothing by themselves: what they are of, and whether that is there."""
    worse = reader.has("no_worse_than")
    bound = reader.has("min") or reader.has("max")
    pinned = reader.has("pinned")
    yield "margin", "'no_worse_than'", worse
    if not (worse or bound or pinned):
        if reader.has("distinct_from"):
            asks = "'min', 'max', 'no_worse_than' or 'pinned'"
            yield from ((key, asks, False) for key in ("metric", "slice", "better", "confidence"))
    else:
        yield "better", "'no_worse_than' or 'pinned': 'min' and 'max' say which is", worse or pinned
        yield "confidence", "'no_worse_than', 'min' or 'max'", worse or bound
    # What cannot be told apart is never a pass, whatever is said here.
    apart = reader.has("distinct_from") and one.on_inconclusive != PASS
    unsure = worse or (bound and reader.has("confidence")) or apart
    if worse or bound or pinned or reader.has("distinct_from"):
        yield "on_inconclusive", "what may be undecided: 'no_worse_than', 'confidence'", unsure


def _gate(one: Gate, reader: Reader, loop: Loop, known: dict[str, Loop]) -> None:
    asked = [key for key in _TREND if reader.has(key)]
    desk = reader.desk
    if asked and not reader.has("metric"):
        desk.wrong(reader.key(asked[0]), f"'{asked[0]}' needs 'metric'")
    if not asked and not reader.has("distinct_from"):
        said = "a gate needs 'min', 'max', 'no_worse_than', 'pinned' or 'distinct_from'"
        desk.wrong(reader.key("metric"), said)
    for key, whose, matters in _idle(one, reader):
        if reader.has(key) and not matters:
            desk.wrong(reader.key(key), f"'{key}' is of {whose}")
    if one.min is not None and one.max is not None and one.min > one.max:
        desk.wrong(reader.key("min"), "'min' is above 'max', so nothing passes")
    if one.distinct_from and base(one.distinct_from) not in set(map(base, known)):
        near = nearest(one.distinct_from, known)
        hint = f"did you mean '{near}'?" if near else ""
        desk.wrong(reader.value("distinct_from"), f"there is no loop '{one.distinct_from}'", hint)
    elif one.distinct_from == loop.name:
        desk.wrong(reader.value("distinct_from"), "its data is always that of itself")
