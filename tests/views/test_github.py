from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shown import AT, EVENTS, PLAN, RESULTS, RUN, UNIT, golden, ran
from sited import LOG, TOKEN, Left, told

from innerloop.core.events import LoopFinished, Saved, WalkFinished, WalkStarted, Warned
from innerloop.core.locations import Location
from innerloop.core.model import Outcome, Verdict
from innerloop.views.github import MOST, Github, command, defused

if TYPE_CHECKING:
    from innerloop.views.site import Site

# -- a decoder, written from what GitHub's runner does ------------------------------------------

COMMAND = re.compile(r"::([a-z-]+)(?: (.*?))?::(.*)")


def unescaped(text: str, *, name: bool = False) -> str:
    for code, char in (("%3A", ":"), ("%2C", ",")) if name else ():
        text = text.replace(code, char)
    return text.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%")


def parsed(line: str) -> tuple[str, dict[str, str], str] | None:
    found = COMMAND.fullmatch(line)
    if found is None:
        return None
    pairs = [pair.split("=", 1) for pair in (found[2] or "").split(",") if pair]
    return (
        found[1],
        {key: unescaped(value, name=True) for key, value in pairs},
        unescaped(found[3]),
    )


def obeyed(text: str) -> list[tuple[str, dict[str, str], str]]:
    """The commands among these lines that are obeyed."""
    stopped, found = "", []
    for one in re.split(r"\r\n|\r|\n", text):
        if stopped:
            stopped = "" if one == f"::{stopped}::" else stopped
            continue
        said = parsed(one)
        if said and said[0] == "stop-commands":
            stopped = said[2]
        elif said:
            found.append(said)
    return found


def walk(*events: object, site: Site | None = None) -> Left:
    left = Left()
    told(Github, site or left.site, events)  # type: ignore[arg-type]
    return left


# -- the walk -----------------------------------------------------------------------------------


def test_a_walk_on_github(capsys: pytest.CaptureFixture[str]) -> None:
    left = walk(*EVENTS)

    said = capsys.readouterr()
    golden("github.txt", said.out)
    assert said.err == "", "the runner reads both streams, in whatever order"
    assert len(left.reports) == 1
    golden("github.md", left.reports[0])


def test_a_group_a_loop_that_ran_none_inside_another(capsys: pytest.CaptureFixture[str]) -> None:
    walk(*EVENTS)

    names = [name for name, _, _ in obeyed(capsys.readouterr().out) if "group" in name]
    assert names == ["group", "endgroup"] * 4


def test_what_a_child_prints_is_not_obeyed(capsys: pytest.CaptureFixture[str]) -> None:
    walk(LoopFinished(RESULTS[3]))

    said = capsys.readouterr().out
    assert "::error::obey" in said
    assert [name for name, _, _ in obeyed(said)] == ["group", "endgroup"]
    # The older form is obeyed by the page that shows the log, which knows of no stop.
    assert "##[" not in said


def test_each_group_has_a_token_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    left = Left()
    tokens = iter(("one", "two"))
    site = left.site._replace(token=lambda: next(tokens))
    walk(LoopFinished(RESULTS[2]), LoopFinished(RESULTS[3]), site=site)

    said = capsys.readouterr().out
    assert said.index("::one::") < said.index("::stop-commands::two") < said.index("::two::")


def test_a_log_without_an_end_of_line_does_not_swallow_the_token(
    capsys: pytest.CaptureFixture[str],
) -> None:
    left = Left()
    for log in ("no end", "", "\n"):
        walk(LoopFinished(RESULTS[3]), site=left.site._replace(log=lambda _path, log=log: log))  # type: ignore[misc]
        assert f"\n::{TOKEN}::\n" in capsys.readouterr().out


def test_what_could_not_be_started_is_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    walk(LoopFinished(RESULTS[3]._replace(log="", reason="loop: OSError: full")))

    assert "unit      FAILED" in capsys.readouterr().out


def many(count: int, kind: str = "error") -> Site:
    found = tuple(Location(f"{n}.py", n + 1, 0, "wrong", kind) for n in range(count))
    return Left().site._replace(places=lambda one: found if one.loop == UNIT.name else ())


