from __future__ import annotations

import marshal
import os
import shutil
import time
import zlib
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from innerloop import receipt
from innerloop.config.compiled import load
from innerloop.core.model import Outcome, Result
from innerloop.system import receipts
from innerloop.system.ground import Ground
from innerloop.system.history import ledger, runs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

WORDS = ["inner"]
TICK = 0.06
"""seconds after which times are believed"""


class Walk:
    """One walk's ground, up to where its receipt would be written."""

    def __init__(self, root: Path) -> None:
        self.root = root
        config = load(str(root), store=True).config
        self.ground = Ground(str(root), config, write=True)
        (self.loop,) = config.loops

    def passes(self) -> None:
        ground = self.ground
        proof = ground.prover.prove(self.loop)
        result = Result("unit", Outcome.PASSED, "", time.time(), fingerprint=proof.fingerprint)
        with ground.store.transaction() as connection:
            run = runs.begin(connection, time.time(), "loop inner", "")
            ledger.insert(connection, run, result, proof.ingredients, {})

    def writes(self) -> bool:
        return receipts.write(self.ground, [self.loop], WORDS, "green: as before")

    def close(self) -> None:
        self.ground.store.close()


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project without git whose one loop has passed, all of it old enough to be believed."""
    place = tmp_path / "root"
    (place / "sub").mkdir(parents=True)
    (place / "a").write_text("a")
    (place / "sub/b").write_text("b")
    (place / "loops.yaml").write_text(
        "version: 1\ninner:\n  unit: {run: tool, cycle: 1s, env_inputs: [MODEL]}\n"
    )
    monkeypatch.chdir(place)
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:/usr/bin:/bin")
    walk = Walk(place)
    walk.passes()
    walk.writes()
    walk.close()
    time.sleep(TICK)
    return place


@pytest.fixture
def walk(root: Path) -> Iterator[Walk]:
    made = Walk(root)
    made.ground.prover.prove(made.loop)
    yield made
    made.close()


def place(root: Path) -> str:
    return f"{root}/.loop/receipts/{receipt.key(os.getcwd(), WORDS)}"


def test_a_receipt_answers(walk: Walk, capsys: pytest.CaptureFixture[str]) -> None:
    assert receipt.answer(WORDS) is None
    assert walk.writes()

    assert receipt.answer(WORDS) == 0
    assert capsys.readouterr().out == "green: as before\n"


@pytest.mark.parametrize("name", ["GITHUB_ACTIONS", "GITLAB_CI", "CI"])
def test_it_does_not_answer_in_ci(walk: Walk, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    walk.writes()
    monkeypatch.setenv(name, "true")

    assert receipt.answer(WORDS) is None


def test_a_secret_is_in_no_receipt(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open(root / "loops.yaml", "a", encoding="utf-8") as file:
        file.write("secrets: [MODEL]\n")
    time.sleep(TICK)
    with closing(Walk(root)) as walk:
        walk.passes()
        assert walk.writes()

    monkeypatch.setenv("MODEL", "another one")
    assert receipt.answer(WORDS) == 0


@pytest.mark.parametrize("words", [[], ["plan"], ["inner", "unit"], ["inner", "-j", "2"]])
def test_it_answers_for_its_own_words_only(walk: Walk, words: list[str]) -> None:
    walk.writes()

    assert receipt.answer(words) is None


def test_it_answers_for_its_own_folder_only(walk: Walk, monkeypatch: pytest.MonkeyPatch) -> None:
    walk.writes()
    monkeypatch.chdir(walk.root / "sub")

    assert receipt.answer(WORDS) is None
    assert os.getcwd() == f"{walk.root}/sub"


@pytest.mark.parametrize(
    "name", ["MODEL", "PYTEST_ADDOPTS", "PATH", "HOME", "GIT_CONFIG_GLOBAL", "LOOP_HOLDS", "TZ"]
)
@pytest.mark.parametrize("value", ["", "other"])
def test_it_answers_for_its_own_environment_only(
    walk: Walk, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    walk.writes()
    monkeypatch.setenv(name, value)

    assert receipt.answer(WORDS) is None


def test_what_it_does_not_depend_on_may_change(
    walk: Walk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    walk.writes()
    monkeypatch.setenv("EDITOR", "vi")
    (walk.root / ".loop/runs/log").write_text("")
    monkeypatch.setenv("FORCE_COLOR", "1")

    assert receipt.answer(WORDS) == 0
    assert capsys.readouterr().out == "\x1b[32;1mgreen\x1b[0m: as before\n"


def edit(root: Path) -> None:
    (root / "a").write_text("b")


def touch(root: Path) -> None:
    os.utime(root / "a")


def add(root: Path) -> None:
    (root / "sub/new").write_text("")


def remove(root: Path) -> None:
    (root / "sub/b").unlink()


def configure(root: Path) -> None:
    (root / "loops.yaml").write_text("version: 1\ninner: {unit: {run: other, cycle: 1s}}\n")


def configure_locally(root: Path) -> None:
    (root / "loops.local.yaml").write_text("")


def appear(root: Path) -> None:
    (root.parent / "bin").mkdir()
    (root.parent / "bin/tool").write_text("")


def revoke(root: Path) -> None:
    (root / ".loop/revoked").write_text("now")


def forget(root: Path) -> None:
    os.replace(root / ".loop/history.db", root / ".loop/older.db")
    (root / ".loop/history.db").write_text("")


MOVES = (edit, touch, add, remove, configure, configure_locally, appear, revoke, forget)


@pytest.mark.parametrize("move", MOVES, ids=lambda move: move.__name__)
def test_it_does_not_answer_once_anything_moved(walk: Walk, move: Callable[[Path], None]) -> None:
    assert walk.writes()
    move(walk.root)

    assert receipt.answer(WORDS) is None


BEFORE = (edit, touch, add, remove, configure, appear)


@pytest.mark.parametrize("move", BEFORE, ids=lambda move: move.__name__)
def test_what_moved_after_the_walks_last_look_is_not_signed_for(
    walk: Walk, move: Callable[[Path], None]
) -> None:
    move(walk.root)
    time.sleep(TICK)

    walk.writes()

    assert receipt.answer(WORDS) is None


def test_what_moved_just_before_the_walks_last_look_is_not_signed_for(walk: Walk) -> None:
    touch(walk.root)
    walk.ground.tree.stale()

    assert not walk.writes()


def test_it_looks_again_where_the_last_look_is_stale(walk: Walk) -> None:
    edit(walk.root)
    walk.ground.tree.stale()
    time.sleep(TICK)

    assert not walk.writes()


def test_what_does_not_count_is_not_signed_for(walk: Walk) -> None:
    failed = Result(
        "unit",
        Outcome.FAILED,
        "",
        time.time(),
        fingerprint=walk.ground.prover.prove(walk.loop).fingerprint,
    )
    with walk.ground.store.transaction() as connection:
        ledger.insert(connection, "1", failed, None, {})

    assert not walk.writes()


def test_it_ends_when_the_first_pass_does(walk: Walk) -> None:
    walk.loop = walk.loop._replace(fresh=0.5)
    assert walk.writes()
    assert receipt.answer(WORDS) == 0

    time.sleep(0.5)

    assert receipt.answer(WORDS) is None


def body(root: Path) -> bytes:
    with open(place(root), "rb") as file:
        return file.read()[len(receipt.MAGIC) + 4 :]


def wrapped(body: bytes) -> bytes:
    return receipt.MAGIC + zlib.crc32(body).to_bytes(4) + body


def of_another_version(root: Path) -> bytes:
    wrote, *said = marshal.loads(body(root))
    return wrapped(marshal.dumps((wrote + "x", *said)))


def of_another_kind(root: Path) -> bytes:
    return b"x" + wrapped(body(root))[1:]


def flipped(root: Path) -> bytes:
    whole = wrapped(body(root))
    return whole[:-1] + bytes([whole[-1] ^ 1])


def another_message(root: Path) -> bytes:
    return wrapped(body(root)).replace(b"as before", b"at before")


HARMS = (
    lambda _: b"",
    lambda root: wrapped(body(root))[:-1],
    flipped,
    lambda _: wrapped(b""),
    lambda _: wrapped(b"nonsense"),
    lambda _: wrapped(marshal.dumps(7)),
    another_message,
    of_another_version,
    of_another_kind,
)


@pytest.mark.parametrize("harm", HARMS)
def test_one_that_is_damaged_is_none(walk: Walk, harm: Callable[[Path], bytes]) -> None:
    walk.writes()
    assert receipt.answer(WORDS) == 0
    harmed = harm(walk.root)
    with open(place(walk.root), "wb") as file:
        file.write(harmed)

    assert receipt.answer(WORDS) is None


@pytest.mark.parametrize("field", range(1, 6), ids=["size", "mtime", "ctime", "inode", "mode"])
@pytest.mark.parametrize("link", [False, True], ids=["as it is", "followed"])
def test_each_thing_that_stat_says_counts(walk: Walk, field: int, link: bool) -> None:  # noqa: FBT001 - a parameter of the test
    (walk.root / "link").symlink_to("a")
    time.sleep(TICK)
    walk.ground.tree.stale()
    walk.passes()
    assert walk.writes()
    *said, stats, led = marshal.loads(body(walk.root))
    rows = led if link else stats
    name, *stat = rows[0]
    stat[field - 1] += 1
    rows[0] = (name, *stat)
    with open(place(walk.root), "wb") as file:
        file.write(wrapped(marshal.dumps((*said, stats, led))))

    assert receipt.answer(WORDS) is None


def test_old_ones_are_let_go(walk: Walk) -> None:
    folder = walk.root / ".loop/receipts"
    for number in range(70):
        (folder / str(number)).write_text("")

    walk.writes()

    assert len(list(folder.iterdir())) < 70


def aged(folder: Path, count: int) -> list[Path]:
    """Receipts, the newest first."""
    made = [folder / f"old-{number}" for number in range(count)]
    for age, path in enumerate(made):
        path.write_text("")
        os.utime(path, (10_000 - age, 10_000 - age))
    return made


def test_the_newest_are_kept(walk: Walk) -> None:
    folder = walk.root / ".loop/receipts"
    shutil.rmtree(folder)
    folder.mkdir()
    made = aged(folder, 70)

    assert walk.writes()

    kept = set(folder.iterdir()) - {Path(place(walk.root))}
    assert kept == set(made[:63])


def test_two_may_let_go_of_the_old_ones_at_once(
    walk: Walk, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = walk.root / ".loop/receipts"
    aged(folder, 70)
    unlink = os.unlink

    def late(path: str) -> None:
        unlink(path)
        unlink(path)

    with monkeypatch.context() as patch:
        patch.setattr(os, "unlink", late)
        assert walk.writes()

    assert os.path.exists(place(walk.root))


def test_where_one_stands_may_be_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()

    assert receipt.answer(WORDS) is None
    monkeypatch.chdir(tmp_path)
