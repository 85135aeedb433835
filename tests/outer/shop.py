"""A copy of examples/service, committed, with environments of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conftest import Done
from pages import environ, equip

if TYPE_CHECKING:
    from collections.abc import Iterator

EXAMPLE = Path(__file__).resolve().parents[2] / "examples/service"
LEFT_OUT = shutil.ignore_patterns(".venv", ".loop", "__pycache__", ".*_cache")
LOOP = str(Path(sys.executable).parent / "loop")
NAMES = ("sandbox", "test", "prod")


class Service:
    """The example, and who works on it."""

    def __init__(self, place: Path) -> None:
        self.root = place / "service"
        self.state = place / "state"
        equip(place / "env")
        shutil.copytree(EXAMPLE, self.root, ignore=LEFT_OUT)
        self.env = {**environ(place), "SHOP_STATE": str(self.state)}
        # Short enough to be watched again and again.
        loops = self.root / "loops.yaml"
        text = loops.read_text()
        assert text.count("for: 1500ms") == 1
        loops.write_text(text.replace("for: 1500ms", "for: 300ms"))
        for words in (("init", "-q"), ("add", "-A"), ("commit", "-qm", "a shop")):
            self.command("git", *words)

    def command(self, *words: str, env: dict[str, str] | None = None) -> Done:
        done = subprocess.run(
            words,
            cwd=self.root,
            env={**self.env, **(env or {})},
            capture_output=True,
            text=True,
            check=False,
        )
        return Done(words, done.returncode, done.stdout, done.stderr)

    def outer(self, *words: str, **env: str) -> Done:
        return self.command(LOOP, "outer", *words, env=env)

    def stop(self) -> None:
        self.command(str(self.root.parent / "env/bin/python"), "-m", "ops", "stop").ok()

    def status(self) -> Any:
        return json.loads(self.outer("status", "--json").ok().out)

    def done_to(self, name: str) -> list[str]:
        """What the environment itself says was done to it."""
        path = self.state / name / "log"
        lines = path.read_text().splitlines() if path.exists() else []
        return [line.split()[0] for line in lines]


def servers(place: Path) -> Iterator[int]:
    """Processes that serve from below a folder."""
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            words = Path(f"/proc/{name}/cmdline").read_bytes()
        except OSError:
            continue
        if b"shop.server" in words and os.fsencode(place) in words:
            yield int(name)
