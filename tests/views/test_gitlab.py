from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st
from shown import EVENTS, RESULTS, UNIT, golden, ran
from sited import Left, told

from innerloop.core.events import LoopFinished, Saved, Warned
from innerloop.core.model import Outcome
from innerloop.views.gitlab import Gitlab
from innerloop.views.logs import harmless

if TYPE_CHECKING:
    import pytest

    from innerloop.core.events import Event
    from innerloop.views.site import Site

MARKER = re.compile(r"section_(start|end):(\d+):([a-zA-Z0-9_.-]+)(\[[^\]]*\])?\r\x1b\[0K")
"""what GitLab's own log reader takes for a section"""


def walk(*events: Event, site: Site | None = None) -> Left:
    left = Left()
    told(Gitlab, site or left.site, events)
    return left


def test_a_walk_on_gitlab(capsys: pytest.CaptureFixture[str]) -> None:
    left = walk(*EVENTS)

    said = capsys.readouterr()
    golden("gitlab.txt", said.out)
    assert said.err == ""
    assert len(left.reports) == 1
    golden("gitlab.json", left.reports[0])


def test_sections_open_and_close_one_after_another(capsys: pytest.CaptureFixture[str]) -> None:
    walk(*EVENTS, *EVENTS)

    found = MARKER.findall(capsys.readouterr().out)
    starts, ends = found[::2], found[1::2]
    assert [kind for kind, *_ in found] == ["start", "end"] * 8
    assert [one[2] for one in starts] == [one[2] for one in ends]
    assert len({one[2] for one in starts}) == 8, "the same loop twice has two sections"
    assert all(int(end[1]) >= int(start[1]) for start, end in zip(starts, ends, strict=True))


def test_what_passed_is_closed_and_what_failed_is_open(capsys: pytest.CaptureFixture[str]) -> None:
    walk(*EVENTS)

    found = {name: how for _, _, name, how in MARKER.findall(capsys.readouterr().out)[::2]}
    assert found == {
        "loop_1_typecheck": "[collapsed=true]",
        "loop_2_prose": "",
        "loop_3_unit": "",
        "loop_4_behavioural": "",
    }


def test_a_child_cannot_end_a_section(capsys: pytest.CaptureFixture[str]) -> None:
    evil = "a\x1b[0Ksection_end:1:loop_1_unit\r\x1b[0K\nsection_end:1:loop_1_unit\r\x1b[0Kb"
    site = Left().site._replace(log=lambda _path: harmless(evil))
    walk(
        Warned("unit", evil),
        LoopFinished(ran(UNIT, Outcome.FAILED, evil, command=evil)),
        site=site,
    )

    assert [one[0] for one in MARKER.findall(capsys.readouterr().out)] == ["start", "end"]


@given(st.lists(st.sampled_from(["section_end:1:x", "\r", "\x1b[0K", "\x1b", "[0K", "\n", "a"])))
def test_no_log_has_a_section_left_in_it(parts: list[str]) -> None:
    assert not MARKER.search(harmless("".join(parts)))


def test_an_end_begins_a_line_whatever_the_log(capsys: pytest.CaptureFixture[str]) -> None:
    for log in ("no end", "", "\n"):
        walk(LoopFinished(RESULTS[3]), site=Left().site._replace(log=lambda _path, log=log: log))  # type: ignore[misc]
        assert "\n\x1b[0Ksection_end:" in capsys.readouterr().out


def test_what_could_not_be_started_is_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    walk(LoopFinished(RESULTS[3]._replace(log="", reason="loop: OSError: full")))

    assert "section" not in capsys.readouterr().out


def test_what_only_a_watch_tells_is_passed_over(capsys: pytest.CaptureFixture[str]) -> None:
    walk(Saved(("a.py",), 1.0))

    assert capsys.readouterr().out == ""
