"""Hooks written beside what is there, and taken away again without a trace."""

from __future__ import annotations

import os
import stat
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from innerloop.core.errors import LoopError
from innerloop.core.hook import NAMES, Hook, Served, written
from innerloop.system import hooks

if TYPE_CHECKING:
    from random import Random

HERE = Served("", "/opt/loop")
SUB = Served("sub", "/opt/loop")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "hooks"


class Entry(NamedTuple):
    """A file of a folder, as far as anybody can tell it from another."""

    mode: int
    link: str
    content: bytes
    mtime: int


def seen(folder: Path) -> dict[str, Entry]:
    """Everything in a folder, less the times of links and folders."""
    return {path.name: _entry(path) for path in folder.iterdir()}


def _entry(path: Path) -> Entry:
    info = path.lstat()
    if stat.S_ISLNK(info.st_mode):
        return Entry(info.st_mode, os.readlink(path), b"", 0)
    return Entry(info.st_mode, "", path.read_bytes(), info.st_mtime_ns)


def put(folder: Path, name: str, text: str = "#!/bin/sh\n", mode: int = 0o755) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(text)
    path.chmod(mode)
    return path


# -- random states of a folder, before and after -----------------------------------------------

FILES = st.sampled_from(
    [
        *NAMES,
        *(f"{name}.{end}" for name in NAMES for end in ("before-loop", "before-loop.2", "sample")),
        "commit-msg",
    ]
)
CONTENTS = st.one_of(
    st.tuples(st.binary(max_size=50), st.sampled_from([0o755, 0o644, 0o700, 0o6755, 0o444])),
    st.sampled_from(["nowhere", "commit-msg", "../outside"]),
)
STEPS = st.lists(
    st.tuples(st.sampled_from(NAMES), st.sampled_from(["", "a", "a/b", "c"])),
    min_size=1,
    max_size=6,
)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(FILES, CONTENTS), STEPS, st.randoms(use_true_random=False))
def test_whatever_was_there_is_there_again(
    before: dict[str, tuple[bytes, int] | str], steps: list[tuple[str, str]], random: Random
) -> None:
    with TemporaryDirectory() as temporary:
        place = Path(temporary) / "hooks"
        place.mkdir()
        for name, made in before.items():
            if isinstance(made, str):
                (place / name).symlink_to(made)
            else:
                (place / name).write_bytes(made[0])
                (place / name).chmod(made[1])
        stood = seen(place)
        for name, project in steps:
            hooks.install(str(place), name, Served(project, "/opt/loop"))
        once = seen(place)
        for name, project in steps:
            assert not hooks.install(str(place), name, Served(project, "/opt/loop")).changed
        assert seen(place) == once
        away = list(dict.fromkeys(steps))
        random.shuffle(away)
        for name, project in away:
            # Taken from where it was installed, or, that gone already, from wherever is nearest.
            hooks.uninstall(str(place), name, project)
        for name in NAMES:
            hooks.uninstall(str(place), name, "")

        assert seen(place) == stood


# -- one by one --------------------------------------------------------------------------------


def test_a_folder_that_is_not_there_is_made(folder: Path) -> None:
    done = hooks.install(str(folder), "pre-commit", HERE)

    assert done == hooks.Written(f"{folder}/pre-commit", "", changed=True)
    assert [path.name for path in folder.iterdir()] == ["pre-commit"]


@pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o755), (0o077, 0o700), (0o002, 0o775)])
def test_the_umask_says_who_may_run_it(folder: Path, umask: int, mode: int) -> None:
    old = os.umask(umask)
    try:
        hooks.install(str(folder), "pre-commit", HERE)
    finally:
        os.umask(old)

    assert stat.S_IMODE((folder / "pre-commit").stat().st_mode) == mode


