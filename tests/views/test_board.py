"""The board: events folded, and rows that never are wider or more than they may be."""

from __future__ import annotations

import unicodedata
from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from innerloop.core.events import (
    Event,
    LoopFinished,
    LoopOutput,
    LoopStarted,
    LoopWaiting,
    WalkFinished,
    WalkRestarted,
    WalkStarted,
    Warned,
)
from innerloop.core.model import (
    Action,
    Command,
    Loop,
    Outcome,
    Plan,
    Result,
    Run,
    Step,
    Verdict,
)
from innerloop.views.board import (
    SPINNER,
    Board,
    Coming,
    Row,
    Running,
    Tone,
    Waiting,
    fitted,
    fold,
    last_line,
    rows,
)


def step(name: str, expected: float, action: Action = Action.RUN) -> Step:
    return Step(
        Loop(name, Command("true", ("true",), ("true",), ()), expected), action, "", expected
    )


PLAN = Plan(
    (step("fmt", 0.5, Action.CACHED), step("lint", 1), step("unit", 10), step("eval", 3600))
)
STARTED = WalkStarted("1", PLAN, 100.0)


def after(*events: Event) -> Board:
    return reduce(fold, (STARTED, *events), Board())


def started(name: str, expected: float = 10.0) -> LoopStarted:
    return LoopStarted(name, 100.0, expected, "never passed")


def finished(name: str) -> LoopFinished:
    return LoopFinished(Result(name, Outcome.PASSED, "", 101.0))


def text(row: Row) -> str:
    return "".join(part.text for part in row)


def shown(board: Board, now: float, width: int = 79, height: int = 24) -> list[str]:
    return [text(row) for row in rows(board, now, width, height)]


def test_what_is_to_come_is_what_the_plan_runs_in_its_order() -> None:
    assert after().coming == (Coming("lint", 1), Coming("unit", 10), Coming("eval", 3600))
    assert after().active == ()


def test_a_step_is_to_come_then_active_then_gone() -> None:
    assert after(started("lint")).active == (Running("lint", 100.0, 10.0),)
    assert [one.loop for one in after(started("lint")).coming] == ["unit", "eval"]
    assert after(started("lint"), finished("lint")).active == ()
    assert [one.loop for one in after(finished("lint")).coming] == ["unit", "eval"]


def test_a_step_that_waited_for_its_turn_runs() -> None:
    waiting = LoopWaiting("lint", 99.0, "in another terminal")
    assert after(waiting).active == (Waiting("lint", 99.0, "in another terminal"),)
    assert after(waiting, started("lint")).active == (Running("lint", 100.0, 10.0),)


def test_output_belongs_to_its_step_and_only_the_end_of_it_is_kept() -> None:
    board = after(
        started("lint"), started("unit"), LoopOutput("unit", "a"), LoopOutput("unit", "b")
    )
    assert [one.output for one in board.active if isinstance(one, Running)] == ["", "ab"]
    board = fold(board, LoopOutput("unit", "x" * 10_000 + "end"))
    unit = board.active[1]
    assert isinstance(unit, Running)
    assert len(unit.output) == 4096
    assert unit.output.endswith("xend")


def test_a_restart_puts_steps_back_where_the_plan_has_them() -> None:
    board = after(finished("fmt"), finished("lint"), finished("unit"))
    board = fold(board, WalkRestarted("unit", ("fmt", "lint")))
    assert [one.loop for one in board.coming] == ["fmt", "lint", "eval"]


def test_what_changes_nothing_and_what_ends_everything() -> None:
    board = after(started("lint"))
    assert fold(board, Warned("lint", "m")) is board
    assert fold(board, WalkFinished(Run("1", 100.0, 1.0, Verdict.GREEN, "loop", ()))) == Board()


def test_a_running_step_with_its_time_and_how_far_it_is() -> None:
    board = after(started("unit"), LoopOutput("unit", "test_a.py ..\ntest_b.py .\n"))
    assert shown(board, 105.0) == [
        f"unit      {SPINNER[0]} running    5.0s  {'━' * 10}{'─' * 10} ~10s",
        "  test_b.py .",
        "· lint ~1s · eval ~1h",
    ]


def test_a_step_over_its_time_says_so_under_a_full_bar() -> None:
    (row, _) = rows(after(started("unit")), 112.0, 79)
    assert text(row) == f"unit      {SPINNER[0]} running     12s  {'━' * 20} over ~10s"
    assert row[-1].tone == Tone.OVER


def test_a_clock_set_back_shows_no_time_below_nothing() -> None:
    assert " 0.0s  ────" in shown(after(started("unit")), 50.0)[0]


def test_nothing_expected_has_no_bar() -> None:
    assert shown(after(started("unit", 0.0)), 105.0)[0].endswith("running    5.0s")


def test_a_waiting_step_says_why() -> None:
    board = after(LoopWaiting("lint", 97.0, "process 12 runs it\x1b[2J"))
    assert shown(board, 100.0)[0] == (
        f"lint      {SPINNER[0]} waiting    3.0s  process 12 runs it\\x1b[2J"
    )


