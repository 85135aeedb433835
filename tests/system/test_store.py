from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, contextmanager, suppress
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from innerloop.core.errors import LoopError
from innerloop.core.fingerprint import Files, Ingredients, gather
from innerloop.core.health import Habits
from innerloop.core.model import Outcome, Result, Run, Verdict
from innerloop.system.history import habits, ledger, runs, schema, store
from innerloop.system.history.manifest import fetch
from innerloop.system.history.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

BLOB = "100644 " + "a" * 40
PROOF = Ingredients(
    "pytest -q",
    "sub",
    ("outputs: build/", "files: *.py"),
    gather({"a.py": BLOB, "b.py": BLOB}),
    {"LANG": "1", "TZ": ""},
    {"date": "2"},
    {"pytest": "/bin/pytest 3"},
    {"env/pytest": "8"},
    {"sample": "5"},
    {"train: seed": "7", "train: data/a.csv": BLOB},
)
PASSED = Result(
    "unit",
    Outcome.PASSED,
    "",
    100.5,
    seconds=1.25,
    exit_code=0,
    log="runs/1/unit/output.log",
    out="runs/1/unit/out",
    fingerprint="f1",
    command="pytest -q",
)
FAILED = PASSED._replace(outcome=Outcome.FAILED, reason="exit 1", exit_code=1)


@contextmanager
def opened(path: Path, *, write: bool = True) -> Iterator[Store]:
    with closing(Store(str(path / "history.db"), write=write)) as found:
        yield found


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Store]:
    with opened(tmp_path) as found:
        yield found


def begun(db: Store, at: float = 100.0) -> str:
    with db.transaction() as connection:
        return runs.begin(connection, at, "loop inner", "")


def keep(
    db: Store,
    *results: Result,
    run: str = "",
    proof: Ingredients | None = None,
    outputs: Mapping[str, str] | None = None,
) -> str:
    run = run or begun(db)
    with db.transaction() as connection:
        for one in results:
            ledger.insert(connection, run, one, proof, outputs or {})
    return run


# -- runs ---------------------------------------------------------------------------------------


def test_a_walk_is_found_again_as_it_was(db: Store) -> None:
    number = keep(
        db, PASSED, FAILED._replace(loop="lint", warnings=("one", "two"), flaky=True, moved=True)
    )
    run = Run(
        number,
        100.0,
        4.5,
        Verdict.RED,
        "loop inner",
        ledger.results(db, number),
        commit="abc",
        branch="main",
        dirty=True,
    )
    with db.transaction() as connection:
        runs.end(connection, run)

    assert [one.moved for one in run.results] == [False, True]
    assert all(isinstance(one.moved, bool) for one in run.results)
    assert runs.found(db, number) == run
    assert runs.found(db, f"#{number}") == run
    assert runs.found(db, "") == run
    assert run.results == (
        PASSED,
        FAILED._replace(loop="lint", warnings=("one", "two"), flaky=True, moved=True),
    )


@pytest.mark.parametrize("dirty", [None, True, False])
def test_what_is_not_known_of_the_work_tree_stays_unknown(db: Store, dirty: bool | None) -> None:  # noqa: FBT001 - a case
    run = Run(begun(db), 100.0, 1.0, Verdict.GREEN, "loop inner", (), dirty=dirty)
    with db.transaction() as connection:
        runs.end(connection, run)

    assert runs.found(db, run.id).dirty is dirty


def test_a_walk_that_never_ended_was_interrupted(db: Store) -> None:
    keep(db, PASSED)

    assert runs.found(db, "").verdict is Verdict.INTERRUPTED
    assert runs.found(db, "").seconds == 0


def test_the_latest_first_and_of_one_loop(db: Store) -> None:
    keep(db, PASSED)
    keep(db, PASSED._replace(loop="lint"))
    keep(db, PASSED)

    assert [run.id for run in runs.recent(db, 2)] == ["3", "2"]
    assert [run.id for run in runs.recent(db, 9, "unit")] == ["3", "1"]
    assert runs.recent(db, 9, "unknown") == ()


