"""Examples and runs for tests of what is computed of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from innerloop.core.gates import Beside, Overlap, Reference, judge
from innerloop.core.pooled import spread
from innerloop.core.results import Example, Measured

if TYPE_CHECKING:
    from collections.abc import Iterable

    from innerloop.core.judgement import Gate, Judgement
    from innerloop.core.results import Label

BOTH = Overlap(mine=True, theirs=True)


def scored(
    values: Iterable[float], name: str = "ok", rep: int = 0, **slice_: str
) -> tuple[Example, ...]:
    """An example a value, numbered."""
    return tuple(
        Example(f"q{at}", ((name, float(value)),), slice=tuple(slice_.items()), rep=rep)
        for at, value in enumerate(values)
    )


def labelled(truths: Iterable[Label], guesses: Iterable[Label]) -> tuple[Example, ...]:
    pairs = zip(truths, guesses, strict=True)
    return tuple(Example(f"q{at}", y=y, pred=pred) for at, (y, pred) in enumerate(pairs))


def ones(hits: int, n: int) -> tuple[Example, ...]:
    return scored([1] * hits + [0] * (n - hits))


def run(*examples: Example, **facts: object) -> Measured:
    """A run with the metrics of its examples."""
    return spread(Measured(examples=examples)._replace(**facts))  # type: ignore[arg-type]


def says(
    gate: Gate,
    measured: Measured,
    before: Measured | None = None,
    *,
    why: str = "there is no baseline yet",
    overlap: Overlap = BOTH,
) -> Judgement:
    """The one judgement of a gate with one rule."""
    beside = Beside(
        lambda name: Reference("the baseline" if name == "baseline" else name, before, why),
        lambda _: overlap,
    )
    (one,) = judge((gate,), measured, beside)
    return one
