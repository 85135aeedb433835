"""The model registry: a folder for each version, with all that it was made of and came to."""

from __future__ import annotations

import json
import shutil
from hashlib import sha256
from typing import TYPE_CHECKING, Any, NamedTuple

from classifier import ProblemError
from classifier.flow.places import note, state, told

if TYPE_CHECKING:
    from pathlib import Path


class Entry(NamedTuple):
    """One version of the model."""

    number: int
    folder: Path
    card: dict[str, Any]
    """where it is from: commit, run, data, parameters"""


def entries() -> list[Entry]:
    """Every version, the oldest first."""
    found = [
        path for path in (state() / "registry").glob("*/card.json") if path.parent.name[0] != "."
    ]
    made = [Entry(int(one.parent.name), one.parent, json.loads(one.read_text())) for one in found]
    return sorted(made, key=lambda one: one.number)


def register(model: Path, taught: Path, facts: dict[str, Any]) -> Entry:
    """A new version, whole or not at all; of one run only one, however often it is asked for."""
    run = told("LOOP_RUN")
    every = entries()
    mine = [one for one in every if one.card["run"] == run]
    if mine:
        return mine[-1]
    number = every[-1].number + 1 if every else 1
    registry = state() / "registry"
    fresh = registry / f".{number}"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    shutil.copy(model, fresh / "model.json")
    shutil.copy(taught, fresh / "taught.csv")
    card = {"run": run, "commit": told("LOOP_COMMIT"), "taught": digest(taught), **facts}
    note(fresh / "card.json", card)
    fresh.rename(registry / str(number))
    return Entry(number, registry / str(number), card)


def judged(entry: Entry) -> dict[str, Any]:
    """What a version was judged by, and how; nothing where it never was."""
    path = entry.folder / "evaluation.json"
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return found


def of_run(run: str) -> Entry | None:
    """The version that a run has made."""
    mine = [one for one in entries() if one.card["run"] == run]
    return mine[-1] if mine else None


def of_commit(commit: str) -> Entry:
    """The latest version that was made of a commit."""
    made = [one for one in entries() if one.card["commit"] == commit]
    if made:
        return made[-1]
    raise ProblemError(f"the registry has no model of commit {commit[:12]}")


def digest(path: Path) -> str:
    """What a file holds, in a word."""
    return sha256(path.read_bytes()).hexdigest()[:16]
