"""Pairs on disk, what they were before, and who may not run beside whom."""

from __future__ import annotations

import hashlib
import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from innerloop.config.build import build
from innerloop.core.errors import LoopError
from innerloop.core.snapshots import Replaced, State, Tool
from innerloop.system import state
from innerloop.system.ground import Ground
from innerloop.system.snapshots import tools
from innerloop.system.snapshots.before import Before
from innerloop.system.snapshots.ills import ills
from innerloop.system.snapshots.pairs import named, pair, pairs
from innerloop.system.snapshots.sharing import shared
from innerloop.system.snapshots.tools import selected, used
from innerloop.system.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

A = "[test_a][test_one].list.json"
B = "[test_a][test_two].list.json"


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    return tmp_path


def write(root: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


def stands(root: Path) -> dict[str, State]:
    return {one.path: one.state for one in pairs(Tree(str(root), f"{root}/.loop", write=False))}


def test_results_are_laid_beside_what_was_accepted(root: Path) -> None:
    write(
        root,
        {
            f"__snapshots__/{A}": "1",
            f"__test_results__/{A}": "2",
            f"x/y/__test_results__/{B}": "new",
            f"x/__snapshots__/{A}": "alone",
            f"z/__snapshots__/{A}": "same",
            f"z/__test_results__/{A}": "same",
        },
    )
    assert stands(root) == {
        f"__snapshots__/{A}": State.CHANGED,
        f"x/__snapshots__/{A}": State.UNSEEN,
        f"x/y/__snapshots__/{B}": State.NEW,
        f"z/__snapshots__/{A}": State.UNCHANGED,
    }


def test_what_other_tools_keep_in_such_a_folder_is_theirs(root: Path) -> None:
    write(root, {"__snapshots__/test_a.ambr": "", "src/__snapshots__/App.test.js.snap": ""})

    assert stands(root) == {}


def test_what_does_not_count_is_not_looked_in(root: Path) -> None:
    left = ("build", "node_modules", "env", ".loop/runs")
    write(root, {f"{place}/__test_results__/{A}": "1" for place in left})
    write(root, {"env/pyvenv.cfg": "", ".gitignore": "build/\n__test_results__/\n"})
    write(root, {f"mine/__test_results__/{A}": "1"})

    assert stands(root) == {f"mine/__snapshots__/{A}": State.NEW}


def test_a_link_to_a_folder_is_not_followed(root: Path) -> None:
    write(root, {f"mine/__test_results__/{A}": "1"})
    (root / "again").symlink_to("mine")

    assert list(stands(root)) == [f"mine/__snapshots__/{A}"]


def test_a_pair_knows_both_digests(root: Path) -> None:
    write(root, {f"__snapshots__/{A}": "1", f"__test_results__/{A}": "2"})

    found = pair(str(root), f"__snapshots__/{A}", f"__test_results__/{A}")

    assert (found.old, found.new) == (sha(b"1"), sha(b"2"))
    assert found.at == pytest.approx((root / f"__test_results__/{A}").stat().st_mtime)


def test_what_is_very_large_is_compared_and_not_shown(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("innerloop.system.snapshots.pairs._SHOWN", 10)
    write(root, {f"__snapshots__/{A}": "1" * 11, f"__test_results__/{A}": "1" * 10 + "2"})

    found = pair(str(root), f"__snapshots__/{A}", f"__test_results__/{A}")

    assert found.state is State.CHANGED
    assert found.diff is not None
    assert found.diff.note == "too large to show: 11 bytes"


def test_names_with_brackets_are_names_and_no_patterns(root: Path) -> None:
    write(root, {f"__test_results__/{A}": "1", f"__test_results__/{B}": "1"})
    found = pairs(Tree(str(root), f"{root}/.loop", write=False))

    for name in (A, f"__snapshots__/{A}", f"__test_results__/{A}"):
        assert [one.path for one in named(found, name)] == [f"__snapshots__/{A}"]
    assert named(found, "[test_a]*") == ()


# -- of a loop -------------------------------------------------------------------------------


@pytest.fixture
def ground(root: Path) -> Iterator[Callable[[str], Ground]]:
    """The ground of a project with these loops, and an environment with nothing in it."""
    environment = root / ".venv"
    (environment / "bin").mkdir(parents=True)
    (environment / "bin/python").symlink_to("/bin/true")
    write(environment, {"pyvenv.cfg": "home = /nowhere\n", "lib/python3.11/site-packages/x.py": ""})
    made: list[Ground] = []

    def make(loops: str) -> Ground:
        state.make(str(root))
        config, _ = build(f"version: 1\ninner:\n{loops}\n".encode(), None)
        made.append(Ground(str(root), config, write=True))
        return made[-1]

    yield make
    for one in made:
        one.store.close()


def install(root: Path, *packages: str) -> None:
    for name in packages:
        (root / f".venv/lib/python3.11/site-packages/{name}-1.0.dist-info").mkdir()


STEPS = "  steps: {run: pytest tests, inputs: [tests], cycle: 1s}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("def test_a(expect): ...", {Tool.SNAPPYLAPY}),
        ("def test_a(\n    a,\n    expect,\n): ...", {Tool.SNAPPYLAPY}),
        ("from snappylapy import Expect", {Tool.SNAPPYLAPY}),
        ("def test_a(snapshot): ...", {Tool.SYRUPY}),
        ("@fixture\ndef mine(snapshot): ...", {Tool.SYRUPY}),
        ("from inline_snapshot import snapshot", {Tool.INLINE}),
        ("def test_a(): assert expected", set()),
    ],
)
def test_a_tool_is_used_where_it_is_installed_and_asked_for(
    root: Path, ground: Callable[[str], Ground], text: str, expected: set[Tool]
) -> None:
    write(root, {"tests/test_a.py": text})
    found = ground(STEPS)
    assert used(found, found.loops["steps"]) == ()
    found.tree.stale()
    install(root, "snappylapy", "syrupy", "inline_snapshot")

    assert set(used(found, found.loops["steps"])) == expected