@pytest.mark.parametrize("name", ["x", "-1", "1.5", "²", "9" * 30])
def test_what_is_no_run_is_said(db: Store, name: str) -> None:
    with pytest.raises(LoopError, match="is not a run"):
        runs.found(db, name)


def test_a_run_that_is_not_there_is_said(db: Store) -> None:
    with pytest.raises(LoopError, match="nothing has run here yet"):
        runs.found(db, "")
    with pytest.raises(LoopError, match="there is no run 7"):
        runs.found(db, "7")


def test_numbers_are_not_used_twice(db: Store) -> None:
    begun(db)
    with db.transaction() as connection:
        connection.execute("DELETE FROM runs")

    assert begun(db) == "2"


# -- the ledger ---------------------------------------------------------------------------------


def test_the_latest_completed_verdict_is_the_one(db: Store) -> None:
    keep(db, PASSED, FAILED)
    found = ledger.latest(db, "f1")
    assert found
    assert (found.run, found.result, found.outputs) == ("1", FAILED, {})

    keep(db, PASSED)
    again = ledger.latest(db, "f1")
    assert again
    assert (again.run, again.result) == ("2", PASSED)


@pytest.mark.parametrize("outcome", [Outcome.CANCELLED, Outcome.SKIPPED, Outcome.CACHED])
def test_what_came_to_no_verdict_of_its_own_is_passed_over(db: Store, outcome: Outcome) -> None:
    keep(db, PASSED, PASSED._replace(outcome=outcome))

    found = ledger.latest(db, "f1")
    assert found
    assert found.result == PASSED


def test_a_timeout_is_a_verdict(db: Store) -> None:
    keep(db, PASSED, FAILED._replace(outcome=Outcome.TIMED_OUT))

    found = ledger.latest(db, "f1")
    assert found
    assert found.result.outcome is Outcome.TIMED_OUT


def test_what_nobody_asked_about_has_no_verdict(db: Store) -> None:
    keep(db, PASSED._replace(fingerprint=""))

    assert ledger.latest(db, "f2") is None
    assert ledger.latest(db, "") is None


def test_outputs_come_with_the_verdict_and_without_them_there_is_none(db: Store) -> None:
    keep(db, PASSED, outputs={"build/x": "1", "caf\udce9": "2"})

    found = ledger.latest(db, "f1")
    assert found
    assert found.outputs == {"build/x": "1", "caf\udce9": "2"}

    with db.transaction() as connection:
        connection.execute("UPDATE manifests SET body = x'00'")
    assert ledger.latest(db, "f1") is None

    with db.transaction() as connection:
        connection.execute("DELETE FROM manifests")
    assert ledger.latest(db, "f1") is None


def test_the_last_pass_comes_with_what_it_was_a_pass_of(db: Store) -> None:
    keep(db, PASSED, proof=PROOF)
    doubtful = (PASSED._replace(flaky=True), PASSED._replace(empty=True))
    keep(db, FAILED, *doubtful, PASSED._replace(fingerprint="", at=999.0), proof=PROOF)
    keep(db, PASSED._replace(loop="lint"), proof=PROOF)

    assert ledger.last_pass(db, "unit") == (100.5, "1", PROOF)
    assert ledger.last_pass(db, "types") is None


def test_what_is_recalled_of_the_last_pass_is_always_the_last(db: Store) -> None:
    recalled: ledger.Recalled = {}
    other = PROOF._replace(files=gather({"a.py": BLOB}))
    for proof in (PROOF, PROOF, other, PROOF):
        keep(db, PASSED, proof=proof)
        for _ in range(2):
            found = ledger.last_pass(db, "unit", recalled)
            assert found
            assert found[2] == proof
    assert ledger.last_pass(db, "types", recalled) is None


def test_ingredients_of_which_a_part_is_gone_are_none(db: Store) -> None:
    keep(db, PASSED, proof=PROOF)
    (files,) = [
        digest
        for digest, body in db.rows("SELECT digest, body FROM manifests")
        if isinstance(body, bytes) and "a.py" in fetch(body)
    ]
    with db.transaction() as connection:
        connection.execute("DELETE FROM manifests WHERE digest = ?", (files,))

    assert ledger.last_pass(db, "unit") is None


