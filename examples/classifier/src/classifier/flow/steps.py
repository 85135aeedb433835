"""The steps from data to a model in the registry, each from files to files."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from classifier import ProblemError, data, evaluate, model, train
from classifier.flow import registry, serving
from classifier.flow.places import (
    ARCHIVE,
    BENCHMARK,
    BUILD,
    CASES,
    FEEDBACK,
    identities,
    joined,
    note,
    tables,
    write,
)
from classifier.preprocess import BRIGHTEST, problems

if TYPE_CHECKING:
    from pathlib import Path

FEWEST = 100
"""of each digit"""
LEAST = 0.8
"""of a benchmark, and of the cases, the share that must be right"""
MARGIN = 0.02
"""how much worse than the model that is live"""
SEED = 7


def collect() -> None:
    """All that is labelled: the archive, and what clerks have corrected since."""
    sources = [ARCHIVE, *tables(FEEDBACK)]
    found = [data.read(path) for path in sources]
    write(joined(found), "collected.csv")
    said = {
        str(p): {"rows": len(d.labels), "sha256": registry.digest(p)}
        for p, d in zip(sources, found, strict=True)
    }
    note(BUILD / "sources.json", said)


def curate() -> None:
    """Each picture once, and none that anything is judged by."""
    digits = data.read(BUILD / "collected.csv")
    judges = [data.read(path) for path in (*tables(BENCHMARK), *tables(CASES))]
    seen = set(identities(joined(judges)))
    keep = []
    for name in identities(digits):
        keep.append(name not in seen)
        seen.add(name)
    write(digits.pick(np.array(keep, bool)), "curated.csv")
    print(f"{keep.count(False)} left out: there already, or judges themselves")


def transform() -> None:
    """Each picture at its full contrast; what shows nothing shows nothing to learn."""
    digits = data.read(BUILD / "curated.csv")
    brightest = digits.pixels.max(1)
    digits, brightest = digits.pick(brightest > 0), brightest[brightest > 0]
    stretched = np.rint(digits.pixels * (BRIGHTEST / brightest)[:, None]).astype(np.int64)
    write(digits._replace(pixels=stretched), "transformed.csv")


def validate() -> None:
    """What is wrong with the data ends the run here, before anything is learned of it."""
    digits = data.read(BUILD / "transformed.csv")
    found = list(problems(digits))
    counted = Counter(digits.labels.tolist())
    found += [f"{n} of {counted[n]}: fewer than {FEWEST}" for n in range(10) if counted[n] < FEWEST]
    # Stretched to the same contrast two pictures may be one; they do no harm.
    found = [one for one in found if "the same image" not in one]
    note(BUILD / "validated.json", {"rows": len(digits.labels), "problems": found})
    if found:
        raise ProblemError("the data is not fit to learn from\n  " + "\n  ".join(found[:10]))
    print(f"{len(digits.labels)} digits, {min(counted.values())} or more of each")


def learn() -> None:
    """Train, and register what comes of it with all that it was made of."""
    lessons = data.split(data.read(BUILD / "transformed.csv")).train
    data.write(lessons, BUILD / "taught.csv")
    model.save(train.fit(lessons, SEED), BUILD / "model.json")
    facts = {"seed": SEED, "rows": len(lessons.labels)}
    facts["sources"] = json.loads((BUILD / "sources.json").read_text(encoding="utf-8"))
    entry = registry.register(BUILD / "model.json", BUILD / "taught.csv", facts)
    note(BUILD / "candidate.json", {"model": entry.number})
    print(f"model {entry.number}, taught by {len(lessons.labels)} digits")


def judge() -> None:
    """The candidate, by every version of the benchmark and by each case; beside what is live."""
    number = json.loads((BUILD / "candidate.json").read_text(encoding="utf-8"))["model"]
    every = {one.number: one for one in registry.entries()}
    rival = every.get(serving.live().get("model", 0))
    said, found = {}, []
    for path in (*tables(BENCHMARK), *tables(CASES)):
        right = _right(every[number].folder, path)
        before = _right(rival.folder, path) if rival else None
        said[str(path)] = {"right": right, "live": before, "sha256": registry.digest(path)}
        beside = f", and {before:.3f} by model {rival.number}" if rival else ""
        print(f"{path}: {right:.3f} right by model {number}{beside}")
        if right < LEAST or (before is not None and right < before - MARGIN):
            found.append(f"{path}: {right:.3f}")
    note(BUILD / "evaluation.json", {"model": number, "judged": said})
    note(every[number].folder / "evaluation.json", said)
    if found:
        raise ProblemError("not good enough: " + ", ".join(found))


def _right(folder: Path, path: Path) -> float:
    digits = data.read(path)
    return evaluate.metrics(
        digits.labels, model.load(folder / "model.json").predict(digits.pixels)
    ).accuracy
