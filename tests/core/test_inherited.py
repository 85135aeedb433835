"""What git and the frameworks put into a hook's environment, taken out again."""

from __future__ import annotations

from innerloop.core.inherited import undressed

BEFORE = {"PATH": "/opt/bin:/usr/bin", "HOME": "/h", "GIT_SSL_CAINFO": "/ca"}
COMMIT = {
    **BEFORE,
    "PATH": "/lib/git-core:/opt/bin:/usr/bin",
    "GIT_EXEC_PATH": "/lib/git-core",
    "GIT_EDITOR": ":",
    "GIT_AUTHOR_NAME": "Ada",
    "GIT_AUTHOR_EMAIL": "ada@example.org",
    "GIT_AUTHOR_DATE": "@1795536648 +0000",
}


def test_a_commit_leaves_nothing_of_its_own() -> None:
    assert undressed(COMMIT) == BEFORE


def test_what_names_the_index_stays() -> None:
    told = {"GIT_INDEX_FILE": "/r/.git/index.lock", "GIT_DIR": "/r/.git"}

    assert undressed({**COMMIT, **told}) == {**BEFORE, **told}


def test_what_a_person_set_stays() -> None:
    mine = {
        **BEFORE,
        "GIT_EDITOR": "vim",
        "GIT_AUTHOR_NAME": "Ada",
        "GIT_AUTHOR_DATE": "2026-01-01",
    }

    assert undressed(mine) == mine


def test_both_identities_in_the_environment_are_a_persons() -> None:
    mine = {"GIT_COMMITTER_NAME": "Ada", "GIT_COMMITTER_EMAIL": "ada@example.org"}

    found = undressed({**COMMIT, **mine})

    assert found["GIT_AUTHOR_NAME"] == "Ada"
    assert "GIT_AUTHOR_DATE" not in found


def test_git_in_git_in_git() -> None:
    path = "/lib/git-core:/lib/git-core/:/opt/bin:/lib/git-core"

    assert undressed({**COMMIT, "PATH": path})["PATH"] == "/opt/bin:/lib/git-core"


def test_a_path_of_nothing_else_is_kept() -> None:
    assert undressed({"PATH": "/lib", "GIT_EXEC_PATH": "/lib"}) == {"PATH": "/lib"}


def test_a_frameworks_environment_is_not_the_projects() -> None:
    env = {**BEFORE, "PATH": f"/store/env/bin:{BEFORE['PATH']}", "VIRTUAL_ENV": "/store/env"}

    assert undressed(env, "/store/env") == BEFORE
    assert undressed({**env, "VIRTUAL_ENV": "/mine"}, "/store/env")["VIRTUAL_ENV"] == "/mine"
