"""A merge request of GitLab's: whether it is of just this commit, and who has approved that."""

from __future__ import annotations

import os
from datetime import datetime
from typing import Any

from innerloop.core.hands import Reviewed
from innerloop.core.variables import forge as whose
from innerloop.system.forge_ask import ask

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from innerloop.core.outer import Review

_APPROVED = "approved this merge request"
"""what GitLab itself notes then; older ones tell of the moment nowhere else"""


def reviewed(root: str, of: str, head: str, review: Review) -> Reviewed:
    """`of`: its number, or outside of a CI the branch; `head`: the commit that was to be looked at.

    An approval that is older than the head was of something else: GitLab may keep it all the same.
    """
    said, missing = _request(root, of)
    if said is None:
        return Reviewed(False, why=missing)
    name = f"!{said['iid']} ({said['web_url']})"
    if said["state"] == "closed":
        return Reviewed(False, denied=True, why=f"{name} was closed")
    if said["sha"] != head:
        return Reviewed(False, why=f"{name} is at {said['sha'][:10]}: push this commit")
    path = f"projects/{_project()}/merge_requests/{said['iid']}"
    found, missing = ask(root, "glab", "api", f"{path}/approvals")
    versions, lacking = ask(root, "glab", "api", f"{path}/versions")
    if found is None or versions is None:
        return Reviewed(False, why=missing or lacking)
    since = [one["created_at"] for one in versions if one["head_commit_sha"] == head]
    if not since:
        return Reviewed(False, why=f"{name} does not say since when it is at {head[:10]}")
    if left := found.get("approvals_left") or 0:
        return Reviewed(False, why=f"{name} does not have every approval it needs: {left} more")
    moments = _moments(root, path, found.get("approved_by") or ())
    author = (said.get("author") or {}).get("username", "")
    who = [
        one
        for one, moment in moments.items()
        if one != author and moment and _moment(moment) >= max(map(_moment, since))
    ]
    if len(who) >= review.approvals:
        return Reviewed(True, why=f"{name}, by {', '.join(who)}")
    old = len(moments) - len(who)
    more = f" of just this commit, by others than its author; {old} not counted" if old else ""
    return Reviewed(False, why=f"{name} has {len(who)} of {review.approvals} approvals{more}")


def _request(root: str, of: str) -> tuple[Any, str]:
    if whose(os.environ) == "gitlab":
        return ask(root, "glab", "api", f"projects/{_project()}/merge_requests/{of}")
    return ask(root, "glab", "mr", "view", of, "-F", "json")


def _moments(root: str, path: str, approved: Any) -> Mapping[str, str]:
    """Who approves it, and since when; empty: nobody knows since when."""
    found = {one["user"]["username"]: one.get("approved_at") or "" for one in approved}
    if all(found.values()):
        return found
    words = "notes?order_by=created_at&sort=desc&per_page=100&activity_filter=only_activity"
    notes, _ = ask(root, "glab", "api", f"{path}/{words}")
    noted: dict[str, str] = {}
    for one in notes or ():
        if one.get("system") and one.get("body") == _APPROVED:
            noted.setdefault(one["author"]["username"], one["created_at"])
    return {who: moment or noted.get(who, "") for who, moment in found.items()}


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _project() -> str:
    return os.environ.get("CI_PROJECT_ID", ":id")
