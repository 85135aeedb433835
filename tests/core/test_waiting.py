from __future__ import annotations

import pytest

from innerloop.core.snapshots import Pair, State, Tool
from innerloop.core.waiting import Latest, Word, heard, settled, together, told

BEGAN, ENDED = 100.0, 110.0
FAILED = Latest(passed=False, began=BEGAN, ended=ENDED, current=True)
PASSED = Latest(passed=True, began=BEGAN, ended=ENDED, current=True, whole=True)


def pair(state: State, at: float = 105.0, name: str = "a") -> Pair:
    new = "" if state is State.UNSEEN else "b" * 64
    return Pair(f"__snapshots__/{name}", f"__test_results__/{name}", state, "a" * 64, new, at)


SAME, OTHER, ALONE = (pair(state) for state in (State.UNCHANGED, State.CHANGED, State.UNSEEN))


def test_what_differs_waits() -> None:
    assert told("s", [SAME, OTHER], FAILED, passed=False) == Word(True, "")


@pytest.mark.parametrize("latest", [None, FAILED, FAILED._replace(current=False)])
def test_where_just_this_has_passed_nothing_waits(latest: Latest | None) -> None:
    (found,) = settled([OTHER], latest, passed=True)

    assert found.state is State.ALIGNED
    assert told("s", [found], latest, passed=True).waiting is False


def test_a_result_of_a_run_that_passed_does_not_wait_though_it_differs() -> None:
    (found,) = settled([OTHER], PASSED, passed=False)
    assert found.state is State.ALIGNED


@pytest.mark.parametrize("at", [99.0, 110.5])
def test_a_result_of_another_run_is_not_covered_by_that_pass(at: float) -> None:
    (found,) = settled([OTHER._replace(at=at)], PASSED, passed=False)
    assert found.state is State.CHANGED


def test_an_orphan_is_one_after_a_whole_pass_alone() -> None:
    def alone(latest: Latest | None, *pairs: Pair) -> State:
        return settled([ALONE, *pairs], latest, passed=False)[0].state

    assert alone(PASSED, SAME) is State.ORPHAN
    assert alone(PASSED._replace(whole=False), SAME) is State.UNSEEN
    assert alone(FAILED._replace(whole=True), SAME) is State.UNSEEN
    assert alone(None, SAME) is State.UNSEEN
    assert alone(PASSED, SAME._replace(at=120.0)) is State.UNSEEN, "somebody ran a part since"
    assert alone(PASSED) is State.UNSEEN, "nothing shows that anything ran"


@pytest.mark.parametrize(
    ("pairs", "latest", "said"),
    [
        ([], None, "no results to compare: loop inner s"),
        ([ALONE], FAILED, "no results to compare: loop inner s"),
        ([SAME], FAILED, "it fails, and not for a result that differs"),
        ([SAME], FAILED._replace(current=False), "its inputs have changed since it last ran"),
        ([SAME], None, "it has not passed yet"),
    ],
)
def test_where_nothing_differs_and_nothing_has_passed_it_is_not_known(
    pairs: list[Pair], latest: Latest | None, said: str
) -> None:
    word = told("s", pairs, latest, passed=False)

    assert word.waiting is None
    assert said in word.why


def test_what_waits_may_be_out_of_date_and_then_says_so() -> None:
    old = told("s", [OTHER], FAILED._replace(current=False), passed=False)
    assert old == Word(True, "its inputs have changed since: loop inner s")
    hand = told("s", [OTHER._replace(at=500.0)], FAILED, passed=False)
    assert hand == Word(True, "these results are of no run of `loop`")


# -- what the tools say ----------------------------------------------------------------------

SYRUPY = "F.\n--- snapshot report summary ---\n{}\n\n1 failed in 0.02s\n"


@pytest.mark.parametrize(
    ("summary", "why"),
    [
        ("1 snapshot failed. 2 snapshots passed.", "syrupy says: 1 failed"),
        ("2 snapshots failed. 1 snapshot unused.", "syrupy says: 2 failed, 1 unused"),
        ("12 snapshots passed. 3 snapshots unused.", "syrupy says: 3 unused"),
    ],
)
def test_syrupys_summary(summary: str, why: str) -> None:
    word = heard(Tool.SYRUPY, 1, SYRUPY.format(summary))

    assert (word.waiting, word.why) == (True, why)
    assert summary in word.said


def test_a_count_that_a_test_prints_is_not_syrupys() -> None:
    word = heard(Tool.SYRUPY, 0, f"3 snapshots failed\n{SYRUPY.format('1 snapshot passed.')}")
    assert word == Word(False, "syrupy says: 1 snapshot passed")


@pytest.mark.parametrize("tool", [Tool.SYRUPY, Tool.INLINE])
def test_tests_that_fail_otherwise_leave_it_open(tool: Tool) -> None:
    word = heard(tool, 1, "1 failed\n")
    assert word.waiting is None
    assert word.said == ("1 failed",)
    assert heard(tool, 0, "1 passed\n") == Word(False, "its tests pass")


@pytest.mark.parametrize("code", [2, 3, 4, 5, 124, 137])
def test_where_pytest_did_not_get_through_nothing_is_known(code: int) -> None:
    word = heard(Tool.SYRUPY, code, SYRUPY.format("1 snapshot passed."))
    assert (word.waiting, word.why) == (None, f"pytest ended with exit {code}")


def test_inline_snapshots_report() -> None:
    text = (
        "E.\n═══ inline-snapshot ═══\n─── Create snapshots ───\n│ +  snapshot(1) │\n"
        "Use --inline-snapshot=create to apply them, or use\n"
        "Use --inline-snapshot=trim to apply them\n\n=== ERRORS ===\nmissing\n"
    )
    word = heard(Tool.INLINE, 1, text)

    assert (word.waiting, word.why) == (True, "inline-snapshot says: to be created")
    assert word.said[:2] == ("─── Create snapshots ───", "│ +  snapshot(1) │")
    assert "missing" not in word.said


def test_what_could_be_trimmed_does_not_wait() -> None:
    text = "═══ inline-snapshot ═══\nUse --inline-snapshot=trim to apply them\n"
    assert heard(Tool.INLINE, 0, text).waiting is False


def test_of_several_tools_one_that_waits_decides_then_one_that_is_unsure() -> None:
    yes, no, open_ = Word(True, "y", ("l",)), Word(False, "n"), Word(None, "o")

    assert together([no, open_, yes]) == yes
    assert together([no, open_]) == open_
    assert together([no, no]) == no
