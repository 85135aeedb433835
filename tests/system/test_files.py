from __future__ import annotations

import os
import subprocess
import time
from typing import TYPE_CHECKING

import pytest

from innerloop.system import files

if TYPE_CHECKING:
    from pathlib import Path

    from innerloop.system.files import Stat


def seen(path: Path) -> Stat:
    found = files.stat(str(path))
    assert found is not None
    return found


def value(path: Path) -> str:
    return files.read(str(path), seen(path))


@pytest.mark.parametrize("data", [b"", b"a\n", b"a\r\n", b"\0" * 3_000_000])
def test_the_digest_is_gits_of_the_bytes_as_they_are(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "x"
    path.write_bytes(data)
    words = ["git", "hash-object", "--no-filters", str(path)]
    wanted = subprocess.run(words, check=True, capture_output=True, text=True).stdout.strip()

    assert value(path) == f"100644 {wanted}"
    assert files.blob(data) == wanted


def test_line_ends_that_git_would_take_for_the_same_differ(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    (tmp_path / ".gitattributes").write_text("* text=auto eol=lf\n")
    (tmp_path / "one").write_bytes(b"a\n")
    (tmp_path / "two").write_bytes(b"a\r\n")

    assert value(tmp_path / "one") != value(tmp_path / "two")


def test_the_mode_is_part_of_it(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_text("a")
    before = value(path)
    path.chmod(0o755)

    assert value(path) == before.replace("100644", "100755")


def test_a_link_is_its_text_and_what_it_leads_to(tmp_path: Path) -> None:
    (tmp_path / "one").write_text("a")
    (tmp_path / "two").write_text("a")
    link = tmp_path / "link"
    values = set()
    for target in ("one", "two", "gone", "."):
        link.unlink(missing_ok=True)
        link.symlink_to(target)
        values.add(value(link))
    (tmp_path / "one").write_text("b")
    link.unlink()
    link.symlink_to("one")
    values.add(value(link))

    assert len(values) == 5
    assert all(one.startswith("120000 ") for one in values)


def test_what_is_neither_file_nor_link_has_no_content(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")

    assert value(tmp_path / "pipe") == "010000 -"
    assert value(tmp_path) == "040000 -"


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_what_cannot_be_read_says_so(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_text("a")
    path.chmod(0)

    assert value(path).startswith("unreadable ")


def test_what_is_gone_when_it_is_read_says_so(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_text("a")
    found = seen(path)
    path.unlink()

    assert files.stat(str(path)) is None
    assert files.read(str(path), found).startswith("unreadable ")


def test_times_are_believed_only_when_they_are_old_enough(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_text("a")
    found = seen(path)

    assert not files.settled(found, time.time_ns())
    assert files.settled(found, found.ctime + 60_000_000)


def test_an_old_mtime_does_not_make_a_new_file_settled(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_text("a")
    os.utime(path, (1, 1))

    assert not files.settled(seen(path), time.time_ns())


def test_a_clock_of_whole_seconds_is_given_longer(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_text("a")
    second = 1_000_000_000
    found = seen(path)._replace(mtime=9 * second, ctime=9 * second)

    assert not files.settled(found, 11 * second)
    assert files.settled(found, 12 * second)


@pytest.mark.parametrize(
    "path",
    [
        ".git/x",
        "a/node_modules/b",
        ".loop",
        "x/__pycache__/y",
        "m.pyc",
        "p.egg-info/x",
        "a\n/.venv",
        "a/b.py~",
        ".b.py.swp",
        "a/.b.py.swo",
        "a/.#b.py",
        "#b.py#",
        "b.py___jb_tmp___",
        "tests/__test_results__/[a][b].txt",
    ],
)
def test_caches_and_environments_are_never_inputs(path: str) -> None:
    assert files.never(path)


@pytest.mark.parametrize(
    "path",
    [
        "build/x",
        "git/x",
        ".github/x",
        "my.loop",
        "pyc",
        "a.pyc.txt",
        "4913",
        "~",
        "a~b",
        "#",
        "x.swp",
        ".env.swift",
        "tests/__snapshots__/[a][b].txt",
    ],
)
def test_what_only_looks_like_one_is_an_input(path: str) -> None:
    assert not files.never(path)


def test_a_scan_finds_what_is_there_but_caches_and_environments(tmp_path: Path) -> None:
    for name in ("a", "sub/b", "sub/deep/c", "env/pyvenv.cfg", "env/x", ".git/x", "conda/y"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    (tmp_path / "conda/conda-meta").mkdir()
    (tmp_path / "round").symlink_to(".")

    assert sorted(files.scan(str(tmp_path))) == ["a", "round", "sub/b", "sub/deep/c"]
    assert sorted(files.scan(str(tmp_path), "sub")) == ["sub/b", "sub/deep/c"]
    assert list(files.scan(str(tmp_path), "nowhere")) == []
    assert files.environment(f"{tmp_path}/env")
    assert files.environment(f"{tmp_path}/conda")
    assert not files.environment(f"{tmp_path}/sub")
