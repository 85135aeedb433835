"""A folder of a group's: whatever the umask of whoever writes there, the others can go on."""

from __future__ import annotations

import os
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from conftest import wait
from innerloop.__main__ import main
from innerloop.core.book import Attempt
from innerloop.core.hands import Ended, Errand
from innerloop.core.states import State
from innerloop.system import artifacts
from innerloop.system.journal.book import Book
from innerloop.system.journal.place import room
from innerloop.system.launch import Launch

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from conftest import Maker


@pytest.fixture(params=[0o022, 0o077])
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def left(place: Path) -> None:
    """Whatever a run leaves there."""
    found = room(str(place))
    with closing(Book(found)):
        pass
    (place.parent / "made").write_text("made\n")
    artifacts.keep(found, str(place.parent), "build", ("made",))
    ours, attempt = Launch(found), Attempt("run1", "box", 1, State.STARTED, "key")
    release = ours.hold("run1")
    assert release
    ours.claim(attempt)
    ours.start(attempt, Errand(("echo", "hello"), str(place), dict(os.environ), 30.0))
    wait(lambda: isinstance(ours.look(attempt), Ended), "its end")
    ours.append(attempt, "more\n")
    release()


@pytest.mark.usefixtures("umask")
def test_all_of_it_is_the_groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    team = tmp_path / "team"
    team.mkdir()
    team.chmod(0o2770)
    monkeypatch.setenv("LOOP_STATE", str(team))
    left(team)
    paths = sorted(team.rglob("*"))
    names = {path.name for path in paths}
    assert names >= {"outer.db", "runs", "run1", "box.1.do", "lock", "alive", "begun", "rc"}
    for path in paths:
        mode = path.stat().st_mode
        wanted = 0o2070 if path.is_dir() else 0o060
        if path.parent.name == "artifacts":
            wanted = 0o040
        assert mode & wanted == wanted, (path, oct(mode))
        assert not mode & 0o007 or path.parent.name == "artifacts", (path, oct(mode))


@pytest.mark.usefixtures("umask")
def test_elsewhere_none_of_it_is_anybody_elses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOOP_STATE", str(tmp_path / "mine"))
    left(tmp_path / "mine")
    for path in (tmp_path / "mine").rglob("*"):
        if path.parent.name != "artifacts":
            assert not path.stat().st_mode & 0o077, path


def test_projects_of_one_repository_are_apart_there_as_well(
    project: Maker, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    root = project().root
    monkeypatch.setenv("LOOP_STATE", f"{tmp_path}/team/")
    assert room(str(root)).folder == f"{tmp_path}/team"
    names = {room(f"{root}/{name}").folder for name in ("shop", "pay")}
    assert len(names) == 2
    assert {os.path.dirname(name) for name in names} == {f"{tmp_path}/team"}
    monkeypatch.delenv("LOOP_STATE")
    alone = {os.path.basename(room(f"{root}/{name}").folder) for name in ("shop", "pay")}
    assert alone == {os.path.basename(name) for name in names}


@pytest.mark.parametrize(
    ("named", "said"), [("state", "that is another folder"), ("loops.yaml", "which is a file")]
)
def test_what_can_be_no_folder_of_a_journal_is_refused_also_by_who_only_looks(
    project: Maker,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    named: str,
    said: str,
) -> None:
    root = project().root
    monkeypatch.chdir(root)
    monkeypatch.setenv("LOOP_STATE", named if named == "state" else str(root / named))
    assert main(["outer", "status"]) == 2
    assert said in capfd.readouterr().err
    assert main(["outer", "abandon"]) == 2
