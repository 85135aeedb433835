"""What the screen shows, as rows: never wider, never more, the same files for the same watch."""

from __future__ import annotations

import time
from functools import reduce
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shown import AT, EVAL, EVENTS, LINT, PROSE, RUN, TYPES, UNIT, came, golden, ran
from stage import LOG

from innerloop.core.command import parse
from innerloop.core.events import (
    Event,
    LoopFinished,
    LoopOutput,
    LoopStarted,
    LoopWaiting,
    Noted,
    Paused,
    Reconfigured,
    Rested,
    Saved,
    WalkFinished,
    WalkStarted,
)
from innerloop.core.model import Action, Loop, Outcome, Plan, Run, Step, Verdict
from innerloop.views.board import Tone
from innerloop.views.deck import Deck, fold
from innerloop.views.logs import harmless
from innerloop.views.look import Look, Shown
from innerloop.views.pages import bare
from innerloop.views.problems import columns
from innerloop.views.scene import Scene, View, scene
from innerloop.views.shelf import Shelf
from innerloop.views.studio import Studio

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from innerloop.views.board import Row

TESTED = UNIT._replace(fix=parse("tool --fix"), debug=parse("tool --pdb"))
LOOPS = (LINT, TYPES, TESTED, PROSE, EVAL)
STARTED = WalkStarted("3", Plan(tuple(Step(one, Action.RUN, "", one.cycle) for one in LOOPS)), AT)
BEGUN: tuple[Event, ...] = (
    Saved(("src/app.py",), AT),
    STARTED,
    LoopFinished(came(LINT, Outcome.CACHED, "passed 3m ago (#2)")),
    LoopFinished(ran(TYPES, Outcome.PASSED, seconds=0.31, mode="warm")),
    LoopStarted("unit", AT, 10, ""),
)
RED = RUN._replace(id="3")
FAILED: tuple[Event, ...] = (
    *BEGUN,
    LoopFinished(ran(UNIT, Outcome.FAILED, seconds=0.08, mode="cold: pandas was upgraded")),
    LoopFinished(came(PROSE, Outcome.SKIPPED, "unit failed")),
    LoopFinished(came(EVAL, Outcome.DEFERRED, "over the budget of 1m 00s by 59m 04s")),
    WalkFinished(RED),
    Rested(RED, 0.46, 0.44, 12),
)
GREEN: tuple[Event, ...] = (
    *BEGUN,
    LoopFinished(ran(UNIT, Outcome.PASSED, flaky=True)),
    LoopFinished(came(PROSE, Outcome.SKIPPED, "no file to hand over", empty=True)),
    LoopFinished(ran(EVAL, Outcome.PASSED, seconds=3601)),
    WalkFinished(RED._replace(verdict=Verdict.GREEN)),
    Rested(RED._replace(verdict=Verdict.GREEN), 0.0, 0.44, 12),
)
PROBLEM = "error: unknown key 'rnu' in loop 'unit'\n --> loops.yaml:3:5\n  |\n3 |     rnu: x"
STORIES: dict[str, tuple[Event, ...]] = {
    "nothing yet": (),
    "the first walk": (
        STARTED,
        LoopStarted("lint", AT - 1, 0.5, ""),
        LoopOutput("lint", "looking\nat a.py"),
    ),
    "a failure": FAILED,
    "green": GREEN,
    "saved again": (*FAILED, *BEGUN, LoopWaiting("prose", AT, "another walk runs it")),
    "paused": (*GREEN, Paused("z or Enter goes on"), Noted("too many folders to watch: polling")),
    "a broken loops.yaml": (*FAILED, Reconfigured(tuple(one.name for one in LOOPS), PROBLEM)),
}
VIEW = View("project · main", Look(), AT + 1.2, 79, 24)


@pytest.fixture(autouse=True)
def at_greenwich(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "UTC")
        time.tzset()
        yield
    time.tzset()


def deck(events: Iterable[Event]) -> Deck:
    return reduce(fold, events, Deck())


def seen(known: Deck, view: View = VIEW, log: str = LOG) -> Scene:
    latest = view.look.shown is Shown.LOG
    book = Shelf(lambda _: log, "/project").book(known, view.width, latest=latest)
    return scene(known, book, view)


