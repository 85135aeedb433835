from __future__ import annotations

import signal
import time
from queue import SimpleQueue
from threading import Event as Flag
from threading import Thread, Timer
from typing import TYPE_CHECKING

import pytest
from fakes import EPOCH, FAIL, Act, FakeWorld, made, planned, threads

from innerloop.core.events import LoopOutput, Pressed
from innerloop.engine.cancel import Cancel
from innerloop.engine.crew import Crew, Done, heard

if TYPE_CHECKING:
    from collections.abc import Callable

    from innerloop.engine.crew import Inbox, Running

LINT, TYPES = made("lint", 1), made("types", 5)
NEVER = 5.0
"""seconds: nothing here takes them, but a test that fails ends"""


class Turns:
    """The turns that were given back."""

    def __init__(self) -> None:
        self.back: list[str] = []

    def of(self, name: str) -> Callable[[], None]:
        return lambda: self.back.append(name)


def crew(**script: Act) -> tuple[Crew, FakeWorld, Cancel]:
    world, stop = FakeWorld({name: [act] for name, act in script.items()}), Cancel()
    return Crew(world, stop), world, stop


def start(ours: Crew, world: FakeWorld, turns: Turns, name: str = "lint") -> Running:
    (step,) = planned(LINT if name == "lint" else TYPES).steps
    return ours.start(step, world.prove(step.loop), turns.of(name))


def done(ours: Crew) -> Done:
    found = ours.take(NEVER)
    assert isinstance(found, Done)
    return found


def test_where_nothing_happens_in_time_there_is_nothing() -> None:
    ours, _, _ = crew()

    assert ours.take(0.001) is None


def test_what_it_says_comes_before_its_end() -> None:
    ours, world, _ = crew(lint=Act(says=("one", "two"), seconds=2.0))
    running = start(ours, world, Turns())

    assert [ours.take(NEVER), ours.take(NEVER)] == [
        LoopOutput("lint", "one"),
        LoopOutput("lint", "two"),
    ]
    ended = done(ours)
    assert ended.running == running
    assert (running.at, running.attempts, running.changed) == (EPOCH, 1, False)
    assert (ended.ran.completion.exit_code, ended.ran.completion.seconds) == (0, 2.0)


def test_it_counts_as_running_until_it_is_let_go_and_its_turn_is_not_given_back() -> None:
    turns = Turns()
    ours, world, _ = crew()
    start(ours, world, turns)

    running = done(ours).running
    assert list(ours.running) == ["lint"]

    ours.let_go(running)
    assert not ours.running
    assert turns.back == []


@pytest.mark.parametrize("changed", [True, False])
def test_once_more_is_in_the_same_turn(changed: bool) -> None:  # noqa: FBT001 - a case
    turns = Turns()
    ours, world, _ = crew(lint=FAIL)
    start(ours, world, turns)
    first = done(ours).running
    proof = world.prove(LINT)._replace(reason="again")
    world.now += 7

    ours.again(first, proof, changed=changed)

    second = done(ours).running
    assert (second.at, second.attempts, second.changed) == (EPOCH + 7, 2, changed)
    assert second.proof is proof
    assert second.release is first.release
    assert turns.back == []


@pytest.mark.parametrize("error", [ValueError("broken"), SystemExit(0), KeyboardInterrupt()])
def test_what_breaks_in_a_runner_is_an_end_too(error: BaseException) -> None:
    ours, world, _ = crew(lint=Act(raises=error))
    start(ours, world, Turns())

    ran = done(ours).ran
    assert ran.completion.exit_code == 70
    assert ran.completion.tail == f"loop: {type(error).__name__}: {error}"
    assert (ran.at, ran.log, ran.moved) == (EPOCH, "", ())


def test_who_is_abandoned_is_waited_for_and_gives_its_turn_back() -> None:
    turns = Turns()
    ours, world, stop = crew(lint=Act(waits=Flag()), types=Act(waits=Flag()))
    start(ours, world, turns)
    start(ours, world, turns, "types")
    assert sorted(threads()) == ["loop lint", "loop types"]

    stop.set("enough")
    ours.abandon()

    assert threads() == []
    assert turns.back == ["lint", "types"]


@pytest.mark.timeout(10)
def test_a_signal_that_another_thread_has_taken_is_heard() -> None:
    inbox: Inbox = SimpleQueue()
    before = signal.signal(signal.SIGUSR1, lambda *_: inbox.put(Pressed("q")))
    other = Thread(target=time.sleep, args=(2,))
    other.start()
    assert other.ident is not None
    Timer(0.1, signal.pthread_kill, (other.ident, signal.SIGUSR1)).start()
    try:
        assert heard(inbox, None) == Pressed("q")
        assert other.is_alive(), "it was heard when the thread had ended"
    finally:
        signal.signal(signal.SIGUSR1, before)
        other.join()


def test_nothing_is_waited_for_longer_than_was_said() -> None:
    begin = time.monotonic()
    assert heard(SimpleQueue(), 0.4) is None
    assert 0.4 <= time.monotonic() - begin < 2
    assert heard(SimpleQueue(), 0.0) is None
