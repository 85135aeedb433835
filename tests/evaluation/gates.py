"""Evaluate `no_worse_than`: how often does it say what is not so, and how much does it see?

Runs over drawn examples are judged as a walk judges them, of which it is known by how much they
are worse. Three worlds: binary scores, scores that are the mean of three tries, and F1 of labels.
A fourth, `rare`, has binary scores that only become worse, and seldom: with few examples the two
runs are often just the same, which passes by decree. It is shown, and promised nothing of.

- `none`: no difference at all. Each `fail` is a false alarm; with no margin, which is the hardest.
- `edge`: worse by just the margin. Each `pass` is wrong.
- `drop`: worse by 5 points, with the margin of 2. What is not a `pass` was seen; `fail` surely so.

The interval is two-sided, so that a wrong `fail` and a wrong `pass` each aim at half of what the
confidence leaves: 2.5 % at 0.95. Promised is that neither is above the whole of it, 5 %: of few
examples the bootstrap of F1 comes to 4 %, and its corrected form (BCa) to more.

    python tests/evaluation/gates.py --evaluations 2000
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from typing import Any, NamedTuple

import numpy as np

from innerloop.core.gates import Beside, Overlap, Reference, judge
from innerloop.core.judgement import BASELINE, Decision, Gate
from innerloop.core.results import Example, Measured

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Random = np.random.Generator
    Runs = tuple[tuple[Example, ...], tuple[Example, ...]]

MARGIN = 0.02
DROP = 0.05
SIZES = (200, 500, 1000)
EACH_WAY = 0.05
"""share of examples that become right by chance, and as many that become wrong"""
POSITIVE, RECALL, FALSE = 0.4, 0.85, 0.1
"""share of positives; of these found; of the others taken for one: F1 is 0.85"""
KEPT = 0.8
"""share of labels that the second run takes over from the first"""
TRIES = 3
PROMISED = 0.05
"""of either error, at the most: what the confidence leaves"""
SELDOM = 0.01
"""share of examples that become wrong where none becomes right"""


class Setting(NamedTuple):
    """One question to the gate, asked many times."""

    world: str
    case: str
    n: int
    margin: float
    worse: float
    """by how much the second run is truly worse"""


class Rates(NamedTuple):
    """How often each answer was given."""

    passed: float
    failed: float
    unsure: float


def settings() -> Iterator[Setting]:
    for world in WORLDS:
        for n in SIZES:
            if world == "rare":
                yield Setting(world, "same", n, SELDOM, SELDOM)
                continue
            yield Setting(world, "none", n, 0.0, 0.0)
            yield Setting(world, "edge", n, MARGIN, MARGIN)
            yield Setting(world, "drop", n, MARGIN, DROP)


def asked(setting: Setting, evaluations: int, seed: int = 1) -> Rates:
    """What the gate says to so many pairs of runs."""
    random = np.random.default_rng((seed, setting.n, round(setting.worse * 1000)))
    counted = Counter(_verdict(setting, random) for _ in range(evaluations))
    passed, failed, unsure = (counted[one] / evaluations for one in Decision)
    return Rates(passed, failed, unsure)


def _verdict(setting: Setting, random: Random) -> Decision:
    before, after = WORLDS[setting.world](setting.n, setting.worse, random)
    metric = "f1" if setting.world == "f1" else "ok"
    gate = Gate(metric, no_worse_than=BASELINE, margin=setting.margin)
    beside = Beside(
        lambda _: Reference("the baseline", Measured(examples=before)),
        lambda _: Overlap(mine=False, theirs=False),
    )
    (one,) = judge((gate,), Measured(examples=after), beside)
    return one.verdict


# -- worlds ----------------------------------------------------------------------------------


def binary(n: int, worse: float, random: Random) -> Runs:
    """Right or wrong: some examples turn, and more of them for the worse."""
    first = random.random(n) < 0.8
    turn = random.random(n)
    second = np.where(first, turn >= (EACH_WAY + worse) / 0.8, turn < EACH_WAY / 0.2)
    return _scored(first[:, None]), _scored(second[:, None])


def rare(n: int, worse: float, random: Random) -> Runs:
    """Right or wrong: none becomes right, and few become wrong."""
    first = random.random(n) < 0.8
    return _scored(first[:, None]), _scored((first & (random.random(n) >= worse / 0.8))[:, None])


def repeated(n: int, worse: float, random: Random) -> Runs:
    """Each example has a chance of its own, and is tried three times in both runs."""
    chance = random.beta(4, 1, n)
    first = random.random((n, TRIES)) < chance[:, None]
    # The mean of the chances is 0.8: all lose the same share of theirs.
    second = random.random((n, TRIES)) < (chance * (1 - worse / 0.8))[:, None]
    return _scored(first), _scored(second)


def labels(n: int, worse: float, random: Random) -> Runs:
    """A classifier whose F1 is 0.85, and one that finds fewer: F1 = 2pr / (pr + (1 - p)f + p)."""
    truth = random.random(n) < POSITIVE
    wanted = 0.85 - worse
    rest = (1 - POSITIVE) * FALSE + POSITIVE
    recall = wanted * rest / (POSITIVE * (2 - wanted))
    first = np.where(truth, random.random(n) < RECALL, random.random(n) < FALSE)
    # What is not taken over is found by chance, and less often, so that the recall comes out.
    anew = (recall - KEPT * RECALL) / (1 - KEPT)
    fresh = np.where(truth, random.random(n) < anew, random.random(n) < FALSE)
    second = np.where(random.random(n) < KEPT, first, fresh)
    return _labelled(truth, first), _labelled(truth, second)


def _scored(found: Any) -> tuple[Example, ...]:
    return tuple(
        Example(str(number), (("ok", float(one)),), rep=rep)
        for number, tries in enumerate(found.tolist())
        for rep, one in enumerate(tries)
    )


def _labelled(truth: Any, found: Any) -> tuple[Example, ...]:
    pairs = zip(truth.tolist(), found.tolist(), strict=True)
    return tuple(Example(str(at), y=y, pred=pred) for at, (y, pred) in enumerate(pairs))


WORLDS: dict[str, Callable[[int, float, Random], Runs]] = {
    "binary": binary,
    "repeated": repeated,
    "f1": labels,
    "rare": rare,
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--evaluations", type=int, default=2000)
    evaluations = parser.parse_args().evaluations
    wrong = 0
    print(f"{'world':10} {'case':6} {'n':>5} {'margin':>7} {'pass':>7} {'fail':>7} {'unsure':>7}")
    for setting in settings():
        found = asked(setting, evaluations)
        numbers = "".join(f"{share:8.2%}" for share in found)
        print(
            f"{setting.world:10} {setting.case:6} {setting.n:5} {setting.margin:7}{numbers}",
            flush=True,
        )
        error = {"none": found.failed, "edge": found.passed}.get(setting.case, 0.0)
        wrong += error > PROMISED
    print(f"{wrong} rates of error beyond what is promised" if wrong else "all as promised")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
