from __future__ import annotations

import pytest
from fakes import FakeWorld, made

from innerloop.core.job import Completion
from innerloop.core.model import GREEN, RED, Action, Loop, Outcome, Result, Step, Verdict
from innerloop.core.world import Passed, Ran
from innerloop.engine.outcome import behind, cached, held, nothing, result, said, unproven, verdict

UNIT = made("unit", 10, timeout=90)
MOVED = ("a.py", "b.py", "c.py", "d.py", "e.py")


def came(loop: Loop = UNIT, *, attempts: int = 1, end: Completion, **facts: object) -> Result:
    ran = Ran(end, 5.0, "runs/1/unit/output.log", "runs/1/unit/out", command="pytest -q")
    step = Step(loop, Action.RUN, "never passed", loop.cycle)
    ran = ran._replace(**facts)  # type: ignore[arg-type]
    return result(step, FakeWorld().prove(loop), ran, attempts, 4.0)


def test_a_pass_carries_everything_there_is_to_keep() -> None:
    assert came(end=Completion(0, 3.5)) == Result(
        "unit",
        Outcome.PASSED,
        "",
        4.0,
        seconds=3.5,
        exit_code=0,
        log="runs/1/unit/output.log",
        out="runs/1/unit/out",
        fingerprint=FakeWorld().prove(UNIT).fingerprint,
        command="pytest -q",
    )


@pytest.mark.parametrize(
    ("end", "what", "reason"),
    [
        (Completion(1, 1), Outcome.FAILED, "exit 1"),
        (Completion(137, 1), Outcome.FAILED, "killed by SIGKILL"),
        (Completion(124, 1, timed_out=True), Outcome.TIMED_OUT, "timeout of 1m 30s"),
        # What heeds the interrupt may end with nought: it was not done all the same.
        (Completion(0, 1, timed_out=True), Outcome.TIMED_OUT, "timeout of 1m 30s"),
        (Completion(130, 1, cancelled=True), Outcome.CANCELLED, "ended before it was done"),
        (Completion(0, 1, cancelled=True), Outcome.CANCELLED, "ended before it was done"),
    ],
)
def test_how_a_step_ended(end: Completion, what: Outcome, reason: str) -> None:
    found = came(end=end)

    assert found.outcome is what
    assert found.reason.endswith(reason)
    assert not found.green


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (1, "exit 1"),
        (128, "exit 128"),
        (129, "killed by SIGHUP"),
        (139, "killed by SIGSEGV"),
        (255, "exit 255"),
        (127, "exit 127"),
    ],
)
def test_an_exit_code_in_words(code: int, words: str) -> None:
    assert said(code) == words


def test_a_pass_at_a_later_attempt_is_flaky() -> None:
    found = came(end=Completion(0, 1), attempts=2)

    assert found.flaky
    assert found.reason == "flaky: passed at attempt 2"


def test_a_failure_at_a_later_attempt_is_a_failure() -> None:
    assert not came(end=Completion(1, 1), attempts=2).flaky


def test_a_failure_that_collected_nothing_is_a_failure() -> None:
    assert not came(end=Completion(5, 1), empty=True).empty
    assert came(end=Completion(0, 1), empty=True).empty


def test_what_moved_is_named_and_the_verdict_is_on_nothing() -> None:
    found = came(end=Completion(0, 1), moved=MOVED)

    assert found.fingerprint == ""
    assert found.moved
    (said,) = found.warnings
    assert said == (
        "a.py, b.py, c.py and 2 more changed while it ran, so this is not remembered: "
        "if the loop wrote it, name it under outputs or ignore"
    )


def test_what_moved_under_a_failure_is_named_without_advice() -> None:
    found = came(end=Completion(1, 1), moved=("a.py",))

    assert found.warnings == ("a.py changed while it ran, so this is not remembered",)
    assert found.reason == "exit 1"
    assert found.moved


def test_what_was_ended_half_way_is_not_blamed_for_what_moved() -> None:
    found = came(end=Completion(130, 1, cancelled=True), moved=("a.py",))

    assert found.warnings == ()
    assert found.fingerprint == ""
    assert not found.moved


def test_a_loop_that_writes_has_to_settle() -> None:
    found = came(UNIT._replace(writes=True), end=Completion(0, 1), moved=("a.py",))

    assert found.outcome is Outcome.FAILED
    assert found.reason == "does not settle: it changes a.py each time"


def test_what_never_came_to_run_says_why_itself() -> None:
    found = came(end=Completion(70, 0, tail="loop: OSError: no space"), log="")

    assert found.reason == "loop: OSError: no space"


def test_a_failure_with_a_log_leaves_its_words_to_the_log() -> None:
    assert came(end=Completion(1, 0, tail="E   assert 1 == 2")).reason == "exit 1"


# -- settled without running --------------------------------------------------------------------


