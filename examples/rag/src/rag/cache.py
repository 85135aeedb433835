"""A cache of replies: a folder with a file for each, named by all that was asked."""

from __future__ import annotations

import json
import os
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple
from uuid import uuid4

if TYPE_CHECKING:
    from pathlib import Path


class Reply(NamedTuple):
    """What a model said, and the tokens that it took."""

    text: str
    sent: int
    received: int


def name(*asked: str) -> str:
    """A name for what was asked: another server, model or prompt is another name."""
    return sha256(json.dumps(asked).encode()).hexdigest()


def load(folder: Path, key: str) -> Reply | None:
    """A reply that was kept; None where there is none, or what is there is none."""
    try:
        found = json.loads((folder / f"{key}.json").read_text(encoding="utf-8"))
        return Reply(str(found["text"]), int(found["sent"]), int(found["received"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def keep(folder: Path, key: str, reply: Reply) -> None:
    """Keep a reply; whoever reads meanwhile sees all of it or nothing."""
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / f"{key}.{uuid4().hex}.tmp"
    draft.write_text(json.dumps(reply._asdict(), ensure_ascii=False) + "\n", encoding="utf-8")
    os.replace(draft, folder / f"{key}.json")
