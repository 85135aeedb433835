from __future__ import annotations

import errno
import fcntl
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from innerloop.core.errors import LoopError
from innerloop.system.locks import named, take

if TYPE_CHECKING:
    from pathlib import Path

HOLDER = """
import sys
from innerloop.system.locks import take
assert take(sys.argv[1])
print("held", flush=True)
sys.stdin.read()
"""
COUNTER = """
import sys, time
from innerloop.system.locks import take
place, count = sys.argv[1:]
for _ in range(100):
    while not (release := take(place)):
        time.sleep(0.0005)
    with open(count) as file: number = int(file.read())
    with open(count, "w") as file: file.write(str(number + 1))
    release()
"""


def holder(place: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, place],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    assert process.stdout.readline() == "held\n"
    return process


def test_one_has_it_and_then_another(tmp_path: Path) -> None:
    place = str(tmp_path / "lock")

    release = take(place)
    assert release
    assert take(place) is None
    assert take(place) is None
    release()

    again = take(place)
    assert again
    again()


def test_given_back_it_leaves_nothing_behind(tmp_path: Path) -> None:
    before = len(os.listdir("/dev/fd"))
    release = take(str(tmp_path / "lock"))
    assert release
    assert take(str(tmp_path / "lock")) is None
    release()

    assert os.listdir(tmp_path) == []
    assert len(os.listdir("/dev/fd")) == before


def test_two_names_are_two_locks(tmp_path: Path) -> None:
    one, two = take(str(tmp_path / "one")), take(str(tmp_path / "two"))

    assert one
    assert two
    one()
    two()


def test_another_process_is_kept_out_and_a_killed_one_gives_it_back(tmp_path: Path) -> None:
    place = str(tmp_path / "lock")
    with holder(place) as process:
        assert take(place) is None
        process.kill()
        process.communicate()

    # The file is still there; the kernel has given the lock back.
    assert os.path.exists(place)
    release = take(place)
    assert release
    release()


def test_a_file_taken_away_under_its_holder_is_nobody_s_lock(tmp_path: Path) -> None:
    place = str(tmp_path / "lock")
    first = take(place)
    assert first
    os.unlink(place)

    second = take(place)
    assert second
    os.unlink(place)
    second()
    first()


def test_a_lock_given_back_while_it_is_being_taken_is_taken_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = str(tmp_path / "lock")
    leaving = [take(place)]
    flock = fcntl.flock

    def late(descriptor: int, how: int) -> None:
        while leaving:
            release = leaving.pop()
            assert release
            release()
        flock(descriptor, how)

    monkeypatch.setattr(fcntl, "flock", late)

    release = take(place)

    assert release
    assert os.path.exists(place)
    assert take(place) is None
    release()


def test_where_nothing_can_be_locked_it_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_descriptor: int, _how: int) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", refuse)
    before = len(os.listdir("/dev/fd"))

    with pytest.raises(LoopError, match=f"cannot lock {tmp_path}/lock: No locks available"):
        take(str(tmp_path / "lock"))

    assert len(os.listdir("/dev/fd")) == before


def test_the_folder_it_stands_in_may_have_been_taken_away(tmp_path: Path) -> None:
    release = take(str(tmp_path / "gone/lock"))

    assert release
    release()


def test_any_text_names_a_lock_of_its_own(tmp_path: Path) -> None:
    texts = ("m" * 300, "m" * 301, "a:b/c", "a:b_c", "../x", "\udcff", "")
    places = {f"{tmp_path}/{named('mutex', text)}" for text in texts}
    held = [take(place) for place in places]

    assert len(places) == len(texts)
    assert sorted(os.listdir(tmp_path)) == sorted(os.path.basename(place) for place in places)
    for release in held:
        assert release
        release()


def test_a_child_does_not_inherit_it(tmp_path: Path) -> None:
    place = str(tmp_path / "lock")
    release = take(place)
    assert release
    with subprocess.Popen(["sleep", "60"], close_fds=False) as child:
        release()
        again = take(place)
        child.kill()

    assert again
    again()


def test_three_processes_never_have_it_at_once(tmp_path: Path) -> None:
    count = tmp_path / "count"
    count.write_text("0")
    argv = [sys.executable, "-c", COUNTER, str(tmp_path / "lock"), str(count)]
    processes = [subprocess.Popen(argv) for _ in range(3)]

    assert [process.wait(30) for process in processes] == [0, 0, 0]
    assert count.read_text() == "300"
