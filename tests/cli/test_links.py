"""What lies behind a link to a folder counts with the link."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from innerloop.system import links

if TYPE_CHECKING:
    from conftest import Maker, Project

LOOPS = "unit: {run: mark unit, cycle: 1s, inputs: %s}"


def linked(project: Maker, inputs: str) -> Project:
    found = project(LOOPS % inputs, {"a.py": "1"})
    (found.place / "elsewhere/deep").mkdir(parents=True)
    (found.place / "elsewhere/deep/rows.csv").write_text("one")
    (found.root / "data").symlink_to(found.place / "elsewhere")
    return found


@pytest.mark.parametrize("inputs", ["[data]", "['data/**']", "['data/deep/*.csv']", "['*']"])
@pytest.mark.parametrize("change", ["edit", "add", "delete"])
def test_a_change_behind_the_link_is_seen(project: Maker, inputs: str, change: str) -> None:
    found = linked(project, inputs)
    found.sealed()
    rows = found.place / "elsewhere/deep/rows.csv"
    if change == "edit":
        rows.write_text("two")
    elif change == "add":
        rows.with_name("more.csv").write_text("")
    else:
        rows.unlink()
    found.ran()

    assert found.walked() == ["unit"]


def test_a_link_to_where_it_stands_leads_nowhere_new(project: Maker) -> None:
    found = project(LOOPS % "['*']", {"a.py": "1"})
    (found.root / "here").symlink_to(".")
    (found.root / "above").symlink_to("..")
    found.run("inner").ok()
    found.ran()

    assert found.walked() == []


@pytest.mark.parametrize("inputs", ["[data]", "['data/**']"])
def test_a_link_to_too_much_is_never_remembered(project: Maker, inputs: str) -> None:
    found = linked(project, inputs)
    many = found.place / "elsewhere/many"
    many.mkdir()
    for number in range(links.MOST + 1):
        (many / str(number)).touch()

    found.run("inner").ok().warns("'data' leads to more than 20,000 files")
    found.ran()

    assert found.walked() == ["unit"]


def test_outputs_behind_a_link_have_to_be_there(project: Maker) -> None:
    found = project(
        "unit: {run: 'mark unit && echo 1 > out/r', cycle: 1s, inputs: [a.py], outputs: [out]}",
        {"a.py": "1"},
    )
    (found.root / "real").mkdir()
    (found.root / "out").symlink_to("real")
    found.sealed()
    (found.root / "real/r").unlink()
    found.ran()

    assert found.walked() == ["unit"]


def test_a_path_git_will_not_answer_for_does_not_silence_it(project: Maker) -> None:
    found = project(
        LOOPS % "['data/*.csv', 'alink/sub/*.csv']",
        {".gitignore": "data/\n", "data/a.csv": "1", "real/sub/b.csv": "1"},
    )
    (found.root / "alink").symlink_to("real")
    found.sealed()
    found.write({"data/a.csv": "2"})
    found.ran()

    assert found.walked() == ["unit"]
