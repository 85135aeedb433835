from __future__ import annotations

import time
from contextlib import closing
from threading import Event as Flag
from typing import TYPE_CHECKING, NamedTuple

import pytest
from fakes import EPOCH, FAIL, PASS, Act, FakeWorld, made, planned, threads, told
from hypothesis import given, settings
from hypothesis import strategies as st

from innerloop.core.errors import LoopError
from innerloop.core.events import (
    LoopFinished,
    LoopOutput,
    LoopStarted,
    LoopWaiting,
    WalkFinished,
    WalkRestarted,
    WalkStarted,
    Warned,
)
from innerloop.core.model import Glob, Outcome, Plan, Result, Run, Verdict
from innerloop.core.world import Passed
from innerloop.engine.cancel import Cancel
from innerloop.engine.walk import Asked, walk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from innerloop.core.events import Event
    from innerloop.core.fingerprint import Proof
    from innerloop.core.model import Loop, Step
    from innerloop.core.world import Ran, Stoppable

LINT, TYPES, UNIT = made("lint", 1), made("types", 5), made("unit", 10)
ASKED = Asked()
MOVED = (
    "a.py changed while it ran, so this is not remembered"
    ": if the loop wrote it, name it under outputs or ignore"
)
GLOB = (Glob("*.py", include=True, regex="", folder="", literal=""),)


@pytest.fixture(autouse=True)
def _no_thread_is_left() -> Iterator[None]:
    yield
    assert threads() == []


def walked(
    plan: Plan,
    world: FakeWorld,
    *,
    jobs: int = 1,
    keep_going: bool = False,
    cancel: Cancel | None = None,
) -> list[Event]:
    asked = Asked(jobs=jobs, keep_going=keep_going)
    events = list(walk(plan, world, cancel=Cancel() if cancel is None else cancel, asked=asked))
    assert world.objections == []
    assert world.held == []
    return events


def story(plan: Plan, world: FakeWorld, *, jobs: int = 1, keep_going: bool = False) -> list[str]:
    return told(walked(plan, world, jobs=jobs, keep_going=keep_going))


def results(events: list[Event]) -> dict[str, Result]:
    return {one.result.loop: one.result for one in events if isinstance(one, LoopFinished)}


def verdict(events: list[Event]) -> Verdict:
    last = events[-1]
    assert isinstance(last, WalkFinished)
    return last.run.verdict


def cached_in(world: FakeWorld, *loops: Loop, at: float = EPOCH - 180) -> None:
    for one in loops:
        world.ledger[world.prove(one).fingerprint] = Passed(at, "7", "runs/7/out")


# -- the plain road -----------------------------------------------------------------------------


def test_the_whole_story_of_a_walk_twice_the_same() -> None:
    plan = planned(UNIT, LINT)

    def once() -> tuple[FakeWorld, list[Event]]:
        world = FakeWorld({"lint": [Act(says=("all good\n",), seconds=0.5)], "unit": [FAIL]})
        return world, walked(plan, world)

    world, events = once()
    read = FakeWorld()
    passed = Result(
        "lint",
        Outcome.PASSED,
        "",
        EPOCH,
        seconds=0.5,
        exit_code=0,
        log="runs/1/lint",
        fingerprint=read.prove(LINT).fingerprint,
        command="lint",
    )
    failed = passed._replace(
        loop="unit",
        outcome=Outcome.FAILED,
        reason="exit 1",
        seconds=1.0,
        exit_code=1,
        log="runs/1/unit",
        fingerprint=read.prove(UNIT).fingerprint,
        command="unit",
    )
    run = Run("1", EPOCH, 0.0, Verdict.RED, "loop inner", (passed, failed))
    assert events == [
        WalkStarted("1", plan, EPOCH),
        LoopStarted("lint", EPOCH, 1, "never passed", passed.fingerprint),
        LoopOutput("lint", "all good\n"),
        LoopFinished(passed),
        LoopStarted("unit", EPOCH, 10, "never passed", failed.fingerprint),
        LoopFinished(failed),
        WalkFinished(run),
    ]
    assert [one for _, one in world.settled] == [passed, failed]
    assert world.ends == [run]
    assert once()[1] == events


def test_fastest_first_and_green_at_the_end() -> None:
    assert story(planned(UNIT, TYPES, LINT), FakeWorld()) == [
        *("start lint", "passed lint"),
        *("start types", "passed types"),
        *("start unit", "passed unit"),
        "end green",
    ]


def test_the_first_failure_stops_the_rest_and_says_so() -> None:
    assert story(planned(LINT, TYPES, UNIT), FakeWorld({"types": [FAIL]})) == [
        *("start lint", "passed lint"),
        *("start types", "failed types: exit 1"),
        "skipped unit: types failed",
        "end red",
    ]


def test_a_walk_of_nothing_is_green() -> None:
    assert story(planned(), FakeWorld()) == ["end green"]


def test_nobody_is_told_before_it_is_recorded() -> None:
    world = FakeWorld({"unit": [FAIL]})
    plan = planned(LINT, TYPES, UNIT)

    for event in walk(plan, world, cancel=Cancel(), asked=ASKED):
        if isinstance(event, LoopFinished):
            assert world.settled[-1][1] == event.result
        if isinstance(event, WalkFinished):
            assert world.ends == [event.run]


def test_what_passed_before_does_not_run() -> None:
    world = FakeWorld()
    cached_in(world, LINT, UNIT)

    events = walked(planned(LINT, TYPES, UNIT), world)

    assert told(events)[0] == "cached lint: passed 3m ago (#7)"
    assert world.ran == ["types"]
    assert verdict(events) is Verdict.GREEN
    cached = results(events)["lint"]
    assert (cached.out, cached.fingerprint) == ("runs/7/out", world.prove(LINT).fingerprint)
    assert cached.exit_code is None


