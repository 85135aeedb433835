"""Lineage: what a longer loop's run came from is noted with it, and shown."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import zlib
from contextlib import closing
from typing import TYPE_CHECKING, Any

from conftest import ended
from innerloop.system.history.schema import MIGRATIONS

if TYPE_CHECKING:
    from conftest import Maker, Project

LONG = "lint: {run: mark lint, cycle: 1s}\nunit: {run: mark unit, cycle: 10s, inputs: ['*.txt']}"


def lineages(found: Project, run: str = "") -> list[Any]:
    said = json.loads(found.run("show", *filter(None, [run]), "--json").ok().out)
    return list(said["lineages"])


def patch(found: Project, run: str = "") -> str:
    return found.run("show", *filter(None, [run]), "--patch").ok().out


def test_a_longer_loop_is_noted_and_a_short_one_is_not(project: Maker) -> None:
    found = project(LONG, {"a.txt": "a\n"}).commit()
    found.run("inner").ok()

    (one,) = lineages(found)

    assert one["loop"] == "unit"
    assert one["commit"] == found.git("rev-parse", "HEAD")
    assert (one["branch"], one["dirty"], one["patch"], one["note"]) == ("main", False, "", "")
    assert one["setting"]["who"] == "Ada <ada@example.org>"
    assert one["setting"]["host"] == os.uname().nodename
    assert one["files"] == 1
    assert one["inputs"] == one["after"] != ""
    assert one["packages"]
    assert not (found.root / ".loop/patches").exists()


def test_a_failure_is_noted_as_well(project: Maker) -> None:
    found = project(LONG, {"a.txt": "a\n"}).commit()
    found.breaks("unit")
    found.run("inner").fails(1)

    assert [one["inputs"] != "" for one in lineages(found)] == [True]


def test_changes_are_kept_with_what_is_new_and_an_input(project: Maker) -> None:
    found = project(LONG, {"a.txt": "a\n", "b.py": "b\n"}).commit()
    found.write({"a.txt": "other\n", "b.py": "other\n", "new.txt": "n\n", "mine.md": "m\n"})
    found.loops("unit: {run: mark unit, cycle: 10s, inputs: ['*.txt']}")
    before = found.git("count-objects", "-v"), found.git("status", "--porcelain")
    found.run("inner").ok()

    said = patch(found)

    assert "+other" in said
    for name in ("b.py", "new.txt", "loops.yaml"):
        assert f"b/{name}" in said
    assert "mine.md" not in said
    assert (found.git("count-objects", "-v"), found.git("status", "--porcelain")) == before


def test_the_patch_that_is_shown_can_be_applied(project: Maker) -> None:
    found = project(LONG, {"a.txt": "a\n"}).commit()
    found.write({"a.txt": "b\n", "new.txt": "new\n", ".env": "K=1\n"})
    found.run("inner").ok()
    said = patch(found)
    found.git("checkout", "-q", ".")
    (found.root / "new.txt").unlink()

    subprocess.run(["git", "apply"], cwd=found.root, env=found.env, input=said.encode(), check=True)

    assert (found.root / "a.txt").read_text() == "b\n"
    assert (found.root / "new.txt").read_text() == "new\n"


def test_what_is_unchanged_is_kept_once(project: Maker) -> None:
    found = project(LONG, {"a.txt": "a\n"}).commit()
    found.write({"a.txt": "b\n"})
    found.run("inner", "--force").ok()
    found.run("inner", "--force").ok()

    digests = {one["patch"] for run in ("1", "2") for one in lineages(found, run)}

    assert len(digests) == 1
    assert os.listdir(found.root / ".loop/patches") == [*digests]


def test_outside_git_the_inputs_are_known_and_no_commit(project: Maker) -> None:
    found = project(LONG, {"a.txt": "a\n"}, git=False)
    found.run("inner").ok()

    (one,) = lineages(found)

    assert (one["commit"], one["dirty"], one["patch"]) == ("", None, "")
    assert one["files"] == 1
    assert one["setting"]["who"] == "Ada <ada@example.org>"
    assert patch(found) == ""


def test_whom_git_does_not_know_the_system_does(project: Maker) -> None:
    found = project(LONG, {"a.txt": "a\n"}, git=False)
    found.run("inner", env={"GIT_CONFIG_GLOBAL": os.devnull}).ok()
    assert lineages(found)[0]["setting"]["who"].endswith(f"@{os.uname().nodename}")

    found.run("inner", "--force", env={"GIT_AUTHOR_NAME": "Bo", "GIT_AUTHOR_EMAIL": "b@b.b"}).ok()
    assert lineages(found)[0]["setting"]["who"] == "Bo <b@b.b>"


def test_before_the_first_commit_all_of_it_is_the_patch(project: Maker) -> None:
    found = project(LONG, {"a.txt": "a\n"})
    found.run("inner").ok()

    (one,) = lineages(found)

    assert (one["commit"], one["branch"], one["dirty"]) == ("", "main", True)
    assert "b/a.txt" in patch(found)
    found.run("show").ok().prints("commit   none yet", "patch")


def test_a_detached_head(project: Maker) -> None:
    found = project(LONG, {"a.txt": "a\n"}).commit()
    found.git("checkout", "-q", "--detach")
    found.run("inner").ok()

    (one,) = lineages(found)

    assert (one["commit"], one["branch"]) == (found.git("rev-parse", "HEAD"), "")


def test_inputs_that_were_changed_while_it_ran_are_named(project: Maker) -> None:
    found = project(LONG, {"a.txt": "a\n"}).commit()
    found.hold("unit")
    process = found.start("inner")
    found.underway("unit")
    found.write({"a.txt": "changed\n"})
    found.release("unit")
    ended(process)

    (one,) = lineages(found)

    assert one["moved"] == ["a.txt"]
    assert one["inputs"] != one["after"]
    found.run("show").ok().prints("changed while it ran: a.txt")


def test_a_secret_is_nowhere_below_the_state_folder(project: Maker) -> None:
    found = project(
        f"""
        version: 1
        secrets: [TOKEN]
        env_file: settings.conf
        inner:
          {LONG.splitlines()[0]}
          unit: {{run: 'cat a.txt > /dev/null', cycle: 10s}}
        """,
        {"a.txt": "a\n", "b.txt": "hunter2-hunter2 was here\n"},
    ).commit()
    found.write(
        {
            "a.txt": "a\nhunter2-hunter2\n",
            "b.txt": "b\n",
            "c.txt": "hunter2-hunter2",
            ".env": "TOKEN=hunter2-hunter2\n",
            "settings.conf": "TOKEN=hunter2-hunter2\n",
        }
    )
    found.run("inner", "-m", "with hunter2-hunter2").ok()

    said = patch(found)

    every = [path for path in (found.root / ".loop").rglob("*") if path.is_file()]
    assert len(every) > 5
    for path in every:
        data = path.read_bytes()
        assert b"hunter2" not in data, path
        if path.parent.name == "patches":
            assert b"hunter2" not in zlib.decompress(data)
    assert said.count("# left out: ") == 5
    assert "an environment file" in said
    assert "held a secret" in said
    assert not list((found.root / ".loop/cache").glob("patch-*"))


def test_a_run_of_an_older_loop_is_shown_without(project: Maker) -> None:
    found = project(LONG, {"a.txt": "a\n"}).commit()
    found.run("inner").ok()
    with closing(sqlite3.connect(found.root / ".loop/history.db")) as connection, connection:
        connection.execute("DELETE FROM lineages")

    found.run("show").ok().prints("unit      passed")
    found.run("show", "1/unit").ok().prints("unit      passed")
    found.run("show", "--patch").fails(2).warns("has noted no lineage")
    found.run("compare", "1").ok().prints("unit: #1 -> now", "nothing that it depends on differs")
    found.run("run", "unit", "--at", "1").fails(2).warns("has no lineage of 'unit'")


def test_a_history_that_an_older_loop_wrote_is_brought_up(project: Maker) -> None:
    found = project(LONG, {"a.txt": "a\n"}).commit()
    found.run("inner").ok()
    path = found.root / ".loop/history.db"
    now = path.rename(path.with_name("now.db"))
    with closing(sqlite3.connect(path)) as old, old:
        for step in MIGRATIONS[:2]:
            step(old)
        old.execute("PRAGMA user_version = 2")
        old.execute("ATTACH ? AS now", (str(now),))
        for table in ("runs", "results", "manifests"):
            names = ", ".join(row[1] for row in old.execute(f"PRAGMA table_info({table})"))
            old.execute(f"INSERT INTO {table} ({names}) SELECT {names} FROM now.{table}")

    found.run("show").ok().prints("unit      passed")
    found.run("compare", "unit").ok().prints("nothing that it depends on differs")
    found.run("inner", "--force").ok()
    assert len(lineages(found)) == 1


def test_two_walks_at_once_note_both(project: Maker) -> None:
    found = project(
        """
        unit: {run: mark unit, cycle: 10s, inputs: [a.txt]}
        other: {run: mark other, cycle: 10s, inputs: [a.txt]}
        """,
        {"a.txt": "a\n"},
    ).commit()
    found.write({"a.txt": "b\n"})
    for name in ("unit", "other"):
        found.hold(name)
    walks = [found.start("inner", name) for name in ("unit", "other")]
    for name in ("unit", "other"):
        found.underway(name)
    for name in ("unit", "other"):
        found.release(name)
    for walk in walks:
        ended(walk).ok()

    noted = [one for run in ("1", "2") for one in lineages(found, run)]

    assert {one["loop"] for one in noted} == {"unit", "other"}
    assert len({one["patch"] for one in noted}) == 1
    assert not list((found.root / ".loop/cache").glob("patch-*"))


def test_a_git_that_does_not_answer_keeps_no_walk_from_its_end(project: Maker) -> None:
    found = project(LONG, {"a.txt": "a\n"}).commit()
    found.write({"a.txt": "b\n"})
    broken = 'case "$*" in *read-tree*) echo sorry >&2; exit 1;; esac'
    found.program("git", f'{broken}\nexec {shutil.which("git")} "$@"')
    found.run("inner").ok()

    (one,) = lineages(found)

    assert "there is no patch: git read-tree failed: sorry" in one["note"]
    found.run("show").ok().prints("lacking", "git read-tree failed")


def test_why_and_by_whom(project: Maker) -> None:
    found = project(LONG, {"a.txt": "a\n", "uv.lock": "1\n"}).commit()
    found.run("run", "unit", "-m", "a smaller model").ok()

    found.run("show", "1/unit").ok().prints(
        "why      a smaller model", "by       Ada <ada@example.org> on ", "locks    uv.lock "
    )


def test_what_the_sweep_leaves(project: Maker) -> None:
    found = project(LONG, {"a.txt": "a\n"}).commit()
    found.run("inner").ok()
    with closing(sqlite3.connect(found.root / ".loop/history.db")) as connection, connection:
        (row,) = connection.execute("SELECT * FROM lineages").fetchall()
        places = ", ".join("?" * len(row))
        older = [(row[0], number, *row[2:]) for number in range(-300, 0)]
        connection.executemany(f"INSERT INTO lineages VALUES ({places})", older)
        connection.execute("UPDATE sqlite_sequence SET seq = 99 WHERE name = 'runs'")
    found.run("inner", "--force").ok()

    with closing(sqlite3.connect(found.root / ".loop/history.db")) as connection:
        assert connection.execute("SELECT COUNT(*) FROM lineages").fetchone() == (200,)
    assert lineages(found, "100")[0]["packages"]
