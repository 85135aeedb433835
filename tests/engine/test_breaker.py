"""Who sets a watch off: a person at work is never accused, a loop that sets itself off always."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from innerloop.engine.breaker import Breaker, Culprit

if TYPE_CHECKING:
    from collections.abc import Iterable


def everybody(_loop: str, _path: str) -> bool:
    return True


class Story:
    """Runs and saves at times of a clock."""

    def __init__(self) -> None:
        self.breaker = Breaker()
        self.found: list[Culprit] = []

    def run(self, loop: str, start: float, end: float | None = None) -> None:
        self.breaker.started(loop, start)
        if end is not None:
            self.breaker.ended(loop, end)

    def save(self, at: float, *paths: str, whole: bool = False) -> None:
        found = self.breaker.saved(paths, at, everybody, whole=whole)
        self.found += [found] if found else []

    def runs(self, times: Iterable[tuple[float, float]], *, whole: bool = False) -> list[Culprit]:
        """A loop that starts, and a save so long after."""
        for start, after in times:
            self.run("unit", start, start + after + (0.1 if whole else 0.0))
            self.save(start + after, "report.txt", whole=whole)
        return self.found


def test_three_quick_runs_that_write_the_same_file() -> None:
    assert Story().runs([(0, 0.3), (2, 0.35), (4, 0.3)]) == [Culprit("unit", "report.txt")]


def test_two_are_chance() -> None:
    assert Story().runs([(0, 0.3), (2, 0.3)]) == []


def test_three_in_more_than_ten_seconds_are_chance() -> None:
    assert Story().runs([(0, 0.3), (6, 0.3), (12, 0.3)]) == []


@pytest.mark.parametrize("after", [(0.1, 0.8, 0.3), (0.9, 0.2, 0.6)])
def test_saves_at_no_fixed_time_after_the_start_are_a_persons(after: tuple[float, ...]) -> None:
    assert Story().runs([(2.0 * n, one) for n, one in enumerate(after)]) == []


def test_a_save_while_the_loop_does_not_run_acquits_it() -> None:
    story = Story()
    story.runs([(0, 0.3), (2, 0.3)])
    story.save(3.5, "report.txt")
    assert story.runs([(4, 0.3)]) == []


def test_a_save_of_another_file_acquits_nobody() -> None:
    story = Story()
    story.runs([(0, 0.3), (2, 0.3)])
    story.save(3.5, "app.py")
    assert story.runs([(4, 0.3)]) == [Culprit("unit", "report.txt")]


def test_saves_that_follow_each_end_at_once_are_a_programs_that_waits_for_it() -> None:
    story = Story()
    for start in range(9):
        story.run("unit", float(start), start + 0.2)
        story.save(start + 0.21, "app.py")
    assert story.found == []


def test_in_doubt_it_is_asked_to_wait_once_and_longer_than_the_loop_took_to_write() -> None:
    story = Story()
    assert story.breaker.doubt() == 0.0
    story.runs([(0, 0.5)])
    assert story.breaker.doubt() == 0.0
    story.runs([(2, 0.5)])
    assert story.breaker.doubt() == pytest.approx(0.75)
    assert story.breaker.doubt() == 0.0


def test_a_slow_loop_is_known_by_its_whole_runs() -> None:
    slow = [(0, 9.0), (20, 9.5), (40, 8.8)]
    assert Story().runs(slow) == []
    assert Story().runs(slow, whole=True) == [Culprit("unit", "report.txt")]


def test_of_a_file_that_a_person_saves_it_takes_longer_to_believe() -> None:
    story = Story()
    story.save(-5.0, "report.txt")
    times = [(20.0 * n, 9.0) for n in range(6)]
    assert story.runs(times[:5], whole=True) == []
    assert story.runs(times[5:], whole=True) == [Culprit("unit", "report.txt")]


def test_forgiven_it_counts_from_the_beginning() -> None:
    story = Story()
    story.runs([(0, 0.3), (2, 0.3)])
    assert story.breaker.suspected("unit")
    story.breaker.forgive()
    assert not story.breaker.suspected("unit")
    assert story.runs([(4, 0.3)]) == []


def test_a_loop_that_does_not_depend_on_the_file_is_never_suspected() -> None:
    breaker = Breaker()
    for start in (0.0, 1.0, 2.0):
        breaker.started("lint", start)
        assert breaker.saved(["x"], start + 0.1, lambda *_: False, whole=False) is None
    assert not breaker.suspected("lint")


def test_quick_saves_of_what_a_person_saves_take_longer_to_believe_too() -> None:
    story = Story()
    story.save(-5.0, "report.txt")
    assert story.runs([(float(n), 0.3) for n in range(5)]) == []
    assert story.runs([(5.0, 0.3)]) == [Culprit("unit", "report.txt")]