@pytest.mark.parametrize("kind", ["error", "warning"])
def test_nine_of_a_kind_and_how_many_more(kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    run = RUN._replace(results=(RESULTS[3],))
    walk(WalkStarted("1", PLAN, AT), WalkFinished(run), site=many(40, kind))

    said = obeyed(capsys.readouterr().out)
    assert [name for name, _, _ in said] == [*[kind] * MOST, "notice"]
    assert said[-1][2].startswith("and 31 findings more")


def test_exactly_nine_are_all(capsys: pytest.CaptureFixture[str]) -> None:
    walk(WalkFinished(RUN._replace(results=(RESULTS[3],))), site=many(MOST))

    assert "notice" not in capsys.readouterr().out


def test_warnings_of_a_walk_and_of_its_tools_are_nine_together(
    capsys: pytest.CaptureFixture[str],
) -> None:
    warned = [Warned("unit", f"attempt {n} failed") for n in range(MOST + 3)]
    walk(*warned, WalkFinished(RUN._replace(results=(RESULTS[3],))), site=many(5, "warning"))

    said = capsys.readouterr().out
    assert [name for name, _, _ in obeyed(said)] == [*["warning"] * MOST, "notice"]
    assert "warning: loop unit: attempt 11 failed" in said


def test_each_loop_that_failed_is_named_before_one_is_named_twice(
    capsys: pytest.CaptureFixture[str],
) -> None:
    results = (RESULTS[3], RESULTS[5])
    walk(WalkFinished(RUN._replace(results=results)), site=many(40))

    titles = [said["title"] for name, said, _ in obeyed(capsys.readouterr().out) if name == "error"]
    assert titles[:3] == ["unit", "behavioural", "unit"]


def test_one_that_is_not_required_warns(capsys: pytest.CaptureFixture[str]) -> None:
    walk(WalkFinished(RUN._replace(results=(RESULTS[4],), verdict=Verdict.PARTLY)))

    (said,) = obeyed(capsys.readouterr().out)
    assert said == (
        "warning",
        {"file": "docs/a.md", "line": "2", "col": "5", "title": "prose"},
        "a typo",
    )


def test_a_failure_without_a_place_says_its_last_words(capsys: pytest.CaptureFixture[str]) -> None:
    walk(WalkFinished(RUN._replace(results=(RESULTS[5],))))

    (said,) = obeyed(capsys.readouterr().out)
    assert said[0] == "error"
    assert said[1] == {"title": "behavioural"}
    assert said[2].startswith("ran longer than its timeout of 6m 00s\nE   assert 1 == 2\n")


def test_paths_are_from_where_github_checked_out(capsys: pytest.CaptureFixture[str]) -> None:
    site = Left().site._replace(folder="apps/shop")
    walk(WalkFinished(RUN._replace(results=(RESULTS[4],), verdict=Verdict.PARTLY)), site=site)

    assert "file=apps/shop/docs/a.md," in capsys.readouterr().out


def test_nothing_that_is_shown_of_a_result_is_obeyed(capsys: pytest.CaptureFixture[str]) -> None:
    evil = "x\n::error::y\r::error::z\n##[endgroup]"
    walk(
        Warned("unit", evil),
        LoopFinished(ran(UNIT, Outcome.FAILED, evil, command=evil)),
        WalkFinished(RUN._replace(results=(ran(UNIT, Outcome.FAILED, evil),))),
    )

    said = capsys.readouterr().out
    names = [name for name, _, _ in obeyed(said)]
    assert "##[" not in said
    assert names == ["warning", "group", "endgroup", "error", "warning"]


def test_what_only_a_watch_tells_is_passed_over(capsys: pytest.CaptureFixture[str]) -> None:
    walk(Saved(("a.py",), 1.0))

    assert capsys.readouterr().out == ""


# -- escapes ------------------------------------------------------------------------------------


@given(st.text(), st.text())
def test_what_is_escaped_comes_out_as_it_went_in(message: str, name: str) -> None:
    line = command("error", message, file=name, title="a:b,c%d")

    assert "\n" not in line
    assert "\r" not in line
    if "\n" not in message:  # `.` of the decoder's own pattern
        file = {"file": name} if name else {}
        assert parsed(line) == ("error", {**file, "title": "a:b,c%d"}, message)


@given(st.text(alphabet="%:,\r\n0ADa25C3"))
def test_an_escape_that_was_there_before_is_none(text: str) -> None:
    said = parsed(command("error", text, file=f"x{text}"))
    assert said == ("error", {"file": f"x{text}"}, text)


@given(st.text(alphabet="#[ ae"))
def test_nothing_is_left_of_the_older_form(text: str) -> None:
    assert "##[" not in defused(text)
    assert defused(text).replace("## [", "##[") == text.replace("## [", "##[")


def test_the_log_is_as_it_was_but_for_that() -> None:
    assert defused(LOG) == LOG.replace("##[", "## [")