def test_how_it_was_asked_for_is_kept() -> None:
    asked = Asked(command="loop inner lint", why="to see")
    world = FakeWorld()

    list(walk(planned(LINT), world, cancel=Cancel(), asked=asked))

    assert (world.ends[0].command, world.ends[0].why) == ("loop inner lint", "to see")


def test_how_long_it_took_is_measured() -> None:
    world = FakeWorld()

    def later() -> None:
        world.now += 42

    world = FakeWorld({"lint": [Act(then=later)]})
    walked(planned(LINT), world)

    assert (world.ends[0].at, world.ends[0].seconds) == (EPOCH, 42)


def test_output_passes_through_in_order() -> None:
    said = tuple(f"{number}\n" for number in range(50))

    events = walked(planned(LINT), FakeWorld({"lint": [Act(says=said)]}))

    assert [one for one in events if isinstance(one, LoopOutput)] == [
        LoopOutput("lint", text) for text in said
    ]


def test_what_proving_warns_of_is_said_once() -> None:
    world = FakeWorld({"lint": [FAIL, FAIL, PASS]})
    world.warnings["lint"] = ("'docs/*' matches nothing",)
    world.busy["lint"] = [lambda: None, lambda: None]

    said = story(planned(LINT._replace(retries=2)), world)

    assert said.count("warn lint: 'docs/*' matches nothing") == 1


# -- after, required, keep going ----------------------------------------------------------------


def test_a_loop_waits_for_what_it_comes_after() -> None:
    quick = made("quick", 0.5, after=("unit",))

    assert story(planned(quick, UNIT), FakeWorld(), jobs=2) == [
        *("start unit", "passed unit"),
        *("start quick", "passed quick"),
        "end green",
    ]


def test_what_comes_after_a_failure_is_skipped_with_its_own_reason() -> None:
    last = made("last", 20, after=("types",))
    further = made("further", 30, after=("last",))
    world = FakeWorld({"types": [FAIL]})

    assert story(planned(LINT, TYPES, UNIT, last, further), world, keep_going=True) == [
        *("start lint", "passed lint"),
        *("start types", "failed types: exit 1"),
        *("start unit", "passed unit"),
        "skipped last: comes after types, which did not pass",
        "skipped further: comes after last, which was skipped",
        "end red",
    ]


def test_a_loop_named_in_after_that_is_not_in_the_plan_holds_nothing_up() -> None:
    assert story(planned(made("unit", after=("absent",))), FakeWorld()) == [
        *("start unit", "passed unit"),
        "end green",
    ]


def test_keep_going_finds_every_failure() -> None:
    world = FakeWorld({"lint": [FAIL], "unit": [Act(code=139)]})

    assert story(planned(LINT, TYPES, UNIT), world, keep_going=True) == [
        *("start lint", "failed lint: exit 1"),
        *("start types", "passed types"),
        *("start unit", "failed unit: killed by SIGSEGV"),
        "end red",
    ]


def test_a_failure_that_is_not_required_is_shown_and_the_walk_goes_on() -> None:
    optional = LINT._replace(required=False)

    events = walked(planned(optional, UNIT), FakeWorld({"lint": [FAIL]}))

    assert told(events) == [
        *("start lint", "failed lint: exit 1"),
        *("start unit", "passed unit"),
        "end green",
    ]
    assert not results(events)["lint"].required


def test_a_cached_loop_behind_a_failure_is_not_passed_on_as_green() -> None:
    optional = LINT._replace(required=False)
    last = made("last", 20, after=("lint",))
    world = FakeWorld({"lint": [FAIL]})
    cached_in(world, last)

    assert story(planned(optional, last), world)[-2:] == [
        "skipped last: comes after lint, which did not pass",
        "end partly green",
    ]


# -- side by side -------------------------------------------------------------------------------


def test_two_at_once_and_a_failure_ends_the_sibling() -> None:
    begun = Flag()
    # It fails once the other has begun, which has to be ended then.
    world = FakeWorld(
        {"lint": [Act(code=2, waits=begun)], "types": [Act(waits=Flag(), begun=begun)]}
    )

    events = walked(planned(LINT, TYPES, UNIT), world, jobs=2)

    assert told(events) == [
        *("start lint", "start types"),
        "failed lint: exit 2",
        "skipped unit: lint failed",
        "cancelled types: ended before it was done",
        "end red",
    ]
    assert world.most == 2


def test_never_more_at_once_than_jobs() -> None:
    flags = [Flag() for _ in range(6)]
    loops = [made(f"l{n}", n + 1) for n in range(6)]
    # Each goes on until the one three behind it has begun, or until it is last.
    script = {f"l{n}": [Act(waits=flags[min(n + 2, 5)], begun=flags[n])] for n in range(len(loops))}
    world = FakeWorld(script)

    assert verdict(walked(planned(*loops), world, jobs=3)) is Verdict.GREEN
    assert world.most == 3


def a_moment() -> None:
    """Long enough for whoever may start beside it to have started."""
    time.sleep(0.02)


@pytest.mark.parametrize("jobs", [1, 2, 4])
def test_a_loop_that_writes_runs_alone_and_nobody_overtakes_it(jobs: int) -> None:
    format_ = made("format", 2, writes=True)
    world = FakeWorld({"lint": [Act(then=a_moment)], "format": [Act(then=a_moment)]})

    events = walked(planned(LINT, format_, TYPES, UNIT), world, jobs=jobs)

    assert verdict(events) is Verdict.GREEN
    assert world.ran[:2] == ["lint", "format"]


def test_a_loop_that_writes_and_has_to_wait_itself_lets_others_pass() -> None:
    last = made("last", 2, after=("slow",), writes=True)
    world = FakeWorld({"lint": [Act(then=a_moment)]})
    world.busy["slow"] = [lambda: None]

    assert story(planned(LINT, made("slow", 1), last, UNIT), world, jobs=2)[:3] == [
        *("start lint", "wait slow: another walk runs it on this content", "start unit"),
    ]


