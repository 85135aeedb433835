"""What stages leave that is no plain file: links are links, and what cannot be kept is refused."""

from __future__ import annotations

import os
import socket
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from innerloop.core.errors import LoopError
from innerloop.core.leg import Leg
from innerloop.core.states import State
from innerloop.system import artifacts
from innerloop.system.journal.place import Room
from innerloop.system.relay import Relay

if TYPE_CHECKING:
    from innerloop.core.book import Kept


class Dist:
    """A project whose build leaves `dist`, and the room that this is kept in."""

    def __init__(self, place: Path) -> None:
        self.root = place / "project"
        self.room = Room(str(place / "room"))
        (self.root / "dist/lib").mkdir(parents=True)
        (self.root / "dist/lib/app-1.2").write_text("one\n")

    def link(self, name: str, to: str) -> Path:
        path = self.root / name
        path.symlink_to(to)
        return path

    def keep(self, *paths: str) -> tuple[Kept, ...]:
        return artifacts.keep(self.room, str(self.root), "build", paths or ("dist",))

    def lay(self, kept: tuple[Kept, ...], *anew: str) -> str:
        return artifacts.lay(self.room, str(self.root), kept, anew)

    def added(self, kept: tuple[Kept, ...]) -> str:
        return artifacts.added(str(self.root), ("dist",), {one.path for one in kept})


@pytest.fixture
def dist(tmp_path: Path) -> Dist:
    return Dist(tmp_path)


@pytest.mark.parametrize("to", ["lib/app-1.2", "lib", "nowhere", "/usr/bin"])
def test_a_link_comes_back_as_the_link_it_was(dist: Dist, to: str) -> None:
    link = dist.link("dist/app", to)
    kept = dist.keep()
    assert [one.path for one in kept] == ["dist/app", "dist/lib/app-1.2"]
    assert dist.lay(kept) == dist.added(kept) == ""

    link.unlink()
    assert dist.lay(kept) == ""
    assert os.readlink(link) == to
    assert dist.added(kept) == ""


def test_a_link_that_leads_elsewhere_is_not_what_was_left(dist: Dist) -> None:
    link = dist.link("dist/app", "lib/app-1.2")
    kept = dist.keep()
    (dist.root / "dist/lib/app-1.3").write_text("one\n")
    link.unlink()
    dist.link("dist/app", "lib/app-1.3")
    assert dist.lay(kept) == "'dist/app' is no longer what build left"
    link.unlink()
    link.write_text("one\n")
    assert dist.lay(kept) == "'dist/app' is no longer what build left"


def test_a_file_that_says_what_a_link_said_is_another_thing(dist: Dist) -> None:
    dist.link("dist/app", "lib")
    (dist.root / "dist/text").write_text("lib")
    (dist.root / "dist/longer").write_text("llib")
    kept = dist.keep()
    assert len({one.digest for one in kept}) == 4
    for name in ("app", "text", "longer"):
        (dist.root / "dist" / name).unlink()
    assert dist.lay(kept) == ""
    assert (dist.root / "dist/app").is_symlink()
    assert (dist.root / "dist/text").read_text() == "lib"
    assert not (dist.root / "dist/text").is_symlink()


@pytest.mark.parametrize("to", ["lib", "nowhere"])
def test_a_link_that_was_added_is_told(dist: Dist, to: str) -> None:
    kept = dist.keep()
    dist.link("dist/more", to)
    assert dist.added(kept) == "dist/more"


def test_where_the_output_itself_is_a_link_what_it_leads_to_is_kept_too(dist: Dist) -> None:
    (dist.root / "dist").rename(dist.root / "dist-7")
    dist.link("now", "dist-7")
    dist.link("dist", "now")
    kept = dist.keep("dist/")
    assert [one.path for one in kept] == ["dist", "dist-7/lib/app-1.2", "now"]
    app = dist.root / "dist-7/lib/app-1.2"
    app.write_text("two\n")
    assert dist.lay(kept) == "'dist-7/lib/app-1.2' is no longer what build left"
    app.unlink()
    for name in ("dist", "now"):
        (dist.root / name).unlink()
    (dist.root / "dist-7/lib").rmdir()
    (dist.root / "dist-7").rmdir()
    assert dist.lay(kept) == ""
    assert (dist.root / "dist/lib/app-1.2").read_text() == "one\n"