def test_what_loops_have_in_common_is_kept_once(db: Store) -> None:
    keep(db, PASSED, proof=PROOF)
    keep(db, PASSED._replace(loop="lint"), proof=PROOF._replace(command="ruff"))

    assert db.rows("SELECT COUNT(*) FROM manifests") == [(4,)]


MOVED = PASSED._replace(
    fingerprint="", moved=True, warnings=("a.py changed while it ran, so this is not remembered",)
)
FLAKY = PASSED._replace(flaky=True, reason="flaky: passed at attempt 2")
EMPTY = PASSED._replace(empty=True, reason="it found nothing to check")


@pytest.mark.parametrize(
    ("last", "why"),
    [
        (MOVED, MOVED.warnings[0]),
        (FLAKY, FLAKY.reason),
        (EMPTY, EMPTY.reason),
        # A pass that counts, or one of nothing that could be named, has nothing to explain.
        (PASSED, ""),
        (PASSED._replace(warnings=MOVED.warnings), ""),
        (PASSED._replace(fingerprint=""), ""),
        (FAILED, ""),
        (FAILED._replace(moved=True, warnings=MOVED.warnings), ""),
        (FAILED._replace(outcome=Outcome.TIMED_OUT), ""),
    ],
)
def test_why_the_latest_pass_does_not_count(db: Store, last: Result, why: str) -> None:
    assert ledger.unremembered(db, "unit") == ""
    keep(db, FAILED, MOVED._replace(warnings=("older",)), last)
    # Neither what came to no verdict nor another loop's has a say.
    keep(db, MOVED._replace(outcome=Outcome.CANCELLED), MOVED._replace(loop="lint", warnings=()))
    keep(db, PASSED._replace(outcome=Outcome.CACHED), PASSED._replace(outcome=Outcome.SKIPPED))

    assert ledger.unremembered(db, "unit") == why
    assert ledger.unremembered(db, "lint") == ""


def test_how_long_passes_took_the_newest_first(db: Store) -> None:
    keep(db, *(PASSED._replace(seconds=float(number)) for number in range(5)), FAILED)

    assert ledger.seconds(db, "unit", 3) == (4.0, 3.0, 2.0)
    assert ledger.seconds(db, "lint", 3) == ()


def test_how_long_one_has_tried_in_vain(db: Store) -> None:
    assert ledger.tried(db, "unit") == 0.0
    deferred = FAILED._replace(outcome=Outcome.DEFERRED)
    keep(db, deferred._replace(seconds=8.0), deferred._replace(seconds=3.0))
    keep(db, deferred._replace(seconds=90.0, exit_code=None), FAILED._replace(seconds=99.0))

    assert ledger.tried(db, "unit") == 8.0
    assert (ledger.deferred(db, "unit"), ledger.deferred(db, "lint")) == (3, 0)
    assert ledger.tried(db, "lint") == 0.0


# What the system hands us as names: any text, with bytes that are not UTF-8 as low surrogates.
NAME = st.text(
    st.characters(codec="utf-8") | st.characters(min_codepoint=0xDC80, max_codepoint=0xDCFF),
    max_size=6,
)
TABLE = st.dictionaries(NAME, NAME, max_size=3)
LINE = NAME.filter(lambda text: text and "\n" not in text)


@given(
    st.builds(
        Ingredients,
        command=NAME,
        cwd=NAME,
        patterns=st.lists(LINE, max_size=2).map(tuple),
        files=st.builds(Files, TABLE, NAME),
        variables=TABLE,
        probes=TABLE,
        programs=TABLE,
        packages=TABLE,
        folders=TABLE,
    )
)
def test_ingredients_are_found_again_whatever_they_are_called(ingredients: Ingredients) -> None:
    with closing(Store(":memory:", write=False)) as db:
        keep(db, PASSED, proof=ingredients)

        found = ledger.last_pass(db, "unit")

    assert found
    assert found[2] == ingredients
    assert found[2].digest() == ingredients.digest()


# -- letting go ---------------------------------------------------------------------------------