def test_two_of_one_mutex_take_turns_in_one_walk() -> None:
    one, two = made("one", 1, mutex="db"), made("two", 2, mutex="db")
    waited = Flag()
    world = FakeWorld({"one": [Act(waits=waited)]})
    seen: list[Event] = []

    for event in walk(planned(one, two), world, cancel=Cancel(), asked=Asked(jobs=2)):
        seen.append(event)
        if isinstance(event, LoopWaiting):
            waited.set()

    assert told(seen) == [
        *("start one", "wait two: mutex db is held"),
        "passed one",
        *("start two", "passed two"),
        "end green",
    ]
    assert world.objections == []
    assert world.most == 1


# -- two walks ----------------------------------------------------------------------------------


def test_a_turn_that_comes_free_is_taken() -> None:
    world = FakeWorld()
    world.busy["lint"] = [lambda: None] * 3

    assert story(planned(LINT), world) == [
        "wait lint: another walk runs it on this content",
        *("start lint", "passed lint"),
        "end green",
    ]


def test_others_go_on_while_one_waits() -> None:
    world = FakeWorld()
    world.busy["lint"] = [lambda: None] * 2

    assert story(planned(LINT, UNIT), world, jobs=2)[:3] == [
        "wait lint: another walk runs it on this content",
        *("start unit", "passed unit"),
    ]


def test_alone_a_slower_loop_does_not_overtake_one_that_waits() -> None:
    world = FakeWorld()
    world.busy["lint"] = [lambda: None] * 2

    assert story(planned(LINT, UNIT), world)[:3] == [
        "wait lint: another walk runs it on this content",
        *("start lint", "passed lint"),
    ]


def test_the_other_walk_passed_so_this_one_does_not_run() -> None:
    world = FakeWorld()
    world.busy["lint"] = [lambda: cached_in(world, LINT, at=world.now)]

    assert story(planned(LINT), world) == [
        "wait lint: another walk runs it on this content",
        "cached lint: passed just now (#7)",
        "end green",
    ]
    assert world.ran == []


def theirs(world: FakeWorld, at: float) -> None:
    proof = world.prove(LINT)
    world.verdicts[proof.fingerprint] = Result(
        "lint", Outcome.FAILED, "exit 3", at, exit_code=3, fingerprint=proof.fingerprint
    )


def test_the_other_walk_failed_so_this_one_has_too() -> None:
    world = FakeWorld()
    world.busy["lint"] = [lambda: theirs(world, world.now)]

    last = made("last", 20, after=("lint",))
    assert story(planned(LINT, last), world) == [
        "wait lint: another walk runs it on this content",
        "failed lint: exit 3",
        "skipped last: lint failed",
        "end red",
    ]
    assert world.ran == []
    # What is recorded is a verdict that we did not come to, so no ingredients go with it.
    assert world.settled[0][0] is None


def test_a_failure_from_before_we_waited_is_not_taken() -> None:
    world = FakeWorld()
    theirs(world, EPOCH - 1)
    world.busy["lint"] = [lambda: None]

    assert story(planned(LINT), world)[-2:] == ["passed lint", "end green"]


def test_a_failure_on_record_is_asked_again_where_nobody_was_waited_for() -> None:
    world = FakeWorld()
    theirs(world, EPOCH + 1)

    assert world.verdicts
    assert story(planned(LINT), world) == ["start lint", "passed lint", "end green"]


def test_who_waits_can_be_interrupted() -> None:
    world, cancel = FakeWorld(), Cancel()
    world.busy["lint"] = [lambda: cancel.set("interrupted")] * 99

    assert told(walked(planned(LINT), world, cancel=cancel)) == [
        "wait lint: another walk runs it on this content",
        "skipped lint: interrupted",
        "end interrupted",
    ]


# -- force --------------------------------------------------------------------------------------


def test_a_forced_walk_runs_what_passed() -> None:
    world = FakeWorld()
    cached_in(world, LINT, UNIT)

    walked(planned(LINT, UNIT, force=True), world)

    assert world.ran == ["lint", "unit"]


def test_a_forced_failure_revokes_the_pass() -> None:
    world = FakeWorld({"lint": [FAIL]})
    cached_in(world, LINT)

    walked(planned(LINT, force=True), world)

    assert world.passed(world.prove(LINT)) is None


def test_a_forced_walk_that_waited_takes_the_pass_it_waited_for() -> None:
    world = FakeWorld()

    def they_pass() -> None:
        cached_in(world, LINT, at=world.now + 5)
        world.now += 10

    world.busy["lint"] = [lambda: None, they_pass]

    assert told(walked(planned(LINT, force=True), world))[-2:] == [
        "cached lint: passed 5s ago (#7)",
        "end green",
    ]


def test_a_forced_walk_that_waited_for_a_mutex_does_not_take_an_old_pass() -> None:
    world = FakeWorld()
    cached_in(world, LINT)
    world.busy["lint"] = [lambda: None] * 2

    walked(planned(LINT, force=True), world)

    assert world.ran == ["lint"]


# -- retries, timeouts, broken runners ----------------------------------------------------------


def test_a_pass_after_a_retry_is_flaky_and_does_not_count() -> None:
    world = FakeWorld({"unit": [FAIL, FAIL, PASS]})

    events = walked(planned(UNIT._replace(retries=2)), world)

    assert told(events) == [
        "start unit",
        "warn unit: attempt 1 failed: trying again",
        "warn unit: attempt 2 failed: trying again",
        "passed unit: flaky: passed at attempt 3",
        "end green",
    ]
    assert results(events)["unit"].flaky
    assert results(events)["unit"].attempts == 3
    assert world.ledger == {}


def test_when_and_how_long_are_of_the_last_attempt() -> None:
    """So that their sum is when it ended, by which a walk that waits knows a new verdict."""
    world = FakeWorld()

    def later() -> None:
        world.now += 10

    world = FakeWorld({"unit": [Act(code=1, seconds=10, then=later)] * 2})

    failed = results(walked(planned(UNIT._replace(retries=1)), world))["unit"]

    assert failed.at + failed.seconds == world.now == EPOCH + 20