def test_links_in_a_circle_are_what_they_are(dist: Dist) -> None:
    dist.link("a", "b")
    dist.link("b", "a")
    kept = dist.keep("a")
    assert [one.path for one in kept] == ["a", "b"]
    assert dist.lay(kept) == ""


@pytest.mark.parametrize("to", ["..", "/usr", "dist/../../x", "."])
def test_an_output_out_of_the_project_is_refused(dist: Dist, to: str) -> None:
    dist.link("out", to)
    with pytest.raises(LoopError, match="'out' is a link out of the project"):
        dist.keep("out")


def test_nothing_is_written_through_a_link_out_of_the_project(dist: Dist, tmp_path: Path) -> None:
    kept = dist.keep()
    (dist.root / "dist/lib/app-1.2").unlink()
    (dist.root / "dist/lib").rmdir()
    (tmp_path / "away").mkdir()
    dist.link("dist/lib", str(tmp_path / "away"))
    assert "is behind a link out of the project" in dist.lay(kept)
    assert list((tmp_path / "away").iterdir()) == []


def test_what_is_no_file_folder_or_link_is_refused_by_name(dist: Dist) -> None:
    os.mkfifo(dist.root / "dist/pipe")
    with pytest.raises(LoopError, match="'dist/pipe', which build has left, is no file"):
        dist.keep()
    (dist.root / "dist/pipe").unlink()
    with closing(socket.socket(socket.AF_UNIX)) as one:
        here = Path.cwd()
        os.chdir(dist.root / "dist")  # its path may not be long
        try:
            one.bind("door")
        finally:
            os.chdir(here)
        with pytest.raises(LoopError, match="'dist/door', which build has left, is no file"):
            dist.keep()
        with pytest.raises(LoopError, match="'dist/door'"):
            dist.keep("dist/door")


@pytest.mark.timeout(20)
def test_what_became_no_file_is_not_read(dist: Dist) -> None:
    kept = dist.keep()
    (dist.root / "dist/lib/app-1.2").unlink()
    os.mkfifo(dist.root / "dist/lib/app-1.2")
    assert dist.lay(kept) == "'dist/lib/app-1.2' is no longer what build left"
    assert dist.lay(kept, "dist") == "'dist/lib/app-1.2' is no longer what build left"


def test_what_a_stage_has_written_over_itself_is_put_back(dist: Dist) -> None:
    link = dist.link("dist/app", "lib/app-1.2")
    kept = dist.keep()
    link.unlink()
    link.write_text("half of it")
    (dist.root / "dist/lib/app-1.2").write_text("two\n")
    assert dist.lay(kept, "dist/app") == "'dist/lib/app-1.2' is no longer what build left"
    assert os.readlink(link) == "lib/app-1.2"
    assert dist.lay(kept, "./dist/") == ""
    assert link.read_text() == "one\n"


def test_a_link_goes_from_one_job_to_the_next(dist: Dist, tmp_path: Path) -> None:
    link = dist.link("dist/app", "lib/app-1.2")
    (dist.root / "dist/lib/app-1.2").chmod(0o755)
    kept = dist.keep()
    leg = Leg("release", "build", State.PASSED, "plan", "tree", kept=kept)
    relay = Relay(str(tmp_path / "relay"))
    relay.write(leg, dist.room)
    for path in (tmp_path / "relay").rglob("files/*"):
        path.chmod(0o644)  # as a forge's store hands it out
    other = Room(str(tmp_path / "another"))
    relay.lay(leg, other)
    link.unlink()
    (dist.root / "dist/lib/app-1.2").unlink()
    assert artifacts.lay(other, str(dist.root), kept) == ""
    assert os.readlink(link) == "lib/app-1.2"
    assert os.access(link, os.X_OK)