def test_old_ingredients_are_let_go_of_and_swept(db: Store) -> None:
    for number in range(30):
        proof = PROOF._replace(files=gather({"a.py": f"{number}"}))
        keep(db, PASSED._replace(fingerprint=f"f{number}"), proof=proof, outputs={"x": f"{number}"})
    assert db.rows("SELECT COUNT(*) FROM results WHERE ingredients IS NOT NULL") == [(20,)]
    before = db.rows("SELECT COUNT(*) FROM manifests")

    with db.transaction() as connection:
        ledger.sweep(connection)

    # Of each of the twenty that stay its record and its files, of all thirty the outputs, and
    # the packages that they share.
    assert before == [(30 + 30 + 30 + 1,)]
    assert db.rows("SELECT COUNT(*) FROM manifests") == [(20 + 20 + 30 + 1,)]
    latest = ledger.last_pass(db, "unit")
    assert latest
    assert latest[2].files.entries == {"a.py": "29"}
    first = ledger.latest(db, "f0")
    assert first
    assert first.outputs == {"x": "0"}


def test_another_loop_s_ingredients_are_not_counted(db: Store) -> None:
    keep(db, PASSED._replace(loop="lint"), proof=PROOF)
    for _ in range(25):
        keep(db, PASSED, proof=PROOF)

    assert ledger.last_pass(db, "lint")


def test_a_sweep_of_nothing(db: Store) -> None:
    with db.transaction() as connection:
        ledger.sweep(connection)


def test_runs_whose_out_may_still_count(db: Store) -> None:
    keep(db, PASSED)
    keep(db, FAILED)
    keep(db, PASSED._replace(out=""))
    keep(db, PASSED._replace(flaky=True))

    assert ledger.runs_with_out(db) == {"1"}


def test_habits(db: Store) -> None:
    moved = ("a.py changed while it ran, so this is not remembered",)
    unremembered = PASSED._replace(fingerprint="", moved=True)
    keep(
        db,
        PASSED._replace(seconds=3.0),
        FAILED,
        FAILED._replace(fingerprint="f2", outcome=Outcome.TIMED_OUT),
        PASSED._replace(outcome=Outcome.CACHED),
        unremembered._replace(warnings=("b.py changed while it ran, so",)),
        unremembered._replace(warnings=moved, flaky=True),
        # It goes by what happened, not by how that is put.
        PASSED._replace(warnings=moved),
        PASSED._replace(loop="lint"),
    )

    found = habits.of(db, "unit")

    assert found.passes == (1.25, 1.25, 1.25, 3.0)
    assert (found.ran, found.cached, found.timed_out, found.flaky) == (4, 1, 1, 1)
    assert (found.disagreed, found.unremembered) == (1, 2)
    assert found.wrote == ("b.py", "a.py")
    assert habits.of(db, "types") == Habits()


# -- the file -----------------------------------------------------------------------------------


def version(path: Path) -> int:
    with closing(sqlite3.connect(path / "history.db")) as connection:
        (found,) = connection.execute("PRAGMA user_version").fetchone()
    return int(found)


@pytest.mark.parametrize("old", range(len(schema.MIGRATIONS) + 1))
def test_from_every_earlier_version(tmp_path: Path, old: int) -> None:
    with closing(sqlite3.connect(tmp_path / "history.db", isolation_level=None)) as connection:
        for number, step in enumerate(schema.MIGRATIONS[:old], 1):
            step(connection)
            connection.execute(f"PRAGMA user_version = {number}")
        if old:
            connection.execute("INSERT INTO runs (at, command) VALUES (1, 'old')")

    with opened(tmp_path) as db:
        keep(db, PASSED)
        assert db.warnings == []
        assert [run.command for run in runs.recent(db, 9)] == ["loop inner", "old"][: 1 + bool(old)]

    assert version(tmp_path) == len(schema.MIGRATIONS)


def _adds(connection: sqlite3.Connection) -> None:
    connection.execute("ALTER TABLE runs ADD COLUMN mood TEXT NOT NULL DEFAULT 'fine'")


def _breaks(connection: sqlite3.Connection) -> None:
    connection.execute("ALTER TABLE runs ADD COLUMN half TEXT")
    raise OSError(28, "No space left on device")