def test_retries_come_to_an_end() -> None:
    world = FakeWorld({"unit": [FAIL]})

    events = walked(planned(UNIT._replace(retries=2)), world)

    assert told(events)[-2:] == ["failed unit: exit 1", "end red"]
    assert world.ran == ["unit"] * 3
    assert results(events)["unit"].attempts == 3


def test_without_retries_there_is_one_attempt() -> None:
    world = FakeWorld({"unit": [FAIL]})

    walked(planned(UNIT), world)

    assert world.ran == ["unit"]


def test_a_timeout_is_said_and_tried_again_like_any_failure() -> None:
    slow = Act(code=124, timed_out=True)
    world = FakeWorld({"unit": [slow]})

    events = walked(planned(UNIT._replace(timeout=90, retries=1)), world)

    assert told(events)[1:] == [
        "warn unit: attempt 1 failed: trying again",
        "timed out unit: ran longer than its timeout of 1m 30s",
        "end red",
    ]


def test_nothing_is_tried_again_once_the_walk_is_stopped() -> None:
    begun, failing = Flag(), Flag()

    def fails_too() -> None:
        failing.set()
        while not world.stops[0]:
            time.sleep(0.001)

    world = FakeWorld(
        {"lint": [Act(code=1, waits=begun)], "types": [Act(code=3, begun=begun, then=fails_too)]}
    )

    events = walked(planned(LINT, TYPES._replace(retries=3)), world, jobs=2)

    assert told(events)[2:] == ["failed lint: exit 1", "failed types: exit 3", "end red"]
    assert world.ran == ["lint", "types"]


def test_what_is_cancelled_is_not_tried_again() -> None:
    cancel = Cancel()
    world = FakeWorld({"lint": [Act(waits=Flag(), says=("up",))]})
    events = walk(planned(LINT._replace(retries=3)), world, cancel=cancel, asked=ASKED)
    seen = []
    for event in events:
        seen.append(event)
        if isinstance(event, LoopOutput):
            cancel.set("interrupted")

    assert told(seen)[-2:] == ["cancelled lint: ended before it was done", "end interrupted"]
    assert world.ran == ["lint"]


@pytest.mark.parametrize("error", [ZeroDivisionError("by nought"), SystemExit("out")])
def test_a_runner_that_raises_is_a_failure_and_says_what_it_was(error: BaseException) -> None:
    world = FakeWorld({"lint": [Act(raises=error)]})

    events = walked(planned(LINT, UNIT), world)

    assert told(events) == [
        "start lint",
        f"failed lint: loop: {type(error).__name__}: {error}",
        "skipped unit: lint failed",
        "end red",
    ]
    assert results(events)["lint"].exit_code == 70
    assert not world.passed(world.prove(LINT))


# -- budgets ------------------------------------------------------------------------------------


def test_a_budget_is_cumulative() -> None:
    loops = [made(f"l{n}", n) for n in (1, 2, 3, 4)]

    assert story(planned(*loops, budget=6), FakeWorld())[-3:] == [
        "passed l3",
        "deferred l4: over the budget of 6.0s by 4.0s",
        "end partly green",
    ]


def test_what_follows_a_deferred_loop_is_deferred_but_not_what_has_passed() -> None:
    quick = made("quick", 0.1, after=("lint",))
    late, last = made("late", 60), made("last", 61)
    world = FakeWorld()
    cached_in(world, last)
    plan = planned(LINT, TYPES, UNIT, late, last, budget=2)

    assert story(plan._replace(steps=(*plan.steps, *planned(quick).steps)), world) == [
        *("start lint", "passed lint"),
        "deferred types: over the budget of 2.0s by 4.0s",
        "deferred unit: comes after types, which is deferred",
        "deferred late: comes after types, which is deferred",
        "cached last: passed 3m ago (#7)",
        "deferred quick: comes after types, which is deferred",
        "end partly green",
    ]


def test_what_comes_after_a_deferred_loop_is_deferred_too() -> None:
    last = made("last", 20, after=("unit",))
    world = FakeWorld()
    cached_in(world, last)

    assert story(planned(LINT, UNIT, last, budget=2), world)[-2:] == [
        "deferred last: comes after unit, which is deferred",
        "end partly green",
    ]


def test_the_first_step_always_runs() -> None:
    assert story(planned(UNIT, TYPES, budget=0.5), FakeWorld())[:3] == [
        *("start types", "passed types"),
        "deferred unit: over the budget of 0.50s by 14s",
    ]


def tries(plan: Plan, *names: str) -> Plan:
    """The plan of a hook, in which nobody has measured these."""
    steps = (step._replace(tried=0.0) if step.loop.name in names else step for step in plan.steps)
    return plan._replace(steps=tuple(steps), strict=True)


SLOW = Act(code=130, seconds=9.0, timed_out=True)


class Timed(FakeWorld):
    """Notes how long each loop may run."""

    timeouts: tuple[float, ...] = ()

    def run(
        self, loop: Loop, proof: Proof, *, emit: Callable[[str], None], cancel: Stoppable
    ) -> Ran:
        self.timeouts = (*self.timeouts, loop.timeout)
        return super().run(loop, proof, emit=emit, cancel=cancel)


def test_what_nobody_has_measured_has_what_is_left_of_the_budget() -> None:
    world = Timed({"types": [Act(seconds=2.5)]})
    plan = tries(planned(LINT, TYPES, UNIT, budget=10), "types", "unit")

    assert story(plan, world)[-2:] == ["passed unit", "end green"]
    # What was declared is spent as it was declared, what is tried as it took.
    assert world.timeouts == (120.0, 9.0, 6.5)


