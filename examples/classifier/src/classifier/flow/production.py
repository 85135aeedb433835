"""The steps that have to do with what is live: installed, deployed, watched, learned from."""

from __future__ import annotations

import io
import json
import os
import subprocess
import tarfile
import tempfile
from pathlib import Path

import numpy as np

from classifier import data, model
from classifier.flow import registry, serving
from classifier.flow.draw import drawn
from classifier.flow.places import CASES, FEEDBACK, joined, note, state, tables, told

LIVE, ABSENT = 0, 3
BATCH = 200
"""pictures that come at a time"""
ENOUGH = 30
"""answers that must have been wrong before there is anything to learn"""
TELLING = 10
"""of these, as cases"""


# -- the pipeline ----------------------------------------------------------------------------


def install() -> None:
    """Put this commit's pipeline where the other steps are run from: `./pipeline STEP`."""
    version = told("LOOP_VERSION")
    place = state() / "pipeline"
    release = place / version
    if not release.exists():
        place.mkdir(parents=True, exist_ok=True)
        words = ["git", "archive", version, "src"]
        packed = subprocess.run(words, capture_output=True, check=True).stdout  # noqa: S603 - git's
        fresh = Path(tempfile.mkdtemp(dir=place, prefix=".new-"))
        with tarfile.open(fileobj=io.BytesIO(packed)) as files:
            files.extractall(fresh, filter="data")
        fresh.rename(release)
    link = place / f".current-{os.getpid()}"
    link.symlink_to(version)
    link.replace(place / "current")
    print(f"pipeline {version[:12]}")


def installed() -> int:
    """Whether this commit's pipeline is the one that is run."""
    current = state() / "pipeline/current"
    there = current.is_symlink() and current.readlink().name == told("LOOP_VERSION")
    return LIVE if there else ABSENT


# -- the model -------------------------------------------------------------------------------


def deploy() -> None:
    """Serve what this run has made, or made of this commit before."""
    entry = registry.of_run(told("LOOP_RUN")) or registry.of_commit(told("LOOP_VERSION"))
    serving.start(entry)
    print(f"model {entry.number} is served")


def rollback() -> None:
    """Serve what was made of the version before."""
    entry = registry.of_commit(told("LOOP_PREVIOUS_VERSION"))
    serving.start(entry)
    print(f"model {entry.number} is served again")


def deployed() -> int:
    """Whether a model of LOOP_VERSION answers; where this run has made one, that one."""
    live, version = serving.live(), told("LOOP_VERSION")
    mine = registry.of_run(told("LOOP_RUN"))
    right = mine is None or mine.card["commit"] != version or live.get("model") == mine.number
    return LIVE if live.get("commit") == version and right else ABSENT


def scanner(right: int) -> None:
    """Change the world: from now on the mail room's scanner puts digits so many pixels aside."""
    note(state() / "scanner.json", {"right": right})


def monitor() -> None:
    """The mail of a moment: it is read, clerks correct it, and how much of it was new is said."""
    path = state() / "scanner.json"
    right = json.loads(path.read_text(encoding="utf-8"))["right"] if path.exists() else 0
    come = len(tables(state() / "serving/feedback"))
    mail = drawn(BATCH, seed=1000 + come, right=right)
    said = serving.ask("/predict", {"pictures": mail.pixels.tolist()})
    body = {"pictures": mail.pixels.tolist(), "labels": mail.labels.tolist()}
    serving.ask("/feedback", body)
    share = float((np.array(said["labels"]) == mail.labels).mean())
    print(f"{share:.2f} of {BATCH} right, {said['new']:.2f} like nothing it was taught")
    print(json.dumps({"value": round(said["new"], 3)}))


def feed_back() -> None:
    """Where too much was answered wrongly: it is training data, and ten of it are cases."""
    given = tables(state() / "serving/feedback")
    version = state() / "serving/learned.json"
    done = json.loads(version.read_text(encoding="utf-8"))["files"] if version.exists() else 0
    mail = joined([data.read(path) for path in given[done:]])
    entry = registry.of_run(told("LOOP_RUN"))
    if entry is None or not len(mail.labels):
        print("nothing was served, and nothing is learned")
        return
    answers = model.load(entry.folder / "model.json").predict(mail.pixels)
    wrong = np.flatnonzero(answers != mail.labels)
    if len(wrong) < ENOUGH:
        print(f"{len(wrong)} of {len(mail.labels)} wrong: nothing is learned of so few")
        return
    number = len(tables(FEEDBACK)) + 1
    cases = wrong[:: max(1, len(wrong) // TELLING)][:TELLING]
    rest = np.setdiff1d(np.arange(len(mail.labels)), cases)
    for folder, which in ((FEEDBACK, rest), (CASES, cases)):
        folder.mkdir(parents=True, exist_ok=True)
        data.write(mail.pick(which), folder / f"{number}.csv")
        print(f"{len(which)} digits in {folder / f'{number}.csv'}")
    note(version, {"files": len(given)})
