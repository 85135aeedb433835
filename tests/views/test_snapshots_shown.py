from __future__ import annotations

from shown import golden

from innerloop.core.snapshots import Accepted, Pair, Replaced, Review, State, Tool
from innerloop.core.unified import Diff
from innerloop.views import snapshots


def pair(name: str, state: State, diff: Diff | None = None) -> Pair:
    return Pair(f"__snapshots__/{name}", f"__test_results__/{name}", state, diff=diff)


HUNK = ("@@ -1,3 +1,3 @@", " [", "-  1,", "+  5,", " ]")
REVIEWS = (
    Review(
        "steps",
        (Tool.SNAPPYLAPY,),
        waiting=True,
        why="its inputs have changed since: loop inner steps",
        pairs=(
            pair("[test_a][test_load].list.json", State.CHANGED, Diff(HUNK)),
            pair(
                "[test_a][test_long].list.json", State.CHANGED, Diff(HUNK, "... and 3 more lines")
            ),
            pair("[test_a][test_new].string.txt", State.NEW, Diff(("@@ -0,0 +1 @@", "+5"))),
            pair(
                "[test_a][test_\x1b[2J].string.txt", State.NEW, Diff((), "binary: 0 bytes before")
            ),
            pair("[test_a][test_gone].string.txt", State.ORPHAN),
            pair("[test_a][test_same].string.txt", State.UNCHANGED),
            pair("[test_a][test_word].string.txt", State.ALIGNED),
            pair("[test_a][test_late].string.txt", State.UNSEEN),
        ),
    ),
    Review(
        "unit",
        (Tool.SYRUPY, Tool.INLINE),
        waiting=True,
        why="syrupy says: 1 failed",
        said=("FAILED test_a.py::test_a", "1 failed in 0.1s"),
    ),
    Review("other", (Tool.SYRUPY,), waiting=None, why="pytest ended with exit 4"),
    Review("done", (Tool.SNAPPYLAPY,), waiting=False, why="it has passed on just this"),
    Review(
        "",
        (Tool.SNAPPYLAPY,),
        waiting=True,
        why="no loop runs the tests that came to this",
        pairs=(pair("[test_b][test_b].string.txt", State.NEW, Diff(("+x",))),),
    ),
)


def test_what_waits() -> None:
    golden("review.txt", snapshots.review(REVIEWS, colour=False))


def test_what_waits_in_colour() -> None:
    golden("review.colour.txt", snapshots.review(REVIEWS, colour=True))


def test_where_nothing_waits_nothing_is_to_be_done() -> None:
    assert "next:" not in snapshots.review(REVIEWS[2:4], colour=False)


def test_what_was_accepted() -> None:
    files = (
        Replaced("__snapshots__/a", "1" * 64, "2" * 64),
        Replaced("__snapshots__/b\n", "", "3" * 64),
        Replaced("__snapshots__/c", "4" * 64, ""),
    )
    assert snapshots.accepted((Accepted("steps", "Ada <ada@example.org>", files),)) == (
        "accepted of steps by Ada <ada@example.org>:\n"
        "  __snapshots__/a  111111111111 -> 222222222222\n"
        "  __snapshots__/b\\n  new -> 333333333333\n"
        "  __snapshots__/c  444444444444 -> gone\n"
    )
    assert snapshots.accepted(()) == ""