def test_what_tries_in_vain_is_left_for_later() -> None:
    late = made("late", 11)
    world = FakeWorld({"unit": [SLOW]})

    events = walked(tries(planned(LINT, UNIT, late, budget=10), "unit", "late"), world)

    assert told(events)[-4:] == [
        "start unit",
        "deferred unit: not done after 9.0s, at the end of the budget",
        "deferred late: comes after unit, which is deferred",
        "end partly green",
    ]
    assert world.ran == ["lint", "unit"]
    assert world.ledger.keys() == {world.prove(LINT).fingerprint}
    assert (results(events)["unit"].exit_code, results(events)["unit"].log) == (130, "runs/1/unit")


def test_what_tries_in_vain_is_not_tried_again_at_once() -> None:
    shaky = UNIT._replace(retries=3)
    world = FakeWorld({"unit": [SLOW._replace(writes={"a.py": "2"})]})

    assert story(tries(planned(shaky, budget=10), "unit"), world) == [
        "start unit",
        "deferred unit: not done after 9.0s, at the end of the budget",
        "end partly green",
    ]


def test_a_timeout_of_its_own_is_one_whoever_tries() -> None:
    hasty = UNIT._replace(timeout=5.0)
    world = FakeWorld({"unit": [SLOW._replace(seconds=5.0)]})

    assert story(tries(planned(hasty, budget=10), "unit"), world)[-2:] == [
        "timed out unit: ran longer than its timeout of 5.0s",
        "end red",
    ]


def test_a_failure_is_one_whoever_tries() -> None:
    world = FakeWorld({"unit": [FAIL]})

    assert story(tries(planned(UNIT, budget=10), "unit"), world)[-1] == "end red"


def test_nothing_is_tried_when_nothing_is_left() -> None:
    world = FakeWorld({"types": [Act(seconds=10.5)]})

    assert story(tries(planned(TYPES, UNIT, budget=10), "types", "unit"), world)[-2:] == [
        "deferred unit: over the budget of 10s",
        "end partly green",
    ]


def test_what_is_cached_costs_nothing() -> None:
    world = FakeWorld()
    cached_in(world, LINT, TYPES)

    assert story(planned(LINT, TYPES, UNIT, budget=10), world)[-2:] == ["passed unit", "end green"]


def test_a_deferred_loop_that_is_not_required_leaves_the_walk_green() -> None:
    optional = UNIT._replace(required=False)

    assert story(planned(LINT, optional, budget=2), FakeWorld())[-1] == "end green"


# -- held back, nothing to do -------------------------------------------------------------------


def test_a_loop_that_only_others_need_does_not_run_for_that() -> None:
    slow = made("slow", 5)
    last = made("last", 20, after=("slow",))

    assert story(planned(LINT, slow, last, held=["slow"]), FakeWorld()) == [
        *("start lint", "passed lint"),
        "skipped slow: runs only when named (auto: false)",
        "skipped last: comes after slow, which was skipped",
        "end partly green",
    ]


def test_that_a_held_loop_did_not_run_is_nothing_to_hold_against_the_walk() -> None:
    slow = made("slow", 5)
    last = made("last", 20, after=("slow",), required=False)

    assert story(planned(LINT, slow, last, held=["slow"]), FakeWorld())[-1] == "end green"


def test_a_held_loop_that_has_passed_lets_the_others_go_on() -> None:
    slow, last = made("slow", 5), made("last", 20, after=("slow",))
    world = FakeWorld()
    cached_in(world, slow)

    assert story(planned(slow, last, held=["slow"]), world) == [
        "cached slow: passed 3m ago (#7)",
        *("start last", "passed last"),
        "end green",
    ]


def test_no_file_to_hand_over_is_skipped_and_holds_nothing_up() -> None:
    world = FakeWorld()
    lint = LINT._replace(files=GLOB)
    last = made("last", 20, after=("lint",))

    events = walked(planned(lint, last), world)

    assert told(events) == [
        "skipped lint: no file to hand over",
        *("start last", "passed last"),
        "end green",
    ]
    assert results(events)["lint"].empty


def test_a_file_to_hand_over_is_enough_to_run() -> None:
    world = FakeWorld()
    world.handed["lint"] = ("./a.py",)

    assert story(planned(LINT._replace(files=GLOB)), world)[-2:] == ["passed lint", "end green"]


def test_a_pass_that_checked_nothing_is_not_remembered() -> None:
    world = FakeWorld({"unit": [Act(empty=True)]})

    events = walked(planned(UNIT), world)

    assert told(events)[1] == ("passed unit: it found nothing to check, so this is not remembered")
    assert world.ledger == {}


# -- loops that write ---------------------------------------------------------------------------

FORMAT = made("format", 5, writes=True)


def test_a_loop_that_wrote_runs_again_until_it_has_settled() -> None:
    world = FakeWorld({"format": [Act(writes={"a.py": "2"}), PASS]})

    events = walked(planned(FORMAT), world)

    assert told(events) == ["start format", "passed format", "end green"]
    assert world.ran == ["format", "format"]
    done = results(events)["format"]
    assert (done.flaky, done.attempts, done.reason) == (False, 1, "")
    # What is remembered is the pass on what it left, which has run through once.
    assert list(world.ledger) == [world.prove(FORMAT).fingerprint]


def test_the_walk_starts_again_at_the_fastest_that_was_affected() -> None:
    other = made("other", 2)
    world = FakeWorld({"format": [Act(writes={"a.py": "2"}), PASS]})
    world.files["b.txt"] = "1"
    world.reads = {"other": ("b.txt",)}

    assert story(planned(LINT, other, FORMAT, UNIT), world) == [
        *("start lint", "passed lint", "start other", "passed other"),
        *("start format", "passed format"),
        "restart because of format: lint",
        *("start lint", "passed lint", "start unit", "passed unit"),
        "end green",
    ]


def test_a_cached_loop_is_asked_again_too() -> None:
    world = FakeWorld({"format": [Act(writes={"a.py": "2"}), PASS], "lint": [FAIL]})
    cached_in(world, LINT)

    assert story(planned(LINT, FORMAT, UNIT), world) == [
        "cached lint: passed 3m ago (#7)",
        *("start format", "passed format"),
        "restart because of format: lint",
        *("start lint", "failed lint: exit 1"),
        "skipped unit: lint failed",
        "end red",
    ]