def test_a_name_that_is_taken_is_not_taken_again(folder: Path) -> None:
    put(folder, "pre-commit", "mine")
    put(folder, "pre-commit.before-loop", "older")
    (folder / "pre-commit.before-loop.2").symlink_to("nowhere")

    done = hooks.install(str(folder), "pre-commit", HERE)

    assert done.kept == f"{folder}/pre-commit.before-loop.3"
    assert (folder / "pre-commit.before-loop").read_text() == "older"
    assert (folder / "pre-commit.before-loop.3").read_text() == "mine"


def test_where_a_file_has_one_name_it_is_renamed(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(folder, "pre-commit", "mine")

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "link", refuse)
    hooks.install(str(folder), "pre-commit", HERE)

    assert (folder / "pre-commit.before-loop").read_text() == "mine"
    assert hooks.look(str(folder), "pre-commit")


def test_one_of_an_older_version_is_written_anew(folder: Path) -> None:
    hook = Hook("pre-commit", "pre-commit.before-loop", (SUB,))
    new = written(hook)
    # As it may have been written once: sealed, with another body.
    from innerloop.core import hook as text  # noqa: PLC0415 - only here, to look inside

    head, _, rest = new.partition("# innerloop hook ")
    data = rest.partition("\n")[0].partition(" ")[2]
    seal = text._seal(head, data, "exit 0\n")
    put(folder, "pre-commit", f"{head}# innerloop hook {seal} {data}\nexit 0\n")

    done = hooks.install(str(folder), "pre-commit", HERE)

    assert done.changed
    assert (folder / "pre-commit").read_text() == written(hook.serving(HERE))


def test_one_that_lost_its_mode_has_it_again(folder: Path) -> None:
    hooks.install(str(folder), "pre-commit", HERE)
    (folder / "pre-commit").chmod(0o644)

    assert hooks.install(str(folder), "pre-commit", HERE).changed
    assert os.access(folder / "pre-commit", os.X_OK)


def test_an_edited_one_is_neither_replaced_nor_removed(folder: Path) -> None:
    hooks.install(str(folder), "pre-commit", HERE)
    with (folder / "pre-commit").open("a") as file:
        file.write("echo mine\n")
    stood = seen(folder)

    with pytest.raises(LoopError, match="edited since"):
        hooks.install(str(folder), "pre-commit", HERE)
    done = hooks.uninstall(str(folder), "pre-commit", "")

    assert done
    assert "was edited" in done.problem
    assert seen(folder) == stood


def test_a_link_to_one_of_ours_is_somebodys(folder: Path) -> None:
    hooks.install(str(folder), "pre-push", HERE)
    (folder / "pre-push").rename(folder / "elsewhere")
    (folder / "pre-push").symlink_to("elsewhere")

    with pytest.raises(LoopError, match="edited since"):
        hooks.install(str(folder), "pre-push", HERE)


def test_a_folder_of_that_name(folder: Path) -> None:
    (folder / "pre-commit").mkdir(parents=True)

    with pytest.raises(LoopError, match="is a folder"):
        hooks.install(str(folder), "pre-commit", HERE)


def test_what_was_there_before_is_gone(folder: Path) -> None:
    put(folder, "pre-commit")
    hooks.install(str(folder), "pre-commit", HERE)
    (folder / "pre-commit.before-loop").unlink()

    done = hooks.uninstall(str(folder), "pre-commit", "")

    assert done
    assert "pre-commit.before-loop, which was there before it, is gone" in done.problem
    assert list(folder.iterdir()) == []


def test_somebody_elses_is_left_alone(folder: Path) -> None:
    put(folder, "pre-commit")

    assert hooks.uninstall(str(folder), "pre-commit", "") is None
    assert hooks.uninstall(str(folder), "pre-push", "") is None
    assert (folder / "pre-commit").exists()