def test_a_loop_that_is_never_cached_uses_its_tools_as_well(
    root: Path, ground: Callable[[str], Ground]
) -> None:
    write(root, {"tests/test_a.py": "def test_a(expect): ..."})
    install(root, "snappylapy")
    found = ground(STEPS.replace("cycle", "cache: false, cycle"))
    loop = found.loops["steps"]

    assert used(found, loop) == (Tool.SNAPPYLAPY,)
    assert shared(found, loop, found.prover.prove(loop)) == ""


def test_its_tests_are_those_that_its_command_names(
    root: Path, ground: Callable[[str], Ground]
) -> None:
    names = (
        "conftest.py",
        "src/a.py",
        "tests/conftest.py",
        "tests/b/test_b.py",
        "tests/c/test_c.py",
    )
    write(root, dict.fromkeys(names, ""))
    loops = "  {}: {{run: pytest -q {}, cycle: 1s}}"
    found = ground(
        "\n".join(
            (
                loops.format("some", "tests/b tests/c/test_c.py::test_x gone"),
                loops.format("all", "-k x --tb short"),
            )
        )
    )

    assert selected(found.root, found.loops["some"]) == ("tests/b", "tests/c/test_c.py")
    assert tools.tests(found, found.loops["some"]) == (
        "tests/b/test_b.py",
        "tests/c/test_c.py",
        "tests/conftest.py",
    )
    assert tools.tests(found, found.loops["all"]) == tuple(sorted(names))


def test_the_results_of_a_folder_are_shared_by_all_that_run_pytest_in_it(
    root: Path, ground: Callable[[str], Ground]
) -> None:
    write(root, {"a/x.py": "", "b/c/x.py": ""})
    install(root, "snappylapy")
    found = ground(
        "  a: {run: pytest, cwd: a, cycle: 1s}\n"
        "  b: {run: pytest, cwd: b, cycle: 1s}\n"
        "  c: {run: python -m pytest, cwd: b/c, cycle: 1s}\n"
        "  lint: {run: ruff check, cycle: 1s}"
    )
    said = {
        name: shared(found, loop, found.prover.prove(loop)) for name, loop in found.loops.items()
    }
    assert said == {"a": "a", "b": "b", "c": "b", "lint": None}