def test_what_was_not_affected_is_not_asked_again() -> None:
    world = FakeWorld({"format": [Act(writes={"b.txt": "2"}), PASS]})
    world.files["b.txt"] = "1"
    world.reads = {"lint": ("a.py",)}

    said = story(planned(LINT, FORMAT), world)

    assert "restart" not in " ".join(said)


def test_what_waits_to_be_asked_again_is_not_asked_twice() -> None:
    one, two = made("one", 2, writes=True), made("two", 9, writes=True)
    world = FakeWorld(
        {
            "one": [PASS, Act(writes={"a.py": "3"}), PASS],
            "two": [Act(writes={"a.py": "2"}), PASS],
        }
    )

    said = story(planned(LINT, one, TYPES, two), world)

    assert [line for line in said if line.startswith("restart")] == [
        "restart because of two: lint one types",
        "restart because of one: lint two",
    ]
    assert said[-1] == "end green"


def test_a_loop_whose_pass_is_never_kept_does_not_start_the_walk_again_for_itself() -> None:
    world = FakeWorld({"format": [Act(writes={"a.py": "2"}), PASS]})
    world.uncached = {"format"}

    walked(planned(LINT, FORMAT), world)

    assert world.ran == ["lint", "format", "format", "lint"]


def test_what_had_nothing_to_check_is_not_asked_again() -> None:
    world = FakeWorld({"format": [Act(writes={"a.py": "2"}), PASS]})

    said = story(planned(LINT._replace(files=GLOB), FORMAT), world)

    assert said == [
        "skipped lint: no file to hand over",
        *("start format", "passed format"),
        "end green",
    ]


def test_who_waits_a_second_time_is_told_so_again() -> None:
    world = FakeWorld({"format": [Act(writes={"a.py": "2"}), PASS]})
    world.busy["lint"] = [lambda: cached_in(world, LINT, at=world.now), lambda: None]
    format_ = FORMAT._replace(after=("lint",))

    said = story(planned(LINT, format_), world)

    assert said.count("wait lint: another walk runs it on this content") == 2
    assert said[-2:] == ["passed lint", "end green"]


def test_a_loop_that_never_settles_fails() -> None:
    acts = [Act(writes={"a.py": str(number)}) for number in range(2, 9)]
    world = FakeWorld({"format": acts})

    events = walked(planned(FORMAT, UNIT), world)

    assert told(events) == [
        "start format",
        f"warn format: {MOVED}",
        "failed format: does not settle: it changes a.py each time",
        "skipped unit: format failed",
        "end red",
    ]
    assert world.ran == ["format"] * 3
    assert world.ledger == {}


def test_two_that_undo_each_other_for_ever_fail_and_say_whose_work_it_was() -> None:
    one, two = made("one", 1, writes=True), made("two", 2, writes=True)
    world = FakeWorld(
        {
            "one": [Act(writes={"a.py": "tabs"}), PASS] * 20,
            "two": [Act(writes={"a.py": "spaces"}), PASS] * 20,
        }
    )

    events = walked(planned(one, two, UNIT), world)

    assert told(events)[-5:] == [
        "warn one: it and two keep undoing each other's changes",
        "failed one: keeps changing what two checked",
        "skipped unit: one failed",
        "warn two: its inputs changed after it was checked: run the walk again",
        "end red",
    ]
    assert sum(isinstance(one, WalkRestarted) for one in events) == 5
    failed = next(one for one in world.ends[0].results if one.red)
    assert failed in [result for _, result in world.settled]
    assert failed.fingerprint == ""


def test_a_formatter_that_fails_after_writing_has_failed() -> None:
    world = FakeWorld({"format": [Act(code=1, writes={"a.py": "2"})]})

    assert story(planned(FORMAT), world)[-3:] == [
        "warn format: a.py changed while it ran, so this is not remembered",
        "failed format: exit 1",
        "end red",
    ]
    assert world.ran == ["format"]


def test_a_formatter_that_writes_and_then_fails_does_not_start_the_walk_again() -> None:
    world = FakeWorld({"format": [Act(writes={"a.py": "2"}), FAIL]})

    assert story(planned(LINT, FORMAT, UNIT), world)[2:] == [
        *("start format", "failed format: exit 1", "skipped unit: format failed"),
        "warn lint: its inputs changed after it was checked: run the walk again",
        "end red",
    ]


def test_a_formatter_that_was_ended_is_cancelled_not_unsettled() -> None:
    cancel = Cancel()
    world = FakeWorld(
        {"format": [Act(writes={"a.py": "2"}, then=lambda: cancel.set("interrupted")), PASS]}
    )

    events = walked(planned(FORMAT), world, cancel=cancel)

    assert results(events)["format"].outcome is Outcome.CANCELLED
    assert verdict(events) is Verdict.INTERRUPTED


# -- what moved ---------------------------------------------------------------------------------


def test_a_pass_whose_inputs_moved_is_not_recorded() -> None:
    world = FakeWorld({"unit": [Act(writes={"a.py": "2"})]})

    events = walked(planned(UNIT), world)

    assert told(events)[1:] == [
        f"warn unit: {MOVED}",
        "passed unit",
        "end partly green",
    ]
    assert results(events)["unit"].moved
    assert results(events)["unit"].fingerprint == ""
    assert world.ledger == {}
    assert world.ran == ["unit"]


def test_what_moved_under_a_loop_that_is_not_required_leaves_the_walk_green() -> None:
    world = FakeWorld({"unit": [Act(writes={"a.py": "2"})]})
    world.files["b.txt"] = "1"
    world.reads = {"lint": ("b.txt",)}

    assert story(planned(LINT, UNIT._replace(required=False)), world)[-3:] == [
        f"warn unit: {MOVED}",
        "passed unit",
        "end green",
    ]


