"""A forge of our own: its command line, its artifacts, its people; and a repository on it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Project

REPOSITORY = "ada/shop"
GH = """\
#!{python} -SE
import json, os, shutil, sys
from urllib.parse import unquote
said = json.load(open("{state}"))
words = sys.argv[1:]
if words[:2] == ["run", "download"]:
    name, folder = words[words.index("-n") + 1], words[words.index("-D") + 1]
    source = "{place}/artifacts/" + words[2] + "/" + name
    if not os.path.isdir(source):
        sys.exit("no artifact matches")
    shutil.copytree(source, folder, dirs_exist_ok=True)
elif words[:2] in (["pr", "view"], ["mr", "view"]):
    if words[2] not in said["changes"]:
        sys.exit("no pull requests found")
    print(json.dumps(said["changes"][words[2]]))
elif words[0] == "api":
    path = unquote(words[1])
    known = sorted(said["api"].items(), key=lambda item: len(item[0]))
    found = [body for start, body in known if path.startswith(start)]
    if not found:
        sys.exit("Not Found: " + path)
    sys.stdout.write(found[-1] if isinstance(found[-1], str) else json.dumps(found[-1]))
else:
    sys.exit("unknown")
"""
DEPLOY = """\
echo "deploy $LOOP_ENVIRONMENT $LOOP_VERSION $LOOP_IDEMPOTENCY_KEY" >> "$TARGET/effects"
[ ! -e "$TARGET/fail-$LOOP_ENVIRONMENT" ] || exit 1
[ ! -e dist/app ] || ./dist/app > "$TARGET/built-$LOOP_ENVIRONMENT"
echo "$LOOP_VERSION" > "$TARGET/$LOOP_ENVIRONMENT"
"""
LIVE = """\
[ -e "$TARGET/blind" ] && exit 9
[ "$(cat "$TARGET/$LOOP_ENVIRONMENT" 2>/dev/null)" = "$LOOP_VERSION" ] || exit 3
"""
BACK = """\
echo "back $LOOP_ENVIRONMENT $LOOP_PREVIOUS_VERSION" >> "$TARGET/effects"
echo "$LOOP_PREVIOUS_VERSION" > "$TARGET/$LOOP_ENVIRONMENT"
"""
BUILD = 'mkdir -p dist && printf "#!/bin/sh\\necho built\\n" > dist/app && chmod +x dist/app\n'
HEALTH = '[ ! -e "$TARGET/sick" ]\n'
LOOPS = """\
version: 1
inner: {unit: {run: mark unit, cycle: 1s}}
environments: {sandbox: {}, prod: {protected: true, url: "https://example.org"}}
ci: {setup: [mark set-up], python: "3.12"}
outer:
  release:
    qa: {loops: all}
    build: {run: ./build.sh, outputs: [dist]}
    sandbox: {deploy: ./deploy.sh, environment: sandbox, verify: ./live.sh, rollback: ./back.sh}
    smoke: {run: 'test -s "$TARGET/sandbox"', back_to: unit}
    review: {review: pull_request}
    e2e: {approve: "tested by hand?"}
    prod: {deploy: ./deploy.sh, environment: prod, verify: ./live.sh, rollback: ./back.sh}
    eye: {monitor: ./health.sh, every: 200ms, for: 1s, on_fail: rollback}
"""


class Forge:
    """A repository with a target to deploy to, and what its forge knows of it."""

    def __init__(self, project: Project, loops: str = LOOPS) -> None:
        self.project = project
        self.place = project.place / "forge"
        self.target = project.place / "target"
        self.origin = project.place / "origin.git"
        for folder in (self.place, self.target):
            folder.mkdir()
        self.said: dict[str, Any] = {"api": {}, "changes": {}}
        self.tell()
        program = GH.format(
            python=sys.executable, state=self.place / "state.json", place=self.place
        )
        project.program("gh", program)
        project.program("glab", program)
        project.program("loop", f'exec {sys.executable} -P -m innerloop "$@"')
        project.env |= {"TARGET": str(self.target), "USER": "ada"}
        scripts = {"deploy": DEPLOY, "live": LIVE, "back": BACK, "build": BUILD, "health": HEALTH}
        for name, text in scripts.items():
            project.program(f"{name}.sh", f"#!/bin/sh\n{text}", project.root)
        project.write({"loops.yaml": loops, "app.py": "total = 1\n", ".gitignore": "dist/\n"})
        project.git("init", "-q", "--bare", str(self.origin), cwd=project.place)
        project.git("config", "uploadpack.allowAnySHA1InWant", "true", cwd=self.origin)
        project.git("remote", "add", "origin", str(self.origin))

    def tell(self, **api: Any) -> None:
        self.said["api"] |= api
        (self.place / "state.json").write_text(json.dumps(self.said))

    def answers(self, path: str, body: Any) -> None:
        self.tell(**{path: body})

    def push(self, branch: str = "main") -> str:
        self.project.git("push", "-q", "-f", "origin", f"HEAD:{branch}")
        return self.project.git("rev-parse", "HEAD")

    def clone(self, sha: str, folder: Path, *, whole: bool = True) -> None:
        """The commit, in a folder of its own, with all its history or none."""
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        git = partial(self.project.git, cwd=folder)
        git("init", "-q")
        git("remote", "add", "origin", f"file://{self.origin}")
        depth = [] if whole else ["--depth=1"]
        wanted = ["+refs/heads/*:refs/remotes/origin/*"] if whole else []
        git("fetch", "-q", *depth, "origin", *wanted, f"+{sha}:refs/remotes/wanted")
        git("checkout", "-q", "--detach", sha)

    def effects(self) -> list[str]:
        path = self.target / "effects"
        lines = path.read_text().splitlines() if path.exists() else []
        return [" ".join(line.split()[:2]) for line in lines]

    def live(self, environment: str) -> str:
        path = self.target / environment
        return path.read_text().strip() if path.exists() else ""


def shell(script: str, folder: Path, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """A step, as the forge's runner would start it."""
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
        cwd=folder,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