@pytest.mark.parametrize(
    ("served", "where", "left"),
    [
        (["", "a/b", "c"], "", ["a/b", "c"]),
        (["", "a/b", "c"], "a/b/deep", ["", "c"]),
        (["", "a/b", "c"], "a", ["a/b", "c"]),
        (["a/b", "a/d", "c"], "a", ["c"]),
        (["a/b", "c"], "ab", ["a/b", "c"]),
        (["a/b", "c"], "c", ["a/b"]),
    ],
)
def test_the_nearest_project_is_the_one_taken_away(
    folder: Path, served: list[str], where: str, left: list[str]
) -> None:
    for path in served:
        hooks.install(str(folder), "pre-commit", Served(path, ""))

    done = hooks.uninstall(str(folder), "pre-commit", where)

    found = hooks.look(str(folder), "pre-commit")
    assert found
    assert found.hook
    assert [one.path for one in found.hook.served] == left
    assert (done is None) == (served == left)


@pytest.mark.skipif(sys.platform != "linux", reason="needs a folder that even root cannot write")
@pytest.mark.parametrize("place", ["/proc/self", "/proc/self/status/hooks"])
def test_a_folder_that_cannot_be_written(place: str) -> None:
    with pytest.raises(LoopError, match="cannot write the hooks in /proc") as caught:
        hooks.install(place, "pre-commit", HERE)

    assert "writable" in caught.value.hint


@pytest.mark.parametrize(
    ("text", "minds"),
    [
        ('#!/bin/sh\n. "$(dirname "$0")/_/h"\n', False),
        ('#!/bin/sh\nhook=$(basename "$0")\n', True),
        ("#!/bin/sh\nhook=${0##*/}\n", True),
        ("#!/usr/bin/python3\nos.path.basename(sys.argv[0])\n", True),
    ],
)
def test_one_that_goes_by_its_name_is_pointed_out(folder: Path, text: str, minds: bool) -> None:  # noqa: FBT001 - a parameter of the test
    put(folder, "pre-commit", text)

    assert hooks.install(str(folder), "pre-commit", HERE).renamed is minds


def test_one_that_a_framework_took_over_is_not_installed_twice(folder: Path) -> None:
    hooks.install(str(folder), "pre-commit", HERE)
    (folder / "pre-commit").rename(folder / "pre-commit.legacy")
    put(folder, "pre-commit", "#!/bin/sh\nexec pre-commit\n")
    stood = seen(folder)

    with pytest.raises(LoopError, match=r"runs loop's as pre-commit\.legacy"):
        hooks.install(str(folder), "pre-commit", HERE)
    done = hooks.uninstall(str(folder), "pre-commit", "")

    assert done
    assert "pre-commit uninstall -t pre-commit" in done.problem
    assert seen(folder) == stood


def test_two_at_once_take_turns(folder: Path) -> None:
    put(folder, "pre-commit", "mine")
    names = [f"p{number}" for number in range(40)]

    with ThreadPoolExecutor(8) as crew:
        for done in [
            crew.submit(hooks.install, str(folder), "pre-commit", Served(name, ""))
            for name in names
        ]:
            done.result()

    found = hooks.look(str(folder), "pre-commit")
    assert found
    assert found.hook
    assert {one.path for one in found.hook.served} == set(names)
    assert sorted(seen(folder)) == ["pre-commit", "pre-commit.before-loop"]


def test_what_ails_one(folder: Path) -> None:
    assert hooks.ailing(str(folder), "pre-commit") == (False, "")
    put(folder, "pre-commit")
    hooks.install(str(folder), "pre-commit", Served("", "/bin/sh"))
    assert hooks.ailing(str(folder), "pre-commit") == (True, "")
    (folder / "pre-commit.before-loop").unlink()
    assert "is gone" in hooks.ailing(str(folder), "pre-commit")[1]
    hooks.install(str(folder), "pre-commit", Served("", "/nowhere/loop"))
    assert "/nowhere/loop is gone" in hooks.ailing(str(folder), "pre-commit")[1]
    hooks.install(str(folder), "pre-commit", Served("", ""))
    (folder / "pre-commit").chmod(0o600)
    assert "not executable" in hooks.ailing(str(folder), "pre-commit")[1]
    (folder / "pre-commit").write_text("#!/bin/sh\n# innerloop hook mine\n")
    assert "edited" in hooks.ailing(str(folder), "pre-commit")[1]