def test_a_later_step_brings_an_older_file_along(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(tmp_path) as db:
        keep(db, PASSED)
    monkeypatch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, _adds))
    monkeypatch.setattr(store, "MIGRATIONS", schema.MIGRATIONS)

    with opened(tmp_path) as db:
        assert db.rows("SELECT id, mood FROM runs") == [(1, "fine")]
        assert db.warnings == []
    assert version(tmp_path) == len(schema.MIGRATIONS)


def test_a_step_that_fails_leaves_the_file_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(tmp_path) as db:
        keep(db, PASSED)
    old = schema.MIGRATIONS
    for steps in ((*old, _adds, _breaks), (*old, _adds)):
        monkeypatch.setattr(schema, "MIGRATIONS", steps)
        monkeypatch.setattr(store, "MIGRATIONS", steps)
        if _breaks in steps:
            with pytest.raises(OSError, match="No space"):
                Store(str(tmp_path / "history.db"), write=True)
            assert version(tmp_path) == len(old)

    with opened(tmp_path) as db:
        assert db.warnings == []
        assert db.rows("SELECT mood FROM runs") == [("fine",)]


def test_a_history_from_the_future_is_left_alone(tmp_path: Path) -> None:
    with opened(tmp_path) as db:
        keep(db, PASSED)
    with closing(sqlite3.connect(tmp_path / "history.db")) as connection:
        connection.execute("PRAGMA user_version = 99")

    with pytest.raises(LoopError, match="written by a newer innerloop") as caught:
        Store(str(tmp_path / "history.db"), write=True)

    assert caught.value.hint == "upgrade, or delete .loop/history.db"
    assert version(tmp_path) == 99
    with closing(sqlite3.connect(tmp_path / "history.db")) as connection:
        assert connection.execute("SELECT COUNT(*) FROM results").fetchone() == (1,)


def _text(path: Path) -> None:
    (path / "history.db").write_text("this is no database, and never was one\n" * 100)