def test_who_comes_after_what_moved_goes_on() -> None:
    world = FakeWorld({"unit": [Act(writes={"a.py": "2"})]})

    assert story(planned(UNIT, made("last", 20, after=("unit",))), world)[-3:] == [
        *("start last", "passed last"),
        "end partly green",
    ]


def test_a_formatter_that_settled_has_moved_nothing() -> None:
    world = FakeWorld({"format": [Act(writes={"a.py": "2"}), PASS]})

    events = walked(planned(FORMAT), world)

    assert verdict(events) is Verdict.GREEN
    assert not results(events)["format"].moved


def test_a_failure_whose_inputs_moved_is_no_verdict_on_them_either() -> None:
    world = FakeWorld({"unit": [Act(code=1, writes={"a.py": "2"})]})
    cached_in(world, UNIT)

    events = walked(planned(UNIT, force=True), world)

    assert results(events)["unit"].fingerprint == ""
    assert len(world.ledger) == 1


def test_what_moved_after_it_was_checked_makes_the_walk_partly_green() -> None:
    world = FakeWorld({"unit": [Act(writes={"a.py": "2"})]})
    world.files["b.txt"] = "1"
    world.reads = {"unit": ("b.txt",)}

    assert story(planned(LINT, UNIT), world)[-2:] == [
        "warn lint: its inputs changed after it was checked: run the walk again",
        "end partly green",
    ]


def test_a_failed_walk_stays_red_whatever_moved() -> None:
    world = FakeWorld({"unit": [Act(code=1, writes={"a.py": "2"})]})

    assert story(planned(LINT, UNIT), world)[-1] == "end red"


# -- asked to stop ------------------------------------------------------------------------------


def test_asked_to_stop_before_the_first_step() -> None:
    cancel = Cancel()
    cancel.set("interrupted")
    world = FakeWorld()

    assert told(walked(planned(LINT, UNIT), world, cancel=cancel)) == [
        "skipped lint: interrupted",
        "skipped unit: interrupted",
        "end interrupted",
    ]
    assert world.ran == []
    assert cancel.reason == "interrupted"


def test_asked_to_stop_during_a_step() -> None:
    cancel = Cancel()
    world = FakeWorld({"lint": [Act(waits=Flag(), says=("up",))]})
    seen = []
    for event in walk(planned(LINT, UNIT), world, cancel=cancel, asked=ASKED):
        seen.append(event)
        if isinstance(event, LoopOutput):
            cancel.set("terminated")

    assert told(seen) == [
        *("start lint", "says lint: up"),
        "skipped unit: terminated",
        "cancelled lint: ended before it was done",
        "end interrupted",
    ]
    assert world.ledger == {}


def test_asked_to_stop_between_steps() -> None:
    cancel = Cancel()
    world = FakeWorld({"lint": [Act(then=lambda: None)]})
    seen = []
    for event in walk(planned(LINT, UNIT), world, cancel=cancel, asked=ASKED):
        seen.append(event)
        if isinstance(event, LoopFinished):
            cancel.set("hangup")

    assert told(seen) == [
        *("start lint", "passed lint"),
        "skipped unit: hangup",
        "end interrupted",
    ]


def test_a_failure_stops_the_walk_and_not_whoever_asked_for_it() -> None:
    cancel = Cancel()

    walked(planned(LINT, UNIT), FakeWorld({"lint": [FAIL]}), cancel=cancel)

    assert not cancel


def test_who_insists_is_heard_by_the_runner_that_was_asked_already() -> None:
    cancel, killed = Cancel(), []
    flag = Flag()
    world = FakeWorld()
    world = FakeWorld(
        {"lint": [Act(waits=flag, says=("up",), then=lambda: killed.append(insisted()))]}
    )

    def insisted() -> tuple[bool, bool]:
        before = world.stops[0].killed
        cancel.kill("interrupted")
        return before, world.stops[0].killed

    for event in walk(planned(LINT), world, cancel=cancel, asked=ASKED):
        if isinstance(event, LoopOutput):
            cancel.set("interrupted")

    assert killed == [(False, True)]


def test_a_cancel_of_an_earlier_walk_has_forgotten_it() -> None:
    cancel = Cancel()
    walked(planned(LINT), FakeWorld(), cancel=cancel)

    assert cancel._hooks == {}


# -- ends that are not in the story -------------------------------------------------------------


def test_who_stops_listening_stops_the_work() -> None:
    world = FakeWorld({"lint": [Act(waits=Flag())], "types": [Act(waits=Flag())]})
    events = walk(planned(LINT, TYPES), world, cancel=Cancel(), asked=Asked(jobs=2))
    for event in events:
        if isinstance(event, LoopStarted) and event.loop == "types":
            break

    assert sorted(threads()) == ["loop lint", "loop types"]
    events.close()

    assert threads() == []
    assert world.held == []
    assert world.settled == []


@pytest.mark.parametrize("nth", range(9))
def test_wherever_listening_ends_no_turn_and_no_thread_is_kept(nth: int) -> None:
    world = FakeWorld({"unit": [FAIL, PASS], "types": [Act(writes={"a.py": "2"}), PASS]})
    plan = planned(LINT, TYPES._replace(writes=True), UNIT._replace(retries=1))
    events = walk(plan, world, cancel=Cancel(), asked=ASKED)

    with closing(events):
        for _ in range(nth + 1):
            next(events)

    assert world.held == []
    assert threads() == []


def test_what_cannot_be_proven_ends_the_walk_cleanly() -> None:
    world = FakeWorld({"lint": [Act(waits=Flag())]})
    world.unprovable["types"] = LoopError("cannot read 'secret.py'")

    with pytest.raises(LoopError, match=r"secret\.py"):
        list(walk(planned(LINT, TYPES), world, cancel=Cancel(), asked=Asked(jobs=2)))

    assert threads() == []
    assert world.held == []
    assert [run.verdict for run in world.ends] == [Verdict.INTERRUPTED]


