"""Projects with an outer loop, and a target that keeps count of what is done to it."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conftest import Done, wait
from innerloop.__main__ import main

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pytest

    from conftest import Maker, Project

LOOPS = """\
version: 1
inner: {unit: {run: mark unit, cycle: 1s}}
environments: {sandbox: {}, prod: {}}
outer:
  release:
    qa: {loops: all}
    sandbox: {deploy: ./deploy.sh, environment: sandbox, verify: ./live.sh, rollback: ./back.sh}
    smoke: {run: ./smoke.sh, back_to: unit}
    prod: {deploy: ./deploy.sh, environment: prod, verify: ./live.sh, rollback: ./back.sh}
"""
BOX = """\
version: 1
inner: {unit: {run: mark unit, cycle: 1s}}
environments: {sandbox: {}}
outer:
  release:
    sandbox: {deploy: ./deploy.sh, environment: sandbox%s}
"""
FULL = ", verify: ./live.sh, rollback: ./back.sh"
DEPLOY = """\
#!/bin/sh
echo "deploy $LOOP_ENVIRONMENT $LOOP_VERSION $LOOP_IDEMPOTENCY_KEY" >> "$TARGET/effects"
while [ -e "$TARGET/hold-$LOOP_ENVIRONMENT" ]; do sleep 0.02; done
[ -e "$TARGET/dead-$LOOP_ENVIRONMENT" ] || echo "$LOOP_VERSION" > "$TARGET/$LOOP_ENVIRONMENT"
[ ! -e "$TARGET/fail-$LOOP_ENVIRONMENT" ]
"""
LIVE = """\
#!/bin/sh
[ -e "$TARGET/blind" ] && exit 9
[ "$(cat "$TARGET/$LOOP_ENVIRONMENT" 2>/dev/null)" = "$LOOP_VERSION" ] || exit 3
"""
BACK = """\
#!/bin/sh
echo "back $LOOP_ENVIRONMENT $LOOP_PREVIOUS_VERSION $LOOP_IDEMPOTENCY_KEY" >> "$TARGET/effects"
while [ -e "$TARGET/hold-back" ]; do sleep 0.02; done
[ -e "$TARGET/stuck" ] && exit 1
echo "$LOOP_PREVIOUS_VERSION" > "$TARGET/$LOOP_ENVIRONMENT"
"""
SMOKE = """\
#!/bin/sh
echo "smoke $LOOP_VERSION" >> "$TARGET/smokes"
while [ -e "$TARGET/hold-smoke" ]; do sleep 0.02; done
if [ -e "$TARGET/fail-smoke" ]; then echo "src/app.py:7: error: the total is wrong"; exit 1; fi
"""
HEALTH = """\
#!/bin/sh
[ -e "$TARGET/silent" ] && exit 75
[ -e "$TARGET/slow-eye" ] && sleep 1
[ -e "$TARGET/blind-eye" ] && echo "no route" && exit 75
[ -e "$TARGET/value" ] && cat "$TARGET/value"
[ ! -e "$TARGET/sick" ]
"""


class Target:
    """A project, committed, and the place that it deploys to."""

    def __init__(self, project: Project, loops: str = LOOPS) -> None:
        self.project = project
        self.place = project.place / "target"
        self.place.mkdir()
        project.env |= {"TARGET": str(self.place), "USER": "ada"}
        scripts = {
            "deploy.sh": DEPLOY,
            "live.sh": LIVE,
            "back.sh": BACK,
            "smoke.sh": SMOKE,
            "health.sh": HEALTH,
        }
        for name, text in scripts.items():
            project.program(name, text.removeprefix("#!/bin/sh\n"), project.root)
        project.write({"src/app.py": "total = 1\n", "loops.yaml": loops})
        project.commit()

    def run(self, *words: str, env: Mapping[str, str | None] | None = None) -> Done:
        return self.project.run("outer", *words, env=env)

    def go(self, *words: str, env: Mapping[str, str | None] | None = None) -> Done:
        return self.run("--yes", *words, env=env)

    def has(self, *names: str) -> Target:
        for name in names:
            (self.place / name).touch()
        return self

    def lacks(self, *names: str) -> Target:
        for name in names:
            (self.place / name).unlink()
        return self

    def effects(self) -> list[str]:
        """What was done to it, in order: verb and environment."""
        path = self.place / "effects"
        lines = path.read_text().splitlines() if path.exists() else []
        return [" ".join(line.split()[:2]) for line in lines]

    def keys(self) -> list[str]:
        path = self.place / "effects"
        return [line.split()[-1] for line in path.read_text().splitlines()] if path.exists() else []

    def live(self, environment: str) -> str:
        path = self.place / environment
        return path.read_text().strip() if path.exists() else ""

    def commit(self, text: str = "total = 2\n") -> str:
        """Change something, commit it: the new version."""
        self.project.write({"src/app.py": text})
        self.project.commit()
        return self.head()

    def orphan(self, *words: str, until: str) -> None:
        """Begin it, and kill whoever carries it out, and the shim, once that was done to it."""
        process = self.project.start("outer", *words)
        wait(lambda: self.effects()[-1:] == [until], until, 60)
        process.kill()
        process.communicate()
        os.kill(self.shim(), signal.SIGKILL)

    def shim(self) -> int:
        """The shim that is at work, by its command line."""
        for name in filter(str.isdigit, os.listdir("/proc")):
            try:
                words = Path(f"/proc/{name}/cmdline").read_bytes()
            except OSError:
                continue
            if b"shim.py" in words and os.fsencode(self.state) in words:
                return int(name)
        raise AssertionError("there is no shim")

    def git(self, *words: str) -> str:
        root = self.project.root
        done = subprocess.run(
            ("git", *words),
            cwd=root,
            env=self.project.env,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.strip()

    def head(self) -> str:
        return self.git("rev-parse", "HEAD")

    @property
    def state(self) -> Path:
        return self.project.root / ".git/innerloop"

    def status(self) -> Any:
        return json.loads(self.run("status", "--json").ok().out)

    def stages(self) -> dict[str, str]:
        return {one["name"]: one["state"] for one in self.status()["run"]["stages"]}

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.state / "outer.db")) as db:
            return db.execute(query).fetchall()

    def write(self, query: str) -> None:
        """Have the journal say something else."""
        with closing(sqlite3.connect(self.state / "outer.db")) as db:
            db.execute(query)
            db.commit()


def inside(
    found: Target, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Target:
    """The same, whose commands are carried out in this very process: that takes half the time."""
    monkeypatch.chdir(found.project.root)
    for name, value in found.project.env.items():
        monkeypatch.setenv(name, value)

    def run(*words: str, env: Mapping[str, str | None] | None = None) -> Done:
        assert env is None, "that is for a process of its own"
        capfd.readouterr()
        code = main(["outer", *words])
        return Done(("outer", *words), code, *capfd.readouterr())

    monkeypatch.setattr(found, "run", run)
    return found


def killed(found: Target, state: str = "started") -> str:
    """A run whose process was killed when something was deployed, and a stage was in that state."""
    process = found.project.start("outer", "--yes")
    wait(lambda: bool(found.effects()), "the deploy", 60)
    wait(lambda: state in found.stages().values(), state, 60)
    process.kill()
    process.communicate()
    run = found.status()["run"]["id"]
    assert isinstance(run, str)
    return run


def target(project: Maker, loops: str = LOOPS) -> Target:
    return Target(project(), loops)


def sound(found: Target) -> None:
    """What has to be true whatever happened: the journal agrees with itself and the target."""
    assert found.rows("PRAGMA integrity_check") == [("ok",)]
    assert found.rows("PRAGMA foreign_key_check") == []
    keys = found.keys()
    assert len(keys) == len(set(keys)), f"one key, two effects: {keys}"
    begun = {key for (key,) in found.rows("SELECT key FROM attempt")}
    assert set(keys) <= begun, "something was done that the journal does not know of"
    # The events replay to the same states.
    replayed = {}
    for run, stage, n, data in found.rows("SELECT run, stage, n, data FROM event ORDER BY seq"):
        said = json.loads(data)
        if "heard" in said:
            replayed[run, stage, n, said["act"]] = said["state"]
    stands = {
        row[:4]: row[4] for row in found.rows("SELECT run, stage, n, act, state FROM attempt")
    }
    assert replayed == stands
    holders = found.rows("SELECT name FROM lock WHERE run != ''")
    assert len(holders) == len(set(holders))