def _truncated(path: Path) -> None:
    with opened(path) as db:
        for _ in range(200):
            keep(db, PASSED, proof=PROOF)
    whole = (path / "history.db").read_bytes()
    (path / "history.db").write_bytes(whole[: len(whole) // 2 - 100])


def _scribbled(path: Path) -> None:
    with opened(path) as db:
        keep(db, PASSED)
    whole = bytearray((path / "history.db").read_bytes())
    whole[100:4096] = b"\xff" * 3996
    (path / "history.db").write_bytes(whole)


def _foreign(path: Path) -> None:
    with closing(sqlite3.connect(path / "history.db", isolation_level=None)) as connection:
        connection.execute("CREATE TABLE runs (name)")


@pytest.mark.parametrize("breaks", [_text, _truncated, _scribbled, _foreign])
def test_a_broken_file_is_put_aside_with_a_warning(tmp_path: Path, breaks: object) -> None:
    assert callable(breaks)
    breaks(tmp_path)
    broken = (tmp_path / "history.db").read_bytes()

    with opened(tmp_path) as db:
        (aside,) = [
            name for name in os.listdir(tmp_path) if "broken" in name and "-wal" not in name
        ]
        assert db.warnings == [f"history could not be read and was put aside as {tmp_path / aside}"]
        assert runs.recent(db, 9) == ()
        keep(db, PASSED)

    assert (tmp_path / aside).read_bytes()[:16] == broken[:16]
    with opened(tmp_path) as db:
        assert db.warnings == []
        assert len(runs.recent(db, 9)) == 1


@pytest.mark.parametrize("breaks", [_text, _truncated])
def test_who_only_reads_finds_nothing_and_moves_nothing(tmp_path: Path, breaks: object) -> None:
    assert callable(breaks)
    breaks(tmp_path)
    before = sorted(os.listdir(tmp_path))

    with opened(tmp_path, write=False) as db:
        assert runs.recent(db, 9) == ()

    assert sorted(os.listdir(tmp_path)) == before


def test_an_empty_file_is_a_new_one(tmp_path: Path) -> None:
    (tmp_path / "history.db").touch()

    with opened(tmp_path) as db:
        assert db.warnings == []
        assert keep(db, PASSED) == "1"


def test_a_place_that_cannot_be_opened_is_said_and_nothing_is_put_aside(tmp_path: Path) -> None:
    (tmp_path / "history.db").mkdir()

    with pytest.raises(LoopError, match=r"cannot open .*/history\.db: Is a directory"):
        Store(str(tmp_path / "history.db"), write=True)

    assert os.listdir(tmp_path) == ["history.db"]


def test_reading_what_is_not_there_leaves_no_trace(tmp_path: Path) -> None:
    with opened(tmp_path, write=False) as db:
        assert runs.recent(db, 9) == ()
        assert ledger.latest(db, "f1") is None

    assert os.listdir(tmp_path) == []


def test_reading_writes_nothing(tmp_path: Path) -> None:
    with opened(tmp_path) as db:
        keep(db, PASSED, proof=PROOF)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    with opened(tmp_path, write=False) as db:
        assert ledger.last_pass(db, "unit")
        with (
            pytest.raises(LoopError, match="cannot be written"),
            db.transaction() as connection,
        ):
            runs.begin(connection, 1.0, "x", "")

    assert (tmp_path / "history.db").read_bytes() == before["history.db"]


@pytest.mark.parametrize("name", ["a b", "50%", "æ#?&", "caf\udce9", "x?mode=memory"])
def test_a_folder_may_be_called_anything(tmp_path: Path, name: str) -> None:
    place = tmp_path / name
    place.mkdir()
    with opened(place) as db:
        keep(db, PASSED)

    with opened(place, write=False) as db:
        assert len(runs.recent(db, 9)) == 1
    assert "history.db" in os.listdir(place)


def test_no_descriptor_is_kept(tmp_path: Path) -> None:
    before = len(os.listdir("/dev/fd"))
    for write in (True, False):
        with opened(tmp_path, write=write):
            assert len(os.listdir("/dev/fd")) > before
    _text(tmp_path)
    with opened(tmp_path):
        pass

    assert len(os.listdir("/dev/fd")) == before


# -- others at the same time --------------------------------------------------------------------


def test_a_transaction_that_fails_leaves_nothing(db: Store) -> None:
    with suppress(ZeroDivisionError), db.transaction() as connection:
        runs.begin(connection, 1.0, "x", "")
        raise ZeroDivisionError

    assert runs.recent(db, 9) == ()
    assert begun(db) == "1"


def test_what_cannot_be_committed_is_taken_back(db: Store) -> None:
    # A promise that is looked at when all is done: it is the COMMIT that fails.
    db._connection.execute("PRAGMA foreign_keys = ON")
    db._connection.execute(
        "CREATE TABLE later (run INTEGER REFERENCES runs (id) DEFERRABLE INITIALLY DEFERRED)"
    )

    def promised() -> None:
        with db.transaction() as connection:
            runs.begin(connection, 1.0, "x", "")
            connection.execute("INSERT INTO later VALUES (99)")

    with pytest.raises(sqlite3.IntegrityError):
        promised()

    assert runs.recent(db, 9) == ()
    assert begun(db) == "1"


def test_who_finds_it_locked_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "_PATIENCE", 0.05)
    with opened(tmp_path) as one, opened(tmp_path) as two, one.transaction():
        with (
            pytest.raises(LoopError, match=r"history is held by another process: .*locked"),
            two.transaction(),
        ):
            pass
        # Who only reads is not kept waiting.
        with opened(tmp_path, write=False) as three:
            assert runs.recent(three, 9) == ()


def test_who_cannot_even_open_it_is_told_and_it_is_not_put_aside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "_PATIENCE", 0.05)
    with closing(sqlite3.connect(tmp_path / "history.db", isolation_level=None)) as connection:
        connection.execute("CREATE TABLE x (y)")
        connection.execute("BEGIN EXCLUSIVE")
        with pytest.raises(LoopError, match=r"cannot open .*locked"):
            Store(str(tmp_path / "history.db"), write=True)

    assert not [name for name in os.listdir(tmp_path) if "broken" in name]


