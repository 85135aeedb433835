"""examples/service, killed on its way at every transition: each environment is deployed to once.

A part of it runs here; the whole of it with LOOP_CRASH_ALL=1.
"""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest
from shop import NAMES, Service, servers

from conftest import wait

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.timeout(120)

ALL = "LOOP_CRASH_ALL" in os.environ
KILLED = -signal.SIGKILL
STEPS = (("--yes",), ("approve", "review"), ("resume",), ("approve", "e2e"), ("resume",))
"""what is typed, from the first stage to the last"""
LASTS = (34, 3, 20, 3, 36)
"""the most transitions of each of them, each looked at before, in and after its commit"""
POINTS = [(step, at) for step, last in enumerate(LASTS) for at in range(1, last + 1)]
RHYTHMS = range(10, 30) if ALL else (11,)
"""after how many transitions whoever carries it on is killed; with fewer nobody gets anywhere"""
MOST = 80


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    found = Service(tmp_path)
    try:
        yield found
    finally:
        found.stop()
        # It gives its lock back in the last moment before it is gone.
        wait(lambda: not list(servers(tmp_path)), "the last server to end")


def crashing(at: int) -> dict[str, str]:
    return {"LOOP_CRASH_TEST": "1", "LOOP_CRASH_AT": str(at)}


def once(found: Service) -> None:
    run = found.status()["run"]
    assert run["state"] == "passed"
    assert {name: found.done_to(name) for name in NAMES} == {key: ["deploy"] for key in NAMES}
    assert {one["version"] for one in found.status()["live"]} == {run["commit"]}


def goes_on(found: Service, **env: str) -> bool:
    """Do what whoever sees it now would do next; whether there was anything."""
    run = found.status()["run"]
    if run is None:
        found.outer("--yes", **env)
        return True
    if run["state"] == "passed":
        return False
    if run["state"] == "needs a decision":
        # Nobody was there to look while it was watched. Of a deploy it is never asked.
        found.outer("resolve", "observe", "--applied").ok()
    said = {one["stage"] for one in run["answers"]}
    asking = [s["name"] for s in run["stages"] if s["state"] == "waiting" and s["name"] not in said]
    words = ("approve", asking[0]) if asking and not run["running"] else ("resume",)
    found.outer(*words, **env)
    return True


@pytest.mark.parametrize("rhythm", RHYTHMS)
def test_killed_again_and_again_it_deploys_once(service: Service, rhythm: int) -> None:
    for _ in range(MOST):
        if not goes_on(service, **crashing(rhythm)):
            break
    once(service)


@pytest.mark.skipif(not ALL, reason="a hundred ways to production take minutes")
@pytest.mark.parametrize(("step", "at"), POINTS)
def test_killed_at_a_transition_it_deploys_once(service: Service, step: int, at: int) -> None:
    for words in STEPS[:step]:
        assert service.outer(*words).code in {0, 75}
    # How often a run says that it is still there, and is looked at, depends on the time.
    assert service.outer(*STEPS[step], **crashing(at)).code in {KILLED, 0, 75}

    while goes_on(service):
        pass

    once(service)


@pytest.mark.skipif(not ALL, reason="as above")
def test_nothing_is_behind_the_last_transition(service: Service) -> None:
    counted = []
    for number, words in enumerate(STEPS):
        trace = service.root.parent / f"trace{number}"
        service.outer(*words, LOOP_CRASH_TEST="1", LOOP_CRASH_TRACE=str(trace))
        counted.append(len(trace.read_text().splitlines()))
    assert all(one <= last for one, last in zip(counted, LASTS, strict=True)), counted
    once(service)
