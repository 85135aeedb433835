"""Whose change it is, as the forge has it: a merge is by somebody else, and a commit by a name."""

from __future__ import annotations

import json
import os
from typing import Any, NamedTuple

from innerloop.core.variables import forge as whose
from innerloop.system.forge_ask import ask
from innerloop.system.forge_past import change_of

_NONE: Any = {}


class Author(NamedTuple):
    """By their login; empty: the forge knows none."""

    login: str = ""
    missing: str = ""
    """why it could not be asked"""


def author(root: str, commit: str) -> Author:
    """Who opened the change that is looked at, or was merged as the commit; else wrote that."""
    kind = whose(os.environ)
    if kind == "github" and os.environ.get("GITHUB_EVENT_NAME") == "pull_request":
        return _opened()
    number = os.environ.get("CI_MERGE_REQUEST_IID")
    if kind == "gitlab" and number:
        path = f"projects/{os.environ.get('CI_PROJECT_ID', ':id')}/merge_requests/{number}"
        said, missing = ask(root, "glab", "api", path)
        return Author(((said or _NONE).get("author") or _NONE).get("username", ""), missing)
    change, missing = change_of(root, commit) if kind else (None, "")
    if change is not None:
        return Author(change.author)
    if missing or kind != "github":
        return Author(missing=missing)
    path = f"repos/{os.environ.get('GITHUB_REPOSITORY', '')}/commits/{commit}"
    said, missing = ask(root, "gh", "api", path)
    return Author(((said or _NONE).get("author") or _NONE).get("login", ""), missing)


def _opened() -> Author:
    """What GitHub's event says of a change that is not merged yet."""
    try:
        with open(os.environ["GITHUB_EVENT_PATH"], "rb") as file:
            return Author(json.load(file)["pull_request"]["user"]["login"])
    except (OSError, KeyError, TypeError, ValueError) as error:
        return Author(missing=f"the event says nothing of it: {error!r}")
