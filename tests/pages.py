"""Pages as they are read: their blocks, and a shell that does what these say."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import venv
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator


class Block(NamedTuple):
    """What stands between two fences."""

    info: str
    text: str
    line: int
    marker: str
    """the name in the comment directly above: `<!-- tests -->`"""


def blocks(text: str) -> list[Block]:
    found = []
    fence = re.compile(r"^(?:<!-- (.+?) -->\n)?```(\S.*)\n((?:.*\n)*?)```$", re.MULTILINE)
    for match in fence.finditer(text):
        line = text.count("\n", 0, match.start(2)) + 1
        found.append(Block(match[2], match[3], line, match[1] or ""))
    return found


class Session:
    """A shell that goes from block to block, as a reader would."""

    def __init__(self, folder: Path, environment: Path | None = None) -> None:
        self._home = folder
        self._cwd = folder / "work"
        self._cwd.mkdir()
        self._code = 0
        if environment:
            (folder / "env").symlink_to(environment)
        else:
            equip(folder / "env")

    def play(self, block: Block) -> None:
        if block.info == "sh":
            shown = self.run(block.text, "")
            assert self._code == 0, f"line {block.line}: exit {self._code}\n{shown}"
            return
        for command, expected in commands(block.text):
            typed = "".join(f"{line}\n" for line in re.findall(r"(?m)^\(Pdb\) (.*)$", expected))
            shown = self.run(command, typed)
            wanted = re.sub(r"(?m)^\(Pdb\) .*\n", "", expected)
            assert matches(wanted, shown.replace("(Pdb) ", "")), (
                f"line {block.line}: $ {command}\nshows:\n{shown}\nand not:\n{expected}"
            )

    def run(self, command: str, typed: str) -> str:
        after = self._home / "after"
        script = f'(exit {self._code})\n{command}\ncode=$?\npwd > "{after}"\nexit $code\n'
        done = subprocess.run(
            ["bash", "-c", script],
            cwd=self._cwd,
            env=environ(self._home),
            input=typed,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        self._code = done.returncode
        self._cwd = Path(after.read_text().rstrip("\n"))
        return done.stdout


def equip(place: Path) -> None:
    """An environment with our pytest and ruff.

    Not our own: that one has this repository in it, which somebody may be editing meanwhile.
    """
    venv.create(place, symlinks=True)
    libraries = next(place.glob("lib/python3*/site-packages"))
    (libraries / "ours.pth").write_text(f"{Path(pytest.__file__).parent.parent}\n")
    (place / "bin/ruff").symlink_to(Path(sys.executable).parent / "ruff")
    script = f"#!{place}/bin/python\nimport pytest\nraise SystemExit(pytest.console_main())\n"
    (place / "bin/pytest").write_text(script)
    (place / "bin/pytest").chmod(0o755)


def environ(home: Path) -> dict[str, str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("GIT", "PYTEST_", "LOOP_", "VIRTUAL_ENV", "COV", "CI_"))
        and name != "CI"
    }
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    own = {
        "PATH": path,
        "VIRTUAL_ENV": str(home / "env"),
        "HOME": str(home),
        "GIT_CONFIG_GLOBAL": os.devnull,
        "LC_ALL": "C.UTF-8",
    }
    for role in ("AUTHOR", "COMMITTER"):
        own |= {f"GIT_{role}_NAME": "you", f"GIT_{role}_EMAIL": "you@example.org"}
    # Whoever runs these tests, a page shows what a person sees.
    return {**kept, **own, "COLUMNS": "80", "NO_COLOR": "1", "LOOP_AGENT": "0"}


def commands(text: str) -> Iterator[tuple[str, str]]:
    """Each command of a console block (`$ `, and `> ` where it goes on) with what it shows."""
    for part in re.split(r"(?m)^\$ ", text)[1:]:
        lines = part.splitlines(keepends=True)
        end = next((n for n, one in enumerate(lines[1:], 1) if not one.startswith("> ")), None)
        head = [lines[0], *(line[2:] for line in lines[1:end])]
        yield "".join(head).rstrip("\n"), "".join(lines[end:] if end else [])


NORMAL = (
    (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "WHEN"),
    (r"just now|(?:(?:under )?[\d.]+ ?(?:ms|s|m|h)\b ?)+(?:ago)?", "TIME "),
    (r"\b(?=[a-f]*\d)[0-9a-f]{8,40}\b", "ID"),
    (r"[ \t]+", " "),
    (r" ?\n ?", "\n"),
)
"""what differs from run to run"""


def normal(text: str) -> str:
    for pattern, instead in NORMAL:
        text = re.sub(pattern, instead, text)
    return text.strip()


def matches(expected: str, shown: str) -> bool:
    """Whether that is what was shown; `...` stands for anything, and alone for any lines."""
    lines = normal(expected).split("\n")
    pattern = "".join(
        r"(?:.*\n)*" if line == "..." else re.escape(line).replace(r"\.\.\.", ".*") + r"\n"
        for line in lines
    )
    return re.fullmatch(pattern, f"{normal(shown)}\n") is not None
