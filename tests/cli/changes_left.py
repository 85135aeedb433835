"""Changes of what loops leave behind, that no walk may miss."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from conftest import Project


BUILD = """
build: {run: 'mark build && mkdir -p out && cp src/a.py out/built', cycle: 1s, inputs: ['src/a.py'],
        outputs: [out/]}
"""
SAMPLE = """
prepare: {run: 'mark prepare && cp src/a.py {out}/clean && mkdir {out}/more', cycle: 1s,
         inputs: [src/a.py]}
train: {run: 'mark train && ls -R {out.prepare}', cycle: 2s, inputs: [src/b.py]}
"""


def outputs_deleted(p: Project) -> Iterator[None]:
    p.loops(BUILD)
    yield
    shutil.rmtree(p.root / "out")


def outputs_edited(p: Project) -> Iterator[None]:
    p.loops(BUILD)
    yield
    p.write({"out/built": "a = 3\n"})


def out_folder_edited(p: Project) -> Iterator[None]:
    p.loops(SAMPLE)
    yield
    (out(p) / "clean").write_text("a = 3\n")


def out_folder_gains_a_file(p: Project) -> Iterator[None]:
    p.loops(SAMPLE)
    yield
    (out(p) / "more/late").write_text("a = 3\n")


def out_folder_loses_a_file(p: Project) -> Iterator[None]:
    p.loops(SAMPLE)
    yield
    (out(p) / "clean").unlink()


def out_folder_deleted(p: Project) -> Iterator[None]:
    p.loops(SAMPLE)
    yield
    shutil.rmtree(out(p))


def empty_out_folder_deleted(p: Project) -> Iterator[None]:
    p.loops("unit: {run: 'mark unit {out}', cycle: 1s}")
    yield
    shutil.rmtree(next((p.root / ".loop/runs").glob("*/unit/out")))


def everything_deleted(p: Project) -> Iterator[None]:
    yield
    shutil.rmtree(p.root / ".loop")


def history_deleted(p: Project) -> Iterator[None]:
    yield
    for path in (p.root / ".loop").glob("history.db*"):
        path.unlink()


def out(p: Project) -> Path:
    return next(path for path in (p.root / ".loop/runs").glob("*/prepare/out"))
