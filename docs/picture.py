"""docs/picture.svg: a real terminal in which `loop` finds one real mistake in the example.

    python docs/picture.py [ENVIRONMENT]

ENVIRONMENT is a virtual environment with the example's dependencies; without one, it is made.
"""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import pexpect
import pyte
from rich.console import Console
from rich.style import Style
from rich.terminal_theme import MONOKAI
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Mapping

HERE = Path(__file__).resolve().parent
ROWS, COLUMNS = 64, 92
PATIENCE = 300
PROMPT = "$ "
MISTAKE = ("data/digits.csv", "\n5,0,0,12,", "\n13,0,0,12,")
COLOURS = {"brown": "yellow", "default": None}
"""pyte's names for colours that rich calls something else"""


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        project = prepared(Path(folder), *map(Path, sys.argv[1:2]))
        # What passed before anybody made a mistake; and files old enough for a receipt.
        subprocess.run(["loop", "inner"], cwd=project, env=environ(), check=True)
        time.sleep(0.2)
        screen = pyte.Screen(COLUMNS, ROWS)
        stream = pyte.Stream(screen)
        session(stream, project)
    (HERE / "picture.svg").write_text(drawn(screen), encoding="utf-8")


def environ() -> dict[str, str]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "TERM": "xterm-256color"}


def prepared(folder: Path, environment: Path | None = None) -> Path:
    """A copy of the example in a repository of its own, everything committed."""
    project = folder / "classifier"
    shutil.copytree(HERE.parent / "examples/classifier", project)
    if environment is None:
        subprocess.run([sys.executable, "-m", "venv", ".venv"], cwd=project, check=True)
        pip = [".venv/bin/pip", "install", "-q", "-e", ".[dev]"]
        subprocess.run(pip, cwd=project, check=True)
    else:
        (project / ".venv").symlink_to(environment.resolve())
    who = ["-c", "user.name=you", "-c", "user.email=you@example.org"]
    for words in (["init", "-q"], ["add", "-A"], [*who, "commit", "-qm", "digits"]):
        subprocess.run(["git", *words], cwd=project, check=True)
    return project


def session(stream: pyte.Stream, project: Path) -> None:
    """A mistake, the loop that finds it, the mistake undone, and nothing left to wait for."""
    name, before, mistake = MISTAKE
    source = project / name
    source.write_text(source.read_text().replace(before, mistake, 1))
    shell(stream, project, "git diff -U0 | tail -1 | cut -c -40")
    shell(stream, project, "loop inner")
    shell(stream, project, "git checkout -q data")
    shell(stream, project, "loop inner")
    stream.feed(PROMPT)


def shell(stream: pyte.Stream, project: Path, line: str) -> None:
    """Type a line, and let the terminal have whatever comes of it."""
    stream.feed(f"{PROMPT}\x1b[1m{line}\x1b[0m\r\n")
    child = pexpect.spawn(
        "sh",
        ["-c", line],
        cwd=str(project),
        env=environ(),
        dimensions=(ROWS, COLUMNS),
        encoding="utf-8",
        timeout=PATIENCE,
    )
    child.expect(pexpect.EOF)
    child.close()
    stream.feed(str(child.before))
    stream.feed("\r\n")


def drawn(screen: pyte.Screen) -> str:
    """The screen as an SVG that asks nobody for a font."""
    lines = [painted(screen.buffer[row]) for row in range(screen.cursor.y + 1)]
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True)
    console.print(Text("\n").join(lines), soft_wrap=True)
    svg = console.export_svg(title="loop inner", theme=MONOKAI, unique_id="loop")
    svg = re.sub(r"@font-face\s*\{.*?\}\s*", "", svg, flags=re.DOTALL)
    svg = svg.replace("Fira Code", "ui-monospace, Menlo, Consolas, DejaVu Sans Mono")
    return re.sub(r"<!--.*?-->\s*", "", svg, flags=re.DOTALL)


def painted(row: Mapping[int, pyte.screens.Char]) -> Text:
    cells = [row[column] for column in range(COLUMNS)]
    text = Text()
    for style, alike in groupby(cells, style_of):
        text.append("".join(cell.data for cell in alike), style)
    text.rstrip()
    return text


def style_of(cell: pyte.screens.Char) -> Style:
    colour = COLOURS.get(cell.fg, cell.fg)
    if colour and re.fullmatch("[0-9a-f]{6}", colour):
        colour = f"#{colour}"
    colour = colour and re.sub("^bright(?!_)", "bright_", colour)
    return Style(color=colour, bold=cell.bold, underline=cell.underscore)


if __name__ == "__main__":
    main()
