"""Behaviour: how often each ability passes each kind of test, and the cases that fail.

An ability is what an example's slice calls `capability`, a kind of test what it calls `test`: MFT
(minimum functionality), INV (invariance) or DIR (directional), after Ribeiro and others, Beyond
Accuracy: Behavioral Testing of NLP Models with CheckList, 2020.
"""

from __future__ import annotations

from typing import NamedTuple

from innerloop.core.statistics import wilson
from innerloop.core.text import plural, visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from innerloop.core.results import Example

CAPABILITY, TEST = "capability", "test"
KINDS = {"MFT": "minimum functionality", "INV": "invariance", "DIR": "directional"}
_WHOLE = 1.0 - 1e-9
_MOST = 10
_WIDE = 40


class Cell(NamedTuple):
    """How often cases pass: a share of them, each repetition of a case weighing its part."""

    passed: float
    n: int

    @property
    def text(self) -> str:
        low, high = wilson(self.passed, self.n)
        share = self.passed / self.n
        return f"{share:.2f} ({self.passed:g}/{self.n}, {low:.2f}..{high:.2f})"


class Case(NamedTuple):
    """A case, over all of its repetitions."""

    id: str
    capability: str
    test: str
    rate: float
    """the share of its repetitions that pass"""
    worst: tuple[tuple[str, float], ...]
    """the scores of its worst repetition that are less than whole"""
    y: str
    pred: str


def cases(examples: Iterable[Example]) -> tuple[Case, ...]:
    """Every case that names its ability, in the order they came."""
    grouped: dict[str, list[Example]] = {}
    for one in examples:
        if one.scores and CAPABILITY in dict(one.slice):
            grouped.setdefault(one.id, []).append(one)
    return tuple(_case(id_, found) for id_, found in grouped.items())


def _case(id_: str, found: Sequence[Example]) -> Case:
    worst = min(found, key=_mean)
    slice_ = dict(worst.slice)
    rate = sum(1 for one in found if _well(one)) / len(found)
    lacking = tuple((name, value) for name, value in worst.scores if value < _WHOLE)
    said = ("" if label is None else str(label) for label in (worst.y, worst.pred))
    return Case(id_, slice_[CAPABILITY], slice_.get(TEST, ""), rate, lacking, *said)


def _well(one: Example) -> bool:
    return all(value >= _WHOLE for _, value in one.scores)


def _mean(one: Example) -> float:
    return sum(value for _, value in one.scores) / len(one.scores)


def failing(found: Sequence[Case]) -> tuple[Case, ...]:
    """The cases that do not always pass, worst first: by how often, then by how far."""

    def how(one: Case) -> tuple[float, float]:
        return one.rate, sum(value for _, value in one.worst)

    return tuple(sorted((one for one in found if one.rate < _WHOLE), key=how))


def matrix(found: Iterable[Case]) -> Mapping[tuple[str, str], Cell]:
    """By ability and kind of test, both in the order they came."""
    cells: dict[tuple[str, str], Cell] = {}
    for one in found:
        passed, n = cells.get((one.capability, one.test), Cell(0.0, 0))
        cells[one.capability, one.test] = Cell(passed + one.rate, n + 1)
    return cells


def report(examples: Iterable[Example]) -> str:
    """The whole of it as lines; the empty text where no example names its ability."""
    found = cases(examples)
    if not found:
        return ""
    cells = matrix(found)
    tests = dict.fromkeys(
        (*(kind for kind in KINDS if any(t == kind for _, t in cells)), *_other(cells))
    )
    rows = [["", *(KINDS.get(test, test) or "no kind of test" for test in tests)]]
    for capability in dict.fromkeys(name for name, _ in cells):
        row = (cells.get((capability, test)) for test in tests)
        rows.append([visible(capability), *(cell.text if cell else "-" for cell in row)])
    lines = [*_aligned(rows), *_worst(failing(found))]
    return "".join(f"{line}\n" for line in lines)


def _other(cells: Mapping[tuple[str, str], Cell]) -> list[str]:
    return [test for _, test in cells if test not in KINDS]


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    texts = (
        "  ".join(f"{cell:{width}}" for cell, width in zip(row, widths, strict=True))
        for row in rows
    )
    return [text.rstrip() for text in texts]


def _worst(found: Sequence[Case]) -> list[str]:
    if not found:
        return []
    rows = [
        [
            f"  {visible(one.id)}",
            f"{visible(one.capability)} {one.test}".rstrip(),
            ", ".join(f"{visible(name)} {value:g}" for name, value in one.worst),
            _came(one),
        ]
        for one in found[:_MOST]
    ]
    more = len(found) - _MOST
    rest = [f"  ... and {more} more"] if more > 0 else []
    return [f"{plural(len(found), 'case')} failing, worst first:", *_aligned(rows), *rest]


def _came(one: Case) -> str:
    """What came, and what should have; nothing where it does not say."""
    if not one.y and not one.pred:
        return ""
    return (
        f"{_short(one.pred) or 'nothing'} instead of {_short(one.y)}" if one.y else _short(one.pred)
    )


def _short(text: str) -> str:
    text = visible(text)
    return text if len(text) <= _WIDE else f"{text[: _WIDE - 1]}…"