WRITER = """
import sys
from innerloop.core.health import Habits
from innerloop.core.model import Outcome, Result
from innerloop.system.history import ledger, runs
from innerloop.system.history.store import Store

path, name = sys.argv[1:]
print("up", flush=True)
sys.stdin.readline()
store = Store(path, write=True)
assert not store.warnings, store.warnings
with store.transaction() as connection:
    run = runs.begin(connection, 1.0, name, "")
for number in range(200):
    result = Result(name, Outcome.PASSED, "", 1.0, fingerprint=f"{name}{number}")
    with store.transaction() as connection:
        ledger.insert(connection, run, result, None, {"out": str(number)})
store.close()
"""


MAKER = """
import sys, time
from innerloop.system.history.store import Store
while time.time() < float(sys.argv[1]):
    pass
for path in sys.argv[2:]:
    store = Store(path, write=True)
    assert not store.warnings, store.warnings
    store.close()
"""


def test_whoever_makes_it_at_the_same_time_waits_for_the_other(tmp_path: Path) -> None:
    paths = [str(tmp_path / f"{number}.db") for number in range(120)]
    argv = [sys.executable, "-c", MAKER, str(time.time() + 0.3), *paths]
    processes = [subprocess.Popen(argv) for _ in range(3)]

    assert [process.wait(30) for process in processes] == [0, 0, 0]


def test_two_processes_make_it_and_write_to_it_at_once(tmp_path: Path) -> None:
    path = str(tmp_path / "history.db")
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, path, name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for name in ("one", "two")
    ]
    for process in processes:
        assert process.stdout
        assert process.stdout.readline() == "up\n"
    for process in processes:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in processes:
        process.communicate(timeout=40)

    assert [process.returncode for process in processes] == [0, 0]
    with opened(tmp_path, write=False) as db:
        assert sorted(run.command for run in runs.recent(db, 9)) == ["one", "two"]
        assert db.rows("SELECT loop, COUNT(*) FROM results GROUP BY loop ORDER BY loop") == [
            ("one", 200),
            ("two", 200),
        ]
        assert db.rows("PRAGMA integrity_check") == [("ok",)]


# -- a long history -----------------------------------------------------------------------------


def test_the_ledger_looks_up_and_never_reads_through(db: Store) -> None:
    asked: list[str] = []
    with db.transaction() as connection:
        connection.set_trace_callback(asked.append)
    ledger.latest(db, "f1")
    ledger.last_pass(db, "unit")
    ledger.seconds(db, "unit", 20)
    ledger.tried(db, "unit")
    ledger.deferred(db, "unit")
    ledger.results(db, "1")
    with db.transaction() as connection:
        connection.set_trace_callback(None)

    queries = [query for query in asked if query.startswith("SELECT")]
    assert len(queries) == 6
    for query in queries:
        plan = " ".join(str(row[3]) for row in db.rows(f"EXPLAIN QUERY PLAN {query}"))
        assert "USING INDEX" in plan or "USING COVERING INDEX" in plan, query
        assert "SCAN" not in plan, query


def test_a_hundred_thousand_runs_are_no_burden(db: Store) -> None:
    with db.transaction() as connection:
        connection.executemany(
            "INSERT INTO runs (at, seconds, verdict, command) VALUES (?, 1, 'green', '')",
            ((float(number),) for number in range(100_000)),
        )
        connection.execute(
            "INSERT INTO results (run, loop, outcome, reason, at, seconds, log, out, attempts, "
            "required, flaky, empty, fingerprint, command, moved, warnings) "
            "SELECT id, 'unit', 'passed', '', at, 1, '', '', 1, 1, 0, 0, 'f' || id, '', 0, '' "
            "FROM runs"
        )

    began = time.perf_counter()
    assert len(runs.recent(db, 20)) == 20
    assert runs.found(db, "50000").id == "50000"
    assert ledger.latest(db, "f77")
    assert ledger.latest(db, "unknown") is None
    assert ledger.last_pass(db, "lint") is None
    assert len(ledger.seconds(db, "unit", 20)) == 20
    keep(db, PASSED, proof=PROOF)
    assert ledger.last_pass(db, "unit")

    assert time.perf_counter() - began < 0.5
