"""The watch as a story: what is saved, what runs for it, and what is never lost."""

from __future__ import annotations

from threading import Event as Flag

from fakes import FAIL, PASS, Act, FakeWorld, made, threads
from watched import FakeWatched, React

from innerloop.core.errors import LoopError
from innerloop.core.events import Reconfigured, Rested
from innerloop.core.model import Outcome
from innerloop.core.watching import Wish

LINT, UNIT = made("lint", 1.0), made("unit", 10.0)


def quitting(watched: FakeWatched, after: str = "rested") -> React:
    return React(after, lambda: watched.press("q"))


def test_the_first_walk_needs_no_save() -> None:
    watched = FakeWatched(LINT, UNIT)
    story = watched.run(quitting(watched))
    assert story == [
        "start lint",
        "passed lint",
        "start unit",
        "passed unit",
        "end green",
        "rested green",
        "pressed q",
    ]


def test_a_save_walks_again_and_only_what_it_affects_runs() -> None:
    watched = FakeWatched(LINT, UNIT)
    watched.fake.reads = {"lint": ("a.py",), "unit": ("b.py",)}
    watched.fake.files["b.py"] = "1"
    watched.run(React("rested", lambda: watched.save("b.py", "2")), quitting(watched))
    assert watched.fake.ran == ["lint", "unit", "unit"]


def test_a_save_that_no_verdict_depends_on_walks_nothing() -> None:
    watched = FakeWatched(LINT)
    watched.fake.reads = {"lint": ("a.py",)}
    story = watched.run(
        React("rested", lambda: watched.save("notes.md", "2")), quitting(watched, "saved notes.md")
    )
    assert story[-2:] == ["saved notes.md", "pressed q"]
    assert watched.fake.ran == ["lint"]


def test_a_save_that_only_a_skipped_loop_depends_on_does_not_repeat_the_failure() -> None:
    watched = FakeWatched(LINT, UNIT, world=FakeWorld({"lint": [FAIL]}))
    watched.fake.reads = {"lint": ("a.py",), "unit": ("b.py",)}
    watched.fake.files["b.py"] = "1"
    watched.run(
        React("rested red", lambda: watched.save("b.py", "2")), quitting(watched, "saved b.py")
    )
    assert watched.fake.ran == ["lint"]


def test_a_save_during_a_walk_ends_the_step_and_begins_anew_from_the_fastest() -> None:
    watched = FakeWatched(LINT, UNIT, world=FakeWorld({"unit": [Act(waits=Flag()), PASS]}))
    story = watched.run(React("start unit", lambda: watched.save("a.py", "2")), quitting(watched))
    assert story == [
        "start lint",
        "passed lint",
        "start unit",
        "saved a.py",
        "cancelled unit: ended before it was done",
        "end interrupted",
        "start lint",
        "passed lint",
        "start unit",
        "passed unit",
        "end green",
        "rested green",
        "pressed q",
    ]
    assert not threads()


def test_a_save_that_only_waiting_loops_depend_on_ends_nothing() -> None:
    done = Flag()
    watched = FakeWatched(LINT, UNIT, world=FakeWorld({"lint": [Act(waits=done)]}))
    watched.fake.reads = {"lint": ("a.py",), "unit": ("b.py",)}
    watched.fake.files["b.py"] = "1"
    watched.run(
        React("start lint", lambda: watched.save("b.py", "2")),
        React("saved b.py", done.set),
        quitting(watched),
    )
    assert watched.fake.ran == ["lint", "unit"]


def test_a_save_between_the_last_verdict_and_the_end_of_the_walk_is_not_lost() -> None:
    watched = FakeWatched(LINT)
    watched.run(React("passed lint", lambda: watched.save("a.py", "2")), quitting(watched))
    assert watched.fake.ran == ["lint", "lint"]


def test_a_slow_step_is_let_finish_after_three_saves_and_then_walked_again() -> None:
    done = Flag()
    hang = [Act(waits=Flag()) for _ in range(3)]
    world = FakeWorld({"unit": [*hang, Act(waits=done), PASS]})
    watched = FakeWatched(UNIT, world=world)
    watched.ticks = 2.0  # nobody saves as regularly as a program does
    texts = iter("23456789")

    def save() -> None:
        world.now += len(watched.fake.ran) * 7
        watched.save("a.py", next(texts))

    story = watched.run(
        React("start unit", save),
        React("start unit", save),
        React("start unit", save),
        React("start unit", save),
        React("noted unit was begun anew 3 times", done.set),
        quitting(watched),
    )
    assert [line for line in story if line.startswith(("cancelled", "passed"))] == [
        "cancelled unit: ended before it was done",
        "cancelled unit: ended before it was done",
        "cancelled unit: ended before it was done",
        "passed unit",
        "passed unit",
    ]
    finished = [one for _, one in world.settled if one.outcome is Outcome.PASSED]
    assert [bool(one.fingerprint) for one in finished] == [False, True]
    assert finished[0].moved


