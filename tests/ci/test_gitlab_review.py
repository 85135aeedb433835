"""A merge request of GitLab's is approved for the commit that was looked at, and for no other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from forge import LOOPS, Forge
from gitlab import GitLab

from innerloop.core.book import Ticket
from innerloop.core.outer import Outer, Review
from innerloop.system import forge
from innerloop.system.forge_author import author

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import Maker
    from innerloop.core.hands import Reviewed

HEAD, MERGED = "a" * 40, "b" * 40
TOP = "projects/3/merge_requests/7"
PUSHED, EARLY, LATE = (f"2026-11-28T0{hour}:00:00.000Z" for hour in (4, 3, 5))


class Request:
    """A merge request that was squashed as a commit, after grace had approved it."""

    def __init__(self, gitlab: GitLab) -> None:
        self.gitlab = gitlab
        self.answers = gitlab.forge.answers
        row = {"iid": 7, "state": "merged", "sha": HEAD, "web_url": "https://example.org/7"}
        self.row: dict[str, Any] = {**row, "author": {"username": "ada"}}
        squashed = {**self.row, "squash_commit_sha": MERGED, "merge_commit_sha": None}
        self.answers(f"projects/3/repository/commits/{MERGED}/merge_requests", [squashed])
        self.answers(TOP, self.row)
        versions = [{"id": 2, "head_commit_sha": HEAD, "created_at": PUSHED}]
        versions.append({"id": 1, "head_commit_sha": "0" * 40, "created_at": EARLY})
        self.answers(f"{TOP}/versions", versions)
        self.answers(f"{TOP}/notes", [])
        self.approved(grace=LATE)

    def approved(self, *, left: int = 0, **people: str) -> None:
        by = [{"user": {"username": who}, "approved_at": at} for who, at in people.items()]
        said = [{key: value for key, value in one.items() if value} for one in by]
        self.answers(f"{TOP}/approvals", {"approvals_left": left, "approved_by": said})

    def asked(self, commit: str = MERGED, approvals: int = 1) -> Reviewed:
        ticket = Ticket("1", 1, Outer("release", ()), (), "a plan", commit=commit, branch="main")
        root = str(self.gitlab.forge.project.root)
        return forge.Forge(root).reviewed(ticket, Review(approvals=approvals))


@pytest.fixture
def request_(project: Maker, monkeypatch: pytest.MonkeyPatch) -> Iterator[Request]:
    with GitLab(Forge(project(), LOOPS)) as found:
        for name, value in {"GITLAB_CI": "true", "CI_PROJECT_ID": "3", **found.env}.items():
            monkeypatch.setenv(name, value)
        monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
        yield Request(found)


def test_a_squashed_merge_request_is_reviewed_by_who_approved_its_last_commit(
    request_: Request,
) -> None:
    said = request_.asked()
    assert (said.approved, said.why) == (True, "!7 (https://example.org/7), by grace")
    assert not request_.asked(approvals=2).approved
    said = request_.asked(commit="c" * 40)
    assert not said.approved
    assert "404" in said.why


def test_an_approval_of_what_stood_there_before_is_none(request_: Request) -> None:
    request_.approved(grace=EARLY)
    assert "has 0 of 1 approvals of just this commit" in request_.asked().why
    request_.approved(ada=LATE)
    assert not request_.asked().approved, "nobody reviews what is their own"
    request_.approved(grace=LATE, left=1)
    assert "does not have every approval it needs: 1 more" in request_.asked().why
    request_.approved(grace=LATE)
    request_.answers(f"{TOP}/versions", [{"id": 1, "head_commit_sha": "0" * 40}])
    assert not request_.asked().approved
    request_.answers(TOP, request_.row | {"sha": "c" * 40})
    assert "push this commit" in request_.asked().why
    request_.answers(TOP, request_.row | {"state": "closed"})
    assert request_.asked().denied


def test_an_older_gitlab_tells_in_its_notes_when_somebody_approved(request_: Request) -> None:
    request_.approved(grace="")
    assert not request_.asked().approved
    note = {"id": 4, "body": "approved this merge request", "author": {"username": "grace"}}
    for system, at, good in ((True, EARLY, False), (False, LATE, False), (True, LATE, True)):
        request_.answers(f"{TOP}/notes", [note | {"system": system, "created_at": at}])
        assert request_.asked().approved is good


def test_the_author_of_a_change_is_who_opened_it(
    request_: Request, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = str(request_.gitlab.forge.project.root)
    assert author(root, MERGED).login == "ada"
    assert "404" in author(root, "c" * 40).missing
    monkeypatch.setenv("CI_MERGE_REQUEST_IID", "7")
    assert author(root, "c" * 40).login == "ada"


def test_whose_token_may_not_read_is_told_what_to_set(
    request_: Request, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITLAB_TOKEN", "")
    said = request_.asked()
    assert not said.approved
    assert "set GITLAB_TOKEN" in said.why
