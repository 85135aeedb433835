"""Two walks at once, in two terminals."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest

from conftest import ended, wait

if TYPE_CHECKING:
    from conftest import Maker


@pytest.mark.parametrize("broken", [False, True], ids=["pass", "fail"])
def test_a_second_walk_waits_and_takes_the_verdict(project: Maker, broken: bool) -> None:  # noqa: FBT001 - a parameter of the test
    found = project()
    if broken:
        found.breaks("unit")
    found.hold("unit")
    first = found.start("inner")
    found.underway("unit")
    second = found.start("inner")
    assert second.stderr is not None
    assert "another walk runs it on this content" in second.stderr.readline()

    found.release("unit")

    assert ended(first).code == int(broken)
    said = ended(second).fails(int(broken)).out
    assert ("in another walk" if broken else "passed just now") in said
    assert found.ran() == ["unit"]


def test_a_second_walk_runs_what_the_first_was_killed_in(project: Maker) -> None:
    found = project()
    found.hold("unit")
    first = found.start("inner")
    found.underway("unit")
    second = found.start("inner")
    assert second.stderr is not None
    second.stderr.readline()

    first.send_signal(signal.SIGKILL)
    ended(first)
    found.release("unit")

    ended(second).ok()
    assert found.ran() == ["unit", "unit"]


def test_a_second_walk_on_other_content_does_not_wait(project: Maker) -> None:
    found = project(files={"a.py": "1"})
    found.hold("unit")
    first = found.start("inner")
    found.underway("unit")
    found.write({"a.py": "2"})
    second = found.start("inner")
    wait(lambda: len((found.place / "ran").read_text().split()) > 1, "the second to start")

    found.release("unit")

    ended(first).ok()
    ended(second).ok()
    assert found.ran() == ["unit", "unit"]
    assert found.walked() == []


def test_one_mutex_has_one_turn_whatever_it_is_called(project: Maker) -> None:
    found = project(
        """
        unit: {run: mark unit, cycle: 1s, mutex: gpu/0}
        other: {run: mark other, cycle: 1s, mutex: gpu/0}
        """
    )
    found.hold("unit")
    first = found.start("inner", "unit")
    found.underway("unit")
    second = found.start("inner", "other")
    assert second.stderr is not None
    assert "mutex 'gpu/0' is held" in second.stderr.readline()

    found.release("unit")

    ended(first).ok()
    ended(second).ok()
    assert found.ran() == ["unit", "other"]