def test_ten_saves_at_once_are_one_walk() -> None:
    watched = FakeWatched(LINT)

    def burst() -> None:
        for text in range(10):
            watched.save("a.py", f"new {text}")

    watched.run(React("rested", burst), quitting(watched))
    assert watched.fake.ran.count("lint") <= 3
    assert watched.fake.ledger


def test_what_was_cancelled_is_never_recorded_as_failed() -> None:
    watched = FakeWatched(UNIT, world=FakeWorld({"unit": [Act(waits=Flag()), PASS]}))
    watched.run(React("start unit", lambda: watched.save("a.py", "2")), quitting(watched))
    assert [one.outcome for _, one in watched.fake.settled] == [Outcome.CANCELLED, Outcome.PASSED]


def test_the_answer_to_a_save_is_timed_from_the_save() -> None:
    watched = FakeWatched(LINT)
    watched.run(React("rested", lambda: watched.save("a.py", "2")), quitting(watched))
    first, second = (one for one in watched.events if isinstance(one, Rested))
    assert (first.answered, first.answers) == (0.0, 0)
    assert second.answers == 1
    assert 0 < second.answered == second.median < 1


def test_a_new_configuration_is_taken_up_and_a_broken_one_changes_nothing() -> None:
    watched = FakeWatched(LINT)
    watched.fake.reads = {"lint": ("a.py",)}

    def mend() -> None:
        watched.config = Reconfigured(("lint",))
        watched.save("loops.yaml", "3")

    watched.config = Reconfigured(("lint",), "line 1: what is this?")
    story = watched.run(
        React("rested", lambda: watched.save("loops.yaml", "2")),
        React("reconfigured line 1", mend),
        quitting(watched),
    )
    assert "reconfigured line 1: what is this?" in story
    assert story.count("end green") == 2


def writing(
    watched: FakeWatched, name: str, after: float = 0.2, done_after: int | None = None
) -> None:
    """From now on the loop writes a report that it also reads; it ends only after so many runs."""
    texts = iter(range(1000))

    def report() -> None:
        watched.fake.now += after
        watched.save("report.txt", str(next(texts)))

    watched.fake.files["report.txt"] = ""
    many = 20 if done_after is None else done_after - 1
    script = [Act(waits=Flag(), begun=_Doing(report))] * many
    watched.fake._script[name] = [*script, Act(begun=_Doing(report)), PASS]


class _Doing(Flag):
    """A flag that does something when it is set."""

    def __init__(self, deed: object) -> None:
        super().__init__()
        self._deed = deed

    def set(self) -> None:
        assert callable(self._deed)
        self._deed()


def test_a_loop_that_sets_itself_off_is_stopped_and_named() -> None:
    watched = FakeWatched(UNIT)
    writing(watched, "unit")
    story = watched.run(quitting(watched, "paused unit keeps changing report.txt"))
    assert watched.fake.ran == ["unit"] * 3
    assert any("name it under outputs or ignore" in line for line in story)


def test_a_loop_that_was_caught_says_what_it_has_to_say_and_saves_are_answered() -> None:
    watched = FakeWatched(UNIT)
    writing(watched, "unit", done_after=3)
    story = watched.run(
        React("paused unit", lambda: None),
        React("rested", lambda: watched.save("a.py", "mended")),
        React("paused", lambda: None),
        React("start unit", lambda: None),
        quitting(watched),
    )
    assert watched.fake.ran == ["unit"] * 4
    ends = [line for line in story if line.startswith("end ")]
    assert ends == ["end interrupted", "end interrupted", "end partly green", "end green"]


def test_a_new_configuration_ends_the_pause_that_a_loop_was_caught_for() -> None:
    watched = FakeWatched(UNIT)
    writing(watched, "unit", done_after=3)

    def mend() -> None:
        watched.config = Reconfigured(("unit",))
        watched.save("loops.yaml", "3")

    watched.run(
        React("paused unit", lambda: None),
        React("rested", mend),
        React("paused", lambda: None),
        quitting(watched),
    )
    assert watched.fake.ran == ["unit"] * 4