def text(found: Scene) -> list[str]:
    return [bare("".join(part.text for part in row)).rstrip() for row in found.rows]


def tones(found: Scene, word: str) -> set[Tone]:
    return {part.tone for row in found.rows for part in row if word in part.text}


@pytest.mark.parametrize("size", [(119, 20), (79, 24), (39, 16), (20, 8)])
def test_the_screen_looks_as_it_always_did(size: tuple[int, int]) -> None:
    width, height = size
    view = VIEW._replace(width=width, height=height)
    shown = [
        "\n".join((f"==== {name}", *text(seen(deck(events), view))))
        for name, events in STORIES.items()
    ]
    golden(f"screen-{width}.txt", "\n".join(shown) + "\n")


@pytest.mark.parametrize("width", [119, 30])
def test_the_help_looks_as_it_always_did(width: int) -> None:
    view = VIEW._replace(look=Look(Shown.HELP), width=width, height=17)
    golden(f"screen-help-{width}.txt", "\n".join(text(seen(deck(GREEN), view))) + "\n")


@pytest.mark.parametrize(("width", "height"), [(9, 8), (79, 1), (79, 2), (79, 3), (79, 4), (1, 1)])
def test_of_a_small_window_the_most_is_made(width: int, height: int) -> None:
    view = VIEW._replace(width=width, height=height)
    shown = text(seen(deck(FAILED), view))
    assert len(shown) == height
    if width > 1:
        assert any("✗ unit"[: width - 3] in row for row in shown)
    if width > 9 and height > 1:
        assert "unit" in shown[1]
        assert "tests/test_app.py:14" in shown[1]


def test_an_old_verdict_is_dim_until_it_is_replaced() -> None:
    assert tones(seen(deck(FAILED)), "✗ unit") == {Tone.BAD}
    again = deck((*FAILED, STARTED))
    assert tones(seen(again), "✗ unit") == {Tone.DIM}
    assert tones(seen(again), "assert 7 == 6") == {Tone.DIM}
    assert tones(seen(deck(FAILED)), "assert 7 == 6") == {Tone.LOG}


def test_a_cancelled_step_is_never_shown_as_failed() -> None:
    cancelled = (
        *BEGUN,
        LoopFinished(ran(UNIT, Outcome.CANCELLED, "ended before it was done")),
        WalkFinished(Run("3", AT, 1, Verdict.INTERRUPTED, "", ())),
    )
    shown = "\n".join(text(seen(deck(cancelled))))
    assert "3 · unit ~10s" in shown
    assert "✗" not in shown
    assert "cancelled" not in shown


def test_what_is_deferred_is_named_and_one_key_away() -> None:
    shown = text(seen(deck(FAILED)))
    assert "a runs eval: over the budget of 1m 00s by 59m 04s" in shown


def test_a_failure_without_a_log_says_its_reason() -> None:
    reason = "no such program: \x1b[2Jpytest\nat all"
    failed = (STARTED, LoopFinished(came(UNIT, Outcome.FAILED, reason)))
    shown = text(seen(deck(failed)))
    assert shown[shown.index("at all") - 1] == "no such program: pytest"


def test_the_place_of_a_failure_is_in_sight_and_can_be_clicked_on() -> None:
    log = "\n".join([*(f"before {n}" for n in range(99)), LOG, *(f"after {n}" for n in range(99))])
    found = seen(deck(FAILED), log=log)
    assert any("19: AssertionError" in row or "14: AssertionError" in row for row in text(found))
    links = {part.link for row in found.rows for part in row if part.link}
    assert links == {"file:///project/tests/test_app.py"}


def test_a_line_of_many_colours_is_no_wider_for_them() -> None:
    log = "".join(f"\x1b[3{at % 8}m{at:02} \x1b[0m" for at in range(26))
    found = seen(deck(FAILED), log=log)
    row = next(one for one in map(bare, text(found)) if "01 02" in one)
    assert row == " ".join(f"{at:02}" for at in range(26))


