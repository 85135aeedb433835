"""handoff.json: what the inner loops proved, of which commit, for the outer loop to read."""

from __future__ import annotations

import json
import os

from innerloop.core.fingerprint import gather
from innerloop.core.variables import unattended
from innerloop.system import state

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from innerloop.core.model import Run
    from innerloop.system.ground import Ground

VERSION = 2


def content(files: Mapping[str, str]) -> str:
    """What files are recognised again by, whichever commit they come to be in.

    `files`: path from the root -> `MODE BLOB`, as git says it, or as it stands on disk.
    """
    # Of a link on disk it is said as well what it leads to.
    plain = {path: " ".join(value.split(" ")[:2]) for path, value in sorted(files.items())}
    return gather(plain).digest


def write(ground: Ground, run: Run, of: str = "") -> None:
    """Write what this walk leaves proven. Loops it was not about are named as not asked.

    `of`: the content it was about, where that is not what stands there.
    """
    settled = {one.loop: one for one in run.results}
    loops = []
    for loop in ground.config.loops:
        result = settled.get(loop.name)
        row: dict[str, object] = {"name": loop.name, "required": loop.required, "auto": loop.auto}
        if result is None:
            row |= {"outcome": "not asked"}
        else:
            row |= {
                "outcome": str(result.outcome),
                "reason": result.reason,
                "seconds": round(result.seconds, 3),
                "at": result.at,
                "fingerprint": result.fingerprint,
                "empty": result.empty,
            }
        loops.append(row)
    record = {
        "version": VERSION,
        "run": int(run.id),
        "verdict": str(run.verdict),
        "complete": run.complete,
        "at": run.at,
        "seconds": round(run.seconds, 3),
        "commit": run.commit,
        "tree": run.tree,
        "branch": run.branch,
        "dirty": run.dirty,
        "content": of or _standing(ground),
        "ci": unattended(os.environ),
        "loops": loops,
    }
    body = json.dumps(record, indent=1) + "\n"
    state.put(f"{ground.state}/handoff.json", body.encode())


def elsewhere(ground: Ground) -> Mapping[str, str] | None:
    """What each loop came to where a person walked on the content that stands here now.

    None where nobody knows: nothing was handed over, of another content, or by a CI.
    """
    try:
        with open(f"{ground.state}/handoff.json", "rb") as file:
            record = json.loads(file.read())
        if record["version"] != VERSION or record.get("ci", True):
            return None
        if record["content"] != _standing(ground):
            return None
        return {str(one["name"]): str(one["outcome"]) for one in record["loops"]}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _standing(ground: Ground) -> str:
    paths = ground.tree.paths()
    looked = zip(paths, ground.tree.looks(paths), strict=True)
    return content({path: entry.value for path, entry in looked if entry})
