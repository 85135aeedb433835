"""The forge, asked by its own command line or its API: JSON, or what is missing for it."""

from __future__ import annotations

import json
import os
import subprocess
from typing import Any
from urllib.parse import urlsplit

from innerloop.system import git, gitlab_api
from innerloop.system.gitlab_api import Said
from innerloop.system.python import which

PATIENCE = 30.0


def told(root: str, program: str, *words: str) -> Said:
    """What it writes, or what keeps it from that; a job of GitLab's asks the API itself."""
    if (program, *words[:-1]) == ("glab", "api") and gitlab_api.reachable():
        return gitlab_api.get(words[-1])
    if not which(program, os.environ.get("PATH", os.defpath)):
        return Said("", f"{program} is not installed: it is asked for what the forge knows")
    try:
        done = subprocess.run(
            [program, *words],
            cwd=root,
            env=git.without_repository(os.environ) | _host(program),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Said("", f"{program} does not answer")
    except OSError as error:
        return Said("", f"{program}: {error}")
    if done.returncode:
        lines = done.stderr.strip().splitlines() or [f"exit {done.returncode}"]
        return Said("", f"{program}: {lines[-1]}")
    return Said(done.stdout)


def _host(program: str) -> dict[str, str]:
    """Where gh is to ask, in a job of a GitHub of one's own: it knows but the public one."""
    name = urlsplit(os.environ.get("GITHUB_SERVER_URL", "")).netloc
    if program != "gh" or name in {"", "github.com"}:
        return {}
    token = os.environ.get("GH_ENTERPRISE_TOKEN") or os.environ.get("GH_TOKEN", "")
    return {"GH_HOST": name, "GH_ENTERPRISE_TOKEN": token}


def ask(root: str, program: str, *words: str) -> tuple[Any, str]:
    """What it says, as JSON; or None, and what is missing."""
    said = told(root, program, *words)
    if said.missing:
        return None, said.missing
    try:
        return json.loads(said.out), ""
    except ValueError as error:
        return None, f"{program}: {error}"
