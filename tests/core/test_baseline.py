from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from measured import ones, run

from innerloop.core import baseline, pins
from innerloop.core.baseline import Origin, Pinned
from innerloop.core.reading.strict import Unreadable
from innerloop.core.results import Example

ORIGIN = Origin(
    "eval",
    "12",
    "0123abc",
    False,
    "f" * 32,
    "d" * 32,
    "2026-01-01T00:00:00+00:00",
    "Ada",
    "why: ü",
)
EXAMPLES = (
    Example("b", (("ok", 1.0), ("judge", 0.1)), "x", "y", (("lang", "da"),), 1),
    Example("b", (("ok", 0.0),), True, False),
    Example("a", (), 1, 0.25),
)


def pinned(*examples: Example) -> Pinned:
    return Pinned(ORIGIN, run(*(examples or EXAMPLES), data=ORIGIN.data))


def test_it_reads_as_it_was_written() -> None:
    found = baseline.read(baseline.written(pinned()))
    assert found.origin == ORIGIN
    assert set(found.measured.examples) == {
        one._replace(scores=tuple(sorted(one.scores))) for one in EXAMPLES
    }
    assert found.measured.data == ORIGIN.data
    assert pins.place("baselines", "eval") == "baselines/eval.jsonl"


def test_it_can_be_read_in_a_diff() -> None:
    before = baseline.written(pinned(*ones(3, 5))).decode().splitlines()
    after = baseline.written(pinned(*ones(4, 5)[::-1])).decode().splitlines()
    changed = [old for old, new in zip(before[1:], after[1:], strict=True) if old != new]
    assert changed == ['{"id": "q3", "scores": {"ok": 0.0}}']
    head = json.loads(before[0])
    assert {"innerloop baseline", "commit", "data", "who", "why", "metrics"} <= head.keys()
    assert head["metrics"] == {"ok": 0.6}


def test_other_line_ends_are_the_same_lines() -> None:
    data = baseline.written(pinned()).replace(b"\n", b"\r\n")
    assert baseline.read(data).origin == ORIGIN


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"ok": 1.0', '"ok": 0.0', "it is not as it was pinned"),
        ('"data": "d', '"data": "e', "it is not as it was pinned"),
        ('"why": "why', '"why": "not', "it is not as it was pinned"),
        ('{"id": "a", "y": 1, "pred": 0.25}\n', "", "it is not as it was pinned"),
        ('"innerloop baseline": 1', '"innerloop baseline": 2', "it is of version 2"),
        ('"innerloop baseline": 1', '"other": 1', "its first line is not that of a baseline"),
        ('{"inner', '<<<<<<< HEAD\n{"inner', "it is no JSON"),
        ('{"inner', '[]\n{"inner', "its first line is not that of a baseline"),
    ],
)
def test_one_that_was_touched_is_not_believed(old: str, new: str, said: str) -> None:
    text = baseline.written(pinned()).decode()
    assert old in text
    with pytest.raises(Unreadable, match=said):
        baseline.read(text.replace(old, new).encode())


@given(st.integers(0, 2000), st.binary(max_size=3))
def test_no_cut_and_no_other_bytes_are_read_as_a_baseline(at: int, put: bytes) -> None:
    data = baseline.written(pinned())
    changed = data[: at % len(data)] + put
    if changed.rstrip() != data.rstrip():
        with pytest.raises(Unreadable):
            baseline.read(changed)


def test_a_head_of_another_shape_is_damaged() -> None:
    broken = Pinned(ORIGIN._replace(loop=None), run(*EXAMPLES))  # type: ignore[arg-type]
    with pytest.raises(Unreadable, match="its first line is damaged"):
        baseline.read(baseline.written(broken))
