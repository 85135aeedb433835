"""Where things are: below the project, what goes from stage to stage; outside, what outlives it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np

from classifier import ProblemError, data
from classifier.data import Digits

BUILD = Path("build")
BENCHMARK = Path("benchmark")
CASES = Path("cases")
FEEDBACK = Path("data/feedback")
ARCHIVE = Path("data/digits.csv")


def state() -> Path:
    """The folder of what outlives a checkout: DIGITS_STATE, or one of this user's."""
    base = os.environ.get("XDG_STATE_HOME") or "~/.local/state"
    return Path(os.environ.get("DIGITS_STATE") or f"{base}/digits").expanduser().absolute()


def told(name: str) -> str:
    """A variable that `loop` tells each stage."""
    try:
        return os.environ[name]
    except KeyError:
        raise ProblemError(f"{name} is not set: this is a step of loop outer") from None


def joined(parts: list[Digits]) -> Digits:
    """Several tables as one."""
    if not parts:
        return Digits(np.zeros(0, np.int64), np.zeros((0, data.PIXELS), np.int64))
    return Digits(
        np.concatenate([one.labels for one in parts]),
        np.concatenate([one.pixels for one in parts]),
    )


def tables(folder: Path) -> list[Path]:
    """The versions in a folder, the oldest first."""
    return sorted(folder.glob("*.csv"))


def identities(digits: Digits) -> list[str]:
    """The names of images."""
    return [data.identity(image) for image in digits.pixels]


def write(digits: Digits, name: str) -> None:
    """Hand a table on to the next stage."""
    BUILD.mkdir(exist_ok=True)
    data.write(digits, BUILD / name)
    print(f"{len(digits.labels)} digits in {BUILD / name}")


def note(path: Path, said: Any) -> None:  # noqa: ANN401 - JSON
    """Write JSON, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fresh.write_text(json.dumps(said, indent=2) + "\n", encoding="utf-8")
    fresh.replace(path)
