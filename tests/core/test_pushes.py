"""What is pushed, from git's lines or from a framework's variables."""

from __future__ import annotations

from innerloop.core.pushes import Push, pushes

A, B, NONE = "a" * 40, "b" * 40, "0" * 40
FRAMEWORK = {
    "PRE_COMMIT_LOCAL_BRANCH": "HEAD",
    "PRE_COMMIT_REMOTE_BRANCH": "refs/heads/main",
    "PRE_COMMIT_FROM_REF": B,
    "PRE_COMMIT_TO_REF": A,
}


def test_a_line_for_each_ref() -> None:
    lines = [f"refs/heads/x {A} refs/heads/y {B}\n", f"(delete) {NONE} refs/heads/z {B}"]

    first, second = pushes(lines, {})

    assert first == Push("refs/heads/x", A, "refs/heads/y", B)
    assert (first.deletes, first.creates, first.commit) == (False, False, A)
    assert second.deletes


def test_a_local_end_with_spaces() -> None:
    (push,) = pushes([f"HEAD@{{1 day ago}} {A} refs/heads/y {NONE}"], {})

    assert push.local_ref == "HEAD@{1 day ago}"
    assert push.creates


def test_longer_digests() -> None:
    (push,) = pushes([f"(delete) {'0' * 64} refs/heads/y {'c' * 64}"], {})

    assert push.deletes


def test_lines_that_say_nothing() -> None:
    assert pushes(["", "\n", "nonsense"], {}) == ()


def test_what_a_framework_says_counts_where_git_says_nothing() -> None:
    assert pushes([], FRAMEWORK) == (Push("HEAD", A, "refs/heads/main", B),)


def test_git_is_believed_first() -> None:
    (push,) = pushes([f"refs/heads/x {B} refs/heads/y {A}"], FRAMEWORK)

    assert push.commit == B


def test_the_first_push_of_all_names_a_branch_and_no_commit() -> None:
    told = {name: FRAMEWORK[name] for name in FRAMEWORK if "BRANCH" in name}

    (push,) = pushes([], told)

    assert push.commit == "HEAD"
    assert push.creates
    assert not push.deletes


def test_nobody_says_anything() -> None:
    assert pushes([], {"PRE_COMMIT": "1"}) == ()