def test_a_loop_that_writes_is_not_ended_for_what_it_wrote() -> None:
    watched = FakeWatched(made("format", 1.0, writes=True), UNIT)
    act = Act(writes={"a.py": "formatted"}, then=lambda: watched.save("a.py", "formatted"))
    watched.fake._script["format"] = [act, PASS]
    story = watched.run(quitting(watched))
    assert not [line for line in story if line.startswith("cancelled")]
    assert watched.fake.ran == ["format", "format", "unit"]


def test_pause_keeps_what_is_saved_until_it_goes_on() -> None:
    watched = FakeWatched(LINT)
    watched.run(
        React("rested", lambda: watched.press("z")),
        React("paused z", lambda: watched.save("a.py", "2")),
        React("saved a.py", lambda: watched.press("z")),
        quitting(watched, "rested"),
    )
    assert watched.fake.ran == ["lint", "lint"]


def test_keys_ask_for_walks() -> None:
    watched = FakeWatched(LINT, UNIT)
    watched.run(
        React("rested", lambda: watched.press("a")),
        React("rested", lambda: watched.press("2")),
        React("rested", lambda: watched.press("enter")),
        React("rested", lambda: watched.press("9")),
        React("pressed 9", lambda: watched.press("q")),
    )
    assert watched.wishes == [
        Wish(),
        Wish(bounded=False),
        Wish(("unit",), bounded=False),
        Wish(),
    ]
    assert watched.looks == 1


def test_a_single_loop_asked_for_does_not_swallow_a_save() -> None:
    hang = Flag()
    watched = FakeWatched(LINT, UNIT, world=FakeWorld({"unit": [PASS, Act(waits=hang), PASS]}))

    def save() -> None:
        watched.save("a.py", "2")

    watched.run(
        React("rested", lambda: watched.press("2")),
        React("start unit", save),
        quitting(watched),
    )
    assert watched.wishes[-1] == Wish()
    assert watched.fake.ran[-2:] == ["lint", "unit"]


def test_fix_and_debug_are_for_what_failed() -> None:
    world = FakeWorld({"unit": [FAIL]})
    watched = FakeWatched(LINT, UNIT, world=world)
    watched.run(
        React("rested red", lambda: watched.press("f")),
        React("noted fixed", lambda: watched.press("d")),
        React("pressed d", lambda: watched.press("q")),
    )
    assert watched.deeds == ["fix unit", "debug unit"]
    watched = FakeWatched(LINT)
    watched.run(
        React("rested", lambda: watched.press("f")),
        React("noted there is no failure to fix", lambda: watched.press("d")),
        React("noted there is no failure to debug", lambda: watched.press("9")),
        React("noted no loop has the number 9", lambda: watched.press("q")),
    )
    assert watched.fake.ran == ["lint"]


def test_a_key_for_the_debugger_ends_the_walk_and_afterwards_it_goes_on() -> None:
    world = FakeWorld({"lint": [FAIL], "unit": [Act(waits=Flag()), PASS]})
    watched = FakeWatched(LINT._replace(required=False), UNIT, world=world)
    watched.run(
        React("start unit", lambda: watched.press("d")),
        quitting(watched, "rested"),
    )
    assert watched.deeds == ["debug lint"]
    assert world.ran == ["lint", "unit", "lint", "unit"]


def test_quitting_during_a_walk_ends_it() -> None:
    watched = FakeWatched(UNIT, world=FakeWorld({"unit": [Act(waits=Flag())]}))
    story = watched.run(quitting(watched, "start unit"))
    assert story[-1] == "end interrupted"
    assert not threads()


def test_a_signal_ends_the_watch_while_it_waits() -> None:
    watched = FakeWatched(LINT)
    watched.run(React("rested", lambda: watched.cancel.set("interrupted")))
    assert watched.cancel.reason == "interrupted"


def test_a_project_that_cannot_be_walked_is_walked_once_it_is_mended() -> None:
    watched = FakeWatched(LINT)
    watched.fake.unprovable = {"lint": LoopError("git cannot list", "mend it")}

    def mend() -> None:
        watched.fake.unprovable = {}
        watched.save("unrelated.txt", "2")

    story = watched.run(React("noted git cannot list: mend it", mend), quitting(watched))
    assert watched.fake.ran == ["lint"]
    assert story[-2] == "rested green"


def test_a_walk_that_is_ended_for_a_single_loop_is_made_up_for() -> None:
    watched = FakeWatched(LINT, UNIT, world=FakeWorld({"unit": [Act(waits=Flag()), PASS]}))
    watched.run(
        React("start unit", lambda: watched.press("1")),
        React("rested", lambda: None),
        quitting(watched),
    )
    assert watched.wishes == [Wish(), Wish(("lint",), bounded=False), Wish()]
    assert watched.fake.ran == ["lint", "unit", "lint", "unit"]