def test_what_cannot_be_run_at_all_ends_the_walk_and_is_no_verdict() -> None:
    world = FakeWorld({"lint": [Act(raises=LoopError("it read the work tree"))]})

    with pytest.raises(LoopError, match="it read"):
        list(walk(planned(LINT, TYPES), world, cancel=Cancel(), asked=Asked()))

    assert (threads(), world.held, world.settled) == ([], [], [])
    assert [run.verdict for run in world.ends] == [Verdict.INTERRUPTED]


def test_what_cannot_be_proven_again_gives_its_turn_back() -> None:
    world = FakeWorld()

    def gone() -> None:
        world.unprovable["format"] = LoopError("gone")

    world = FakeWorld({"format": [Act(writes={"a.py": "2"}, then=gone)]})

    with pytest.raises(LoopError, match="gone"):
        list(walk(planned(FORMAT), world, cancel=Cancel(), asked=ASKED))

    assert world.held == []


def test_a_world_that_cannot_record_gives_the_turn_back(monkeypatch: pytest.MonkeyPatch) -> None:
    world = FakeWorld()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(world, "settle", full)

    with pytest.raises(OSError, match="No space"):
        list(walk(planned(LINT), world, cancel=Cancel(), asked=ASKED))

    assert world.held == []


def test_the_turn_is_kept_until_the_verdict_is_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    world = FakeWorld()
    held: list[int] = []
    monkeypatch.setattr(world, "settle", lambda *_: held.append(len(world.held)))

    list(walk(planned(LINT), world, cancel=Cancel(), asked=ASKED))

    assert held == [1]


# -- whatever is planned ------------------------------------------------------------------------


class Case(NamedTuple):
    loops: tuple[Loop, ...]
    acts: dict[str, list[Act]]
    jobs: int
    keep_going: bool
    budget: float | None
    force: bool
    busy: tuple[str, ...]
    cached: tuple[str, ...]
    stop_at: int | None


ACTS = st.builds(
    Act,
    code=st.sampled_from([0, 0, 0, 1]),
    writes=st.sampled_from([None, None, {"a.py": "2"}, {"a.py": "3"}]),
    timed_out=st.sampled_from([False, False, False, True]),
    empty=st.booleans(),
    raises=st.sampled_from([None, None, None, ValueError("broken")]),
)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    names = [f"l{number}" for number in range(draw(st.integers(0, 6)))]
    loops = tuple(
        made(
            name,
            draw(st.integers(1, 9)),
            after=tuple(draw(st.sets(st.sampled_from(names[:at])))) if at else (),
            mutex=draw(st.sampled_from(["", "", "m"])),
            retries=draw(st.integers(0, 1)),
            required=draw(st.booleans()),
            writes=draw(st.sampled_from([False, False, True])),
        )
        for at, name in enumerate(names)
    )
    some = st.sets(st.sampled_from(names)).map(tuple) if names else st.just(())
    return Case(
        loops,
        {name: draw(st.lists(ACTS, min_size=1, max_size=4)) for name in names},
        draw(st.integers(1, 4)),
        draw(st.booleans()),
        draw(st.sampled_from([None, 5, 20])),
        draw(st.booleans()),
        draw(some),
        draw(some),
        draw(st.sampled_from([None, None, 0, 1, 3])),
    )


@pytest.mark.timeout(50)
@settings(max_examples=150, deadline=2000)
@given(cases())
def test_every_walk_ends_and_keeps_its_promises(case: Case) -> None:
    world, cancel = FakeWorld(case.acts), Cancel()
    world.busy = {name: [lambda: None] for name in case.busy}
    cached_in(world, *(one for one in case.loops if one.name in case.cached))
    plan = planned(*case.loops, budget=case.budget, force=case.force)
    asked = Asked(jobs=case.jobs, keep_going=case.keep_going)
    seen: list[Event] = []

    for event in walk(plan, world, cancel=cancel, asked=asked):
        seen.append(event)
        if len(seen) - 1 == case.stop_at and not isinstance(event, WalkFinished):
            cancel.set("interrupted")

    assert world.objections == []
    assert world.held == []
    assert threads() == []
    assert world.most <= case.jobs
    run = world.ends[0]
    assert [one.loop for one in run.results] == [step.loop.name for step in plan.steps]
    assert run.results == tuple(results(seen)[step.loop.name] for step in plan.steps)
    _each_is_settled_once_between_restarts(seen, plan)
    _nothing_started_before_what_it_comes_after(seen, plan.steps)
    _the_verdict_is_earned(run, cancel)


def _each_is_settled_once_between_restarts(seen: list[Event], plan: Plan) -> None:
    settled: set[str] = set()
    undone = False
    for event in seen:
        if isinstance(event, Warned) and "undoing" in event.message:
            settled.discard(event.loop)
            undone = True
        if isinstance(event, WalkRestarted):
            assert settled >= set(event.loops)
            settled -= set(event.loops)
        if isinstance(event, LoopFinished):
            assert event.result.loop not in settled
            settled.add(event.result.loop)
    assert settled == {step.loop.name for step in plan.steps}
    assert not undone or any(one.red for one in results(seen).values())


def _nothing_started_before_what_it_comes_after(seen: list[Event], steps: tuple[Step, ...]) -> None:
    after = {step.loop.name: step.loop.after for step in steps}
    done: dict[str, Result] = {}
    for event in seen:
        if isinstance(event, LoopFinished):
            done[event.result.loop] = event.result
        if isinstance(event, LoopStarted):
            assert all(done[name].green for name in after[event.loop])


def _the_verdict_is_earned(run: Run, cancel: Cancel) -> None:
    required = [one for one in run.results if one.required]
    if cancel:
        assert run.verdict is Verdict.INTERRUPTED
    elif any(one.red for one in required):
        assert run.verdict is Verdict.RED
    elif run.verdict is Verdict.GREEN:
        assert all((one.green and not one.moved) or one.empty for one in required)