def test_no_file_is_nothing_to_check_and_no_failure() -> None:
    assert nothing(UNIT._replace(required=False), 9.0) == Result(
        "unit", Outcome.SKIPPED, "no file to hand over", 9.0, empty=True, required=False
    )


def test_what_has_passed_says_when_and_in_which_run() -> None:
    proof = FakeWorld().prove(UNIT)

    assert cached(proof, Passed(9.0 - 180, "7", "runs/7/unit/out"), 9.0) == Result(
        "unit",
        Outcome.CACHED,
        "passed 3m ago (#7)",
        9.0,
        out="runs/7/unit/out",
        fingerprint=proof.fingerprint,
    )


def test_what_is_there_only_for_another_is_not_missed() -> None:
    found = held(UNIT, 9.0)

    assert found == Result(
        "unit", Outcome.SKIPPED, "runs only when named (auto: false)", 9.0, required=False
    )
    assert verdict([found], ()) is Verdict.GREEN


# -- what comes after ---------------------------------------------------------------------------

LAST = Step(made("last", 20, after=("unit", "lint"), required=False), Action.RUN, "", 20)


def settled(name: str, outcome: Outcome, *, empty: bool = False) -> dict[str, Result]:
    return {name: Result(name, outcome, "", 1.0, empty=empty)}


@pytest.mark.parametrize(
    ("before", "what", "reason"),
    [
        (Outcome.FAILED, Outcome.SKIPPED, "comes after lint, which did not pass"),
        (Outcome.TIMED_OUT, Outcome.SKIPPED, "comes after lint, which did not pass"),
        (Outcome.CANCELLED, Outcome.SKIPPED, "comes after lint, which did not pass"),
        (Outcome.SKIPPED, Outcome.SKIPPED, "comes after lint, which was skipped"),
        (Outcome.DEFERRED, Outcome.DEFERRED, "comes after lint, which is deferred"),
    ],
)
def test_a_step_behind_one_that_did_not_pass(before: Outcome, what: Outcome, reason: str) -> None:
    found = behind(LAST, settled("unit", Outcome.PASSED) | settled("lint", before), 9.0)

    assert found == Result("last", what, reason, 9.0, required=False)


@pytest.mark.parametrize("before", [Outcome.PASSED, Outcome.CACHED])
def test_a_step_behind_green_ones_goes_on(before: Outcome) -> None:
    assert behind(LAST, settled("unit", before), 9.0) is None


def test_what_had_nothing_to_check_holds_nothing_up() -> None:
    assert behind(LAST, settled("lint", Outcome.SKIPPED, empty=True), 9.0) is None


# -- verdicts -----------------------------------------------------------------------------------


def one(
    outcome: Outcome, *, required: bool = True, empty: bool = False, moved: bool = False
) -> Result:
    return Result("x", outcome, "", 1.0, required=required, empty=empty, moved=moved)


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        ([], Verdict.GREEN),
        ([one(Outcome.PASSED), one(Outcome.CACHED)], Verdict.GREEN),
        ([one(Outcome.PASSED), one(Outcome.FAILED)], Verdict.RED),
        ([one(Outcome.TIMED_OUT)], Verdict.RED),
        ([one(Outcome.DEFERRED), one(Outcome.FAILED)], Verdict.RED),
        ([one(Outcome.FAILED, required=False)], Verdict.GREEN),
        ([one(Outcome.DEFERRED)], Verdict.PARTLY),
        ([one(Outcome.SKIPPED)], Verdict.PARTLY),
        ([one(Outcome.CANCELLED)], Verdict.PARTLY),
        ([one(Outcome.DEFERRED, required=False)], Verdict.GREEN),
        ([one(Outcome.SKIPPED, empty=True)], Verdict.GREEN),
        ([one(Outcome.PASSED, moved=True)], Verdict.PARTLY),
        ([one(Outcome.PASSED, moved=True), one(Outcome.FAILED)], Verdict.RED),
        ([one(Outcome.PASSED, moved=True, required=False)], Verdict.GREEN),
        # It is red for having failed, whatever moved meanwhile.
        ([one(Outcome.FAILED, moved=True)], Verdict.RED),
        ([one(Outcome.FAILED, moved=True, required=False)], Verdict.GREEN),
    ],
)
def test_what_a_walk_came_to(results: list[Result], expected: Verdict) -> None:
    assert verdict(results, ()) is expected


@pytest.mark.parametrize("outcome", Outcome)
def test_what_leaves_it_open(outcome: Outcome) -> None:
    halts = outcome in {*RED, Outcome.INCONCLUSIVE}

    assert unproven(one(outcome)) is not (outcome in GREEN or halts)
    assert unproven(one(outcome, moved=True)) is not halts
    assert unproven(one(outcome, empty=True)) is False


def test_what_is_stale_is_never_all_green() -> None:
    assert verdict([one(Outcome.PASSED)], ("x",)) is Verdict.PARTLY
    assert verdict([one(Outcome.FAILED)], ("x",)) is Verdict.RED
