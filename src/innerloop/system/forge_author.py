"""Whose change it is, as the forge has it: a merge is by somebody else, and a commit by a name."""

from __future__ import annotations

import json
import os
from typing import Any, NamedTuple

from innerloop.core.variables import forge as whose
from innerloop.system.forge_ask import ask

_NONE: Any = {}


class Author(NamedTuple):
    """By their login; empty: the forge knows none."""

    login: str = ""
    missing: str = ""
    """why it could not be asked"""


def author(root: str, commit: str) -> Author:
    """Who opened the change that is looked at, or was merged as the commit; else wrote that."""
    match whose(os.environ):
        case "github":
            return _github(root, commit)
        case "gitlab":
            return _gitlab(root, commit)
    return Author()


def _github(root: str, commit: str) -> Author:
    if os.environ.get("GITHUB_EVENT_NAME") == "pull_request":
        try:
            with open(os.environ["GITHUB_EVENT_PATH"], "rb") as file:
                return Author(json.load(file)["pull_request"]["user"]["login"])
        except (OSError, KeyError, TypeError, ValueError) as error:
            return Author(missing=f"the event says nothing of it: {error!r}")
    path = f"repos/{os.environ.get('GITHUB_REPOSITORY', '')}/commits/{commit}"
    rows, missing = ask(root, "gh", "api", f"{path}/pulls")
    for row in rows or ():
        if row.get("merge_commit_sha") == commit and row.get("merged_at"):
            return Author((row.get("user") or _NONE).get("login", ""))
    if missing:
        return Author(missing=missing)
    said, missing = ask(root, "gh", "api", path)
    return Author(((said or _NONE).get("author") or _NONE).get("login", ""), missing)


def _gitlab(root: str, commit: str) -> Author:
    top = f"projects/{os.environ.get('CI_PROJECT_ID', ':id')}"
    if number := os.environ.get("CI_MERGE_REQUEST_IID"):
        said, missing = ask(root, "glab", "api", f"{top}/merge_requests/{number}")
        return Author(((said or _NONE).get("author") or _NONE).get("username", ""), missing)
    path = f"{top}/repository/commits/{commit}/merge_requests"
    rows, missing = ask(root, "glab", "api", path)
    keys = ("merge_commit_sha", "squash_commit_sha", "sha")
    for row in rows or ():
        if row.get("state") == "merged" and commit in [row.get(key) for key in keys]:
            return Author((row.get("author") or _NONE).get("username", ""))
    return Author(missing=missing)
