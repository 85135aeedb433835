"""What a hook may not touch, byte for byte: work tree, index, stash, refs and settings."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING, NamedTuple

from conftest import LOOP

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


class Kept(NamedTuple):
    """A repository as it stands."""

    files: Mapping[str, tuple[int, str, bytes]]
    entries: str
    """of the index"""
    refs: str
    stash: str
    head: str
    config: bytes


def kept(root: Path, env: Mapping[str, str]) -> Kept:
    """Look at all of it; asking git changes nothing."""

    def git(*words: str) -> str:
        done = subprocess.run(
            ["git", *words],
            cwd=root,
            env={**env, "GIT_OPTIONAL_LOCKS": "0"},
            capture_output=True,
            text=True,
            errors="surrogateescape",
            check=False,
        )
        return done.stdout

    folder = root / git("rev-parse", "--git-dir").strip()
    return Kept(
        dict(files_below(root)),
        git("ls-files", "--stage", "-t", "-v", "-z"),
        git("for-each-ref"),
        git("stash", "list", "-p"),
        (folder / "HEAD").read_text(),
        (root / git("rev-parse", "--git-path", "config").strip()).read_bytes(),
    )


def files_below(root: Path) -> list[tuple[str, tuple[int, str, bytes]]]:
    """Every file and link below a folder: mode, where it leads, bytes. Caches aside."""
    found = []
    for place, folders, names in os.walk(root):
        folders[:] = [one for one in folders if one not in {".git", ".loop", "__pycache__"}]
        for name in (*names, *(one for one in folders if os.path.islink(f"{place}/{one}"))):
            path = f"{place}/{name}"
            state = os.lstat(path)
            link = os.readlink(path) if os.path.islink(path) else ""
            text = b""
            if not link:
                with open(path, "rb") as file:
                    text = file.read()
            found.append((os.path.relpath(path, root), (state.st_mode, link, text)))
    return found


def install(root: Path, env: Mapping[str, str], *hooks: str) -> None:
    """Have git call `loop hook run`, as simply as can be."""
    asked = ["git", "rev-parse", "--path-format=absolute", "--git-path", "hooks"]
    said = subprocess.run(
        asked, cwd=root, env=dict(env), capture_output=True, text=True, check=True
    )
    folder = said.stdout.strip()
    os.makedirs(folder, exist_ok=True)
    for name in hooks or ("pre-commit",):
        place = f"{folder}/{name}"
        with open(place, "w", encoding="utf-8") as file:
            file.write(f'#!/bin/sh\nexec {" ".join(LOOP)} hook run {name} -- "$@"\n')
        os.chmod(place, 0o755)