def test_a_narrow_terminal_keeps_the_name_and_the_time() -> None:
    board = after(started("unit"), LoopOutput("unit", "some words that go on"))
    assert shown(board, 105.0, 30) == [
        f"{SPINNER[0]} unit        5.0s  ━━─── ~10s"[:30],
        "  some words that go on",
        "· lint ~1s · eval ~1h",
    ]
    assert shown(board, 105.0, 19) == [
        f"{SPINNER[0]} unit        5.0s",
        "  some words that …",
        "· lint ~1s · 1 more",
    ]
    assert shown(board, 105.0, 3) == ["un…", "so…", "· …"]
    assert shown(board, 105.0, 1) == ["…", "…", "…"]


def test_where_rows_are_few_output_goes_first_and_then_what_is_to_come() -> None:
    names = ("lint", "unit", "a", "b")
    board = after(*(started(name) for name in names), LoopOutput("unit", "said\n"))
    assert [line.split()[0] for line in shown(board, 101.0, 79, 6)] == [
        "lint",
        "unit",
        "said",
        "a",
        "b",
        "·",
    ]
    assert [line.split()[0] for line in shown(board, 101.0, 79, 5)] == [
        "lint",
        "unit",
        "a",
        "b",
        "·",
    ]
    assert [line.split()[0] for line in shown(board, 101.0, 79, 4)] == ["lint", "unit", "a", "b"]
    assert shown(board, 101.0, 79, 3)[2] == "+ 2 more"
    assert [line.split()[0] for line in shown(board, 101.0, 79, 1)] == ["lint"]


def test_of_many_to_come_as_many_as_there_is_room_for() -> None:
    board = reduce(
        fold,
        [WalkStarted("1", Plan(tuple(step(f"s{n}", n) for n in (5, 60, 90, 7200))), 0.0)],
        Board(),
    )
    assert shown(board, 0.0) == ["· s5 ~5s · s60 ~1m · s90 ~1m 30s · s7200 ~2h"]
    assert shown(board, 0.0, 43) == ["· s5 ~5s · s60 ~1m · s90 ~1m 30s · 1 more"]
    assert shown(board, 0.0, 20) == ["· s5 ~5s · 3 more"]
    assert shown(board, 0.0, 9) == ["· s5 ~5s…"]


@pytest.mark.parametrize(
    ("output", "line"),
    [
        ("one\ntwo\n", "two"),
        ("one\r\ntwo\r\n\r\n", "two"),
        ("\r 10%|#  |\r 20%|## |", "20%|## |"),
        ("10%\r20%\r", "20%"),
        ("\x1b[1;32mok\x1b[0m done\x1b[K", "ok done"),
        ("\x1b]0;a title\x07ok", "ok"),
        ("\x1b]8;;https://example.org\x1b\\a link\x1b]8;;\x1b\\", "a link"),
        ("\x1b]0;a title without an end\nok", "ok"),
        ("ok \x1b[38;5;1", "ok"),
        ("ok\x1b", "ok"),
        ("\x1b(Bok\x1b=\x1b7", "ok"),
        ("\x9b31mok", "ok"),
        ("wait |\b/\b-", "wait -"),
        ("\b\bok", "ok"),
        ("a\tb\x00c\x07", "a bc"),
        ("caf\udce9", "caf\ufffd"),
        ("safe \u202egnp.exe", "safe gnp.exe"),
        ("\u2028\x85", ""),
        ("", ""),
        ("\n \n\t\n", ""),
        ("日本語\n", "日本語"),
    ],
)
def test_the_last_line_is_what_would_stand_there(output: str, line: str) -> None:
    assert last_line(output) == line


def test_text_is_cut_to_columns_not_characters() -> None:
    assert fitted("日本語", 6) == "日本語"
    assert fitted("日本語", 5) == "日本…"
    assert fitted("日本語", 4) == "日…"
    assert fitted("abc", 2) == "a…"
    assert fitted("abc", 0) == ""


NAMES = st.text(st.characters(codec=None), min_size=1, max_size=90)


@given(
    names=st.lists(NAMES, min_size=1, max_size=6, unique=True),
    said=st.text(max_size=200),
    at=st.floats(0, 1e6),
    width=st.integers(1, 120),
    height=st.integers(1, 9),
)
def test_rows_are_never_wider_nor_more_than_they_may_be(
    names: list[str], said: str, at: float, width: int, height: int
) -> None:
    plan = Plan(tuple(step(name, at) for name in names))
    events: list[Event] = [WalkStarted("1", plan, 0.0)]
    events += [LoopStarted(name, 0.0, at, "") for name in names[1:]]
    events += [LoopOutput(name, said) for name in names]
    board = reduce(fold, [*events, LoopWaiting(names[-1], 0.0, said)], Board())
    found = shown(board, at / 2, width, height)
    assert 1 <= len(found) <= height
    for line in found:
        assert all(char == "\u200d" or unicodedata.category(char)[0] != "C" for char in line)
        # A selector makes some emoji wide, of which terminals themselves do not agree.
        assert cell_len(line.replace("\ufe0f", "")) <= width