def test_without_the_tool_nothing_is_shared(root: Path, ground: Callable[[str], Ground]) -> None:
    write(root, {"tests/test_a.py": ""})
    found = ground(STEPS)
    loop = found.loops["steps"]

    assert shared(found, loop, found.prover.prove(loop)) is None


def test_what_is_written_is_found_and_its_copy_kept(
    root: Path, ground: Callable[[str], Ground]
) -> None:
    write(root, {f"__snapshots__/{A}": "1", f"__snapshots__/{B}": "2", "tests/test_a.py": "t"})
    found = ground(STEPS)
    before = Before(found, found.loops["steps"], (Tool.SNAPPYLAPY,))
    write(root, {f"__snapshots__/{A}": "one", "__snapshots__/[test_b][t].txt": "new"})
    write(root, {"tests/test_a.py": "edited meanwhile"})

    assert before.replaced() == (
        Replaced(f"__snapshots__/{A}", sha(b"1"), sha(b"one")),
        Replaced("__snapshots__/[test_b][t].txt", "", sha(b"new")),
    )
    place = root / before.place
    assert [str(one.relative_to(place)) for one in place.rglob("*") if one.is_file()] == [
        f"__snapshots__/{A}"
    ]
    assert (place / f"__snapshots__/{A}").read_text() == "1"


def test_snapshots_that_git_ignores_are_kept_as_well(
    root: Path, ground: Callable[[str], Ground]
) -> None:
    write(root, {f"__snapshots__/{A}": "1", ".gitignore": "__snapshots__/\n"})
    found = ground(STEPS)
    before = Before(found, found.loops["steps"], (Tool.SNAPPYLAPY,))
    write(root, {f"__snapshots__/{A}": "one"})

    assert [one.path for one in before.replaced()] == [f"__snapshots__/{A}"]


def test_the_tests_themselves_are_kept_where_snapshots_stand_in_them(
    root: Path, ground: Callable[[str], Ground]
) -> None:
    write(root, {"tests/test_a.py": "snapshot()", ".inline-snapshot/external/x.txt": "1"})
    found = ground(STEPS)
    before = Before(found, found.loops["steps"], (Tool.INLINE,))
    write(root, {"tests/test_a.py": "snapshot(1)", ".inline-snapshot/external/x.txt": "2"})

    assert [one.path for one in before.replaced()] == [
        ".inline-snapshot/external/x.txt",
        "tests/test_a.py",
    ]


def test_of_the_copies_the_latest_are_kept(root: Path, ground: Callable[[str], Ground]) -> None:
    found = ground(STEPS)
    for number in range(25):
        os.makedirs(root / f".loop/replaced/20200101-0000{number:02}-1")

    Before(found, found.loops["steps"], ())

    assert len(os.listdir(root / ".loop/replaced")) == 21


def test_the_doctor_reads_addopts_wherever_they_stand(
    root: Path, ground: Callable[[str], Ground]
) -> None:
    write(
        root,
        {
            "tests/test_a.py": (
                "import pytest\n@pytest.mark.x\ndef test_a(expect): ...\n"
                "@pytest.mark.snappylapy(depends=[test_a])\ndef test_b(load_snapshot): ...\n"
            ),
            ".gitignore": "__test_results__/\n",
            "pyproject.toml": '[tool.pytest.ini_options]\naddopts = ["-n", "auto"]\n',
        },
    )
    install(root, "snappylapy")
    found = ground(STEPS)

    (said,) = ills(found, found.loops["steps"])
    assert said.startswith("runs in several processes, and has a chain (tests/test_a.py)")
    write(root, {"pyproject.toml": '[tool.pytest.ini_options]\naddopts = "-n 0"\n'})
    found.tree.stale()
    assert ills(found, found.loops["steps"]) == ()


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.txt").mkdir()
    with pytest.raises(LoopError, match=r"cannot read '.*/a\.txt': Is a directory"):
        pair(str(tmp_path), "a.txt", "b.txt")