def test_only_what_a_loop_has_a_command_for_is_offered() -> None:
    plan = Plan(
        (Step(UNIT, Action.RUN, "", 1), Step(LINT._replace(debug=parse("pdb")), Action.RUN, "", 1))
    )
    started = WalkStarted("1", plan, AT)
    failed = [LoopFinished(ran(one, Outcome.FAILED, exit_code=1)) for one in (LINT, UNIT)]
    keys = text(seen(deck([started, *failed])))[-1]
    assert "debug" in keys
    assert "fix" not in keys


def test_more_steps_than_there_is_room_for() -> None:
    loops = [Loop(f"step-{n}", UNIT.run, 1) for n in range(200)]
    plan = Plan(tuple(Step(one, Action.RUN, "", 1) for one in loops))
    failed = LoopFinished(ran(loops[150], Outcome.FAILED))
    known = deck((WalkStarted("1", plan, AT), failed, LoopStarted("step-99", AT, 1, "")))
    shown = "\n".join(text(seen(known)))
    assert "✗ step-150" in shown
    assert "step-99 1.2s over ~1s" in shown
    assert "more" in shown


def test_without_colour_the_colours_of_a_log_are_left_out() -> None:
    rows = seen(deck(FAILED), VIEW._replace(colour=False)).rows
    assert not any("\x1b" in part.text for row in rows for part in row)


def test_what_is_wrong_with_the_configuration_is_shown_in_colour_where_there_is_any() -> None:
    known = deck((*FAILED, Reconfigured(("unit",), "\x1b[1;31merror:\x1b[0m no\x1b[2J")))
    for colour, said in ((True, "\x1b[1;31merror:\x1b[0m no"), (False, "error: no")):
        rows = seen(known, VIEW._replace(colour=colour)).rows
        assert said in ["".join(part.text for part in row) for row in rows]


def test_another_failure_is_looked_at_from_its_beginning() -> None:
    shelf = Shelf(lambda _: LOG, "/project")
    studio = Studio(shelf, lambda row: "".join(part.text for part in row), title="", colour=False)
    known = deck(FAILED)

    def heading(*keys: str) -> str:
        lines = studio.lines(known, keys, (79, 24))
        return next(line for line in lines if line.startswith("──"))[:15]

    assert [heading(), heading("n"), heading()] == ["── unit  1/2  t", *["── unit  2/2  t"] * 2]
    again = ran(UNIT, Outcome.FAILED)._replace(at=AT + 9)
    known = fold(known, LoopFinished(again))
    assert heading() == "── unit  1/2  t"


def test_a_row_that_was_drawn_is_not_drawn_again() -> None:
    drawn: list[Row] = []

    def draw(row: Row) -> str:
        drawn.append(row)
        return ""

    studio = Studio(Shelf(lambda _: LOG, "/project"), draw, title="", colour=True)
    for events in (FAILED, (*FAILED, Noted("said"))):
        drawn.clear()
        studio.lines(deck(events), (), (79, 24))
        studio.lines(deck(events), (), (79, 24))
    assert ["".join(part.text for part in row) for row in drawn] == ["said"]


NAMES = st.text(st.characters(codec=None), min_size=1, max_size=40)


@given(
    events=st.lists(st.sampled_from([*EVENTS, *FAILED, *GREEN, *STORIES["paused"]]), max_size=30),
    said=NAMES,
    log=st.text(max_size=300),
    look=st.builds(Look, st.sampled_from(Shown), st.integers(0, 9), st.none() | st.integers(0, 99)),
    size=st.tuples(st.integers(1, 130), st.integers(1, 40)),
)
def test_nothing_is_ever_wider_or_more(
    events: list[Event], said: str, log: str, look: Look, size: tuple[int, int]
) -> None:
    told = [*events, Noted(said), Saved((said,), AT), Reconfigured((said, "unit"), said)]
    view = View(said, look, AT, *size)
    rows = seen(deck(told), view, harmless(log)).rows
    assert len(rows) == size[1]
    for row in rows:
        assert "\n" not in "".join(part.text for part in row)
        plain = bare("".join(part.text for part in row))
        assert columns(plain) <= size[0]
