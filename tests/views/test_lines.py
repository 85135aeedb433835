from __future__ import annotations

import pytest
from shown import BEHAVE, EVAL, FORMAT, LINT, RESULTS, RUN, TYPES, UNIT, came, golden, ran

from innerloop.core.model import Outcome, Result, Run, Verdict
from innerloop.views.lines import closing, line, painted, word


def test_every_outcome_has_a_line() -> None:
    lines = [line(ran(UNIT, outcome, "why"), 8, colour=True) for outcome in Outcome]

    golden("lines.txt", "".join(f"{one}\n" for one in lines))


@pytest.mark.parametrize(
    ("result", "said"),
    [
        (ran(UNIT, Outcome.PASSED), "passed"),
        (ran(UNIT, Outcome.PASSED, flaky=True), "flaky"),
        (ran(UNIT, Outcome.FAILED), "FAILED"),
        (ran(UNIT, Outcome.TIMED_OUT), "TIMED OUT"),
        (came(UNIT, Outcome.CACHED), "cached"),
    ],
)
def test_what_came_of_it_in_a_word(result: Result, said: str) -> None:
    assert word(result) == said


@pytest.mark.parametrize(
    ("result", "said"),
    [
        (ran(UNIT, Outcome.PASSED), "unit  passed       1.2s"),
        (ran(UNIT, Outcome.FAILED, "exit 1"), "unit  FAILED       1.2s  exit 1"),
        (
            came(UNIT, Outcome.CACHED, "passed 3m ago (#7)"),
            "unit  cached             passed 3m ago (#7)",
        ),
        (
            ran(UNIT, Outcome.FAILED, "exit 1", required=False),
            "unit  FAILED       1.2s  exit 1 (not required)",
        ),
        (ran(UNIT, Outcome.PASSED, required=False), "unit  passed       1.2s"),
        (
            ran(UNIT, Outcome.FAILED, "loop: OSError: \x1b[2J\nx"),
            r"unit  FAILED       1.2s  loop: OSError: \x1b[2J\nx",
        ),
    ],
)
def test_a_line(result: Result, said: str) -> None:
    assert line(result, 4, colour=False) == said


def test_colour_takes_no_room() -> None:
    plain, tinted = (line(RESULTS[3], 12, colour=colour) for colour in (False, True))

    assert tinted.replace("\x1b[31;1m", "").replace("\x1b[0m", "") == plain


def test_painted() -> None:
    assert painted("x", "\x1b[1m", colour=True) == "\x1b[1mx\x1b[0m"
    assert painted("x", "\x1b[1m", colour=False) == "x"


def run(verdict: Verdict, *results: Result) -> Run:
    return RUN._replace(verdict=verdict, results=results, seconds=4.0)


PASSED, CACHED = ran(UNIT, Outcome.PASSED), came(LINT, Outcome.CACHED)
ENDS = [
    (
        run(Verdict.GREEN, PASSED, CACHED)._replace(complete=True),
        "green: 2 loops passed (1 before) in 4.0s. Ready for the outer loop: .loop/handoff.json",
    ),
    (run(Verdict.GREEN, PASSED, CACHED), "green: 2 loops passed (1 before) in 4.0s"),
    (
        run(Verdict.GREEN, CACHED)._replace(complete=True),
        "green: 1 loop passed before. Ready for the outer loop: .loop/handoff.json",
    ),
    (run(Verdict.GREEN, CACHED), "green: 1 loop passed before"),
    (run(Verdict.GREEN, came(FORMAT, Outcome.SKIPPED, empty=True)), "green: 0 loops passed"),
    # One that is not required may have failed: it ran, and that took its time.
    (run(Verdict.GREEN, CACHED, RESULTS[4]), "green: 1 loop passed before in 4.0s"),
    (
        run(Verdict.RED, PASSED, RESULTS[4], RESULTS[3], RESULTS[5]),
        "red: unit, behavioural failed after 4.0s. Log: .loop/runs/12/unit/output.log",
    ),
    (run(Verdict.RED, RESULTS[3]._replace(log="")), "red: unit failed after 4.0s"),
    (
        run(Verdict.PARTLY, PASSED, came(EVAL, Outcome.DEFERRED), came(TYPES, Outcome.SKIPPED)),
        "partly green: 1 loop passed in 4.0s; not yet: eval, typecheck",
    ),
    (
        run(Verdict.PARTLY, PASSED, came(FORMAT, Outcome.SKIPPED, empty=True)),
        "partly green: 1 loop passed in 4.0s, but files changed meanwhile; run it again",
    ),
    (
        run(Verdict.PARTLY, PASSED, came(EVAL, Outcome.DEFERRED, required=False)),
        "partly green: 1 loop passed in 4.0s, but files changed meanwhile; run it again",
    ),
    (
        run(Verdict.PARTLY, PASSED._replace(moved=True)),
        "partly green: 1 loop passed in 4.0s; not remembered: unit",
    ),
    (
        run(Verdict.INTERRUPTED, PASSED, ran(BEHAVE, Outcome.CANCELLED)),
        "interrupted after 4.0s: 1 loop passed",
    ),
]


@pytest.mark.parametrize(("ended", "said"), ENDS)
def test_the_last_line(ended: Run, said: str) -> None:
    assert closing(ended, colour=False) == said


@pytest.mark.parametrize("verdict", Verdict)
def test_each_verdict_has_a_colour(verdict: Verdict) -> None:
    said = closing(run(verdict, RESULTS[3]), colour=True)

    assert said.startswith("\x1b[")
    assert f"m{verdict}\x1b[0m" in said
