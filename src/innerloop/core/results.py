"""Results: the numbers a loop has left, and the examples that they are made of."""

from __future__ import annotations

from typing import NamedTuple

Label = str | float | bool | None
"""what an example is, or was taken for"""


class Example(NamedTuple):
    """One example of an evaluation, once: a line of `examples.jsonl`."""

    id: str
    scores: tuple[tuple[str, float], ...] = ()
    """by name; each finite"""
    y: Label = None
    """what it is; None: not told"""
    pred: Label = None
    """what it was taken for; None: not told"""
    slice: tuple[tuple[str, str], ...] = ()
    """what it belongs to, by dimension: `lang` -> `da`"""
    rep: int = 0
    """which repetition of the same example, from zero"""


class Metric(NamedTuple):
    """A number, how many examples it is made of, and how sure it is."""

    name: str
    value: float
    n: int | None = None
    """examples, repetitions counted once; None: nobody knows"""
    low: float | None = None
    """the lower end of its 95 % interval; None: no interval can be given"""
    high: float | None = None
    of: int | None = None
    """examples that there were, where not all of them carry it"""
    error: float | None = None
    """the standard error that its interval is made of; None: it is not made of one"""


class Measured(NamedTuple):
    """All that one run of a loop has left to be judged."""

    metrics: tuple[Metric, ...] = ()
    examples: tuple[Example, ...] = ()
    params: tuple[tuple[str, str], ...] = ()
    """what it was run with, as its results say"""
    cost: float | None = None
    """what it has cost, as its results say; None: they do not"""
    data: str = ""
    """the digest of the data it was measured on; empty: the loop declares none"""
    problems: tuple[str, ...] = ()
    """what could not be read, or means nothing: nothing here passes while there are any"""
