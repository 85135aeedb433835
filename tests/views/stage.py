"""A stage for the screen of a watch: a scripted one, in a terminal of its own."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from terminal import Terminal

if TYPE_CHECKING:
    from pathlib import Path

PRELUDE = """
import os, sys, time
sys.path.insert(0, {tests!r})
from contextlib import closing
from queue import SimpleQueue
from shown import *
from innerloop.core.events import *
from innerloop.core.model import *
from innerloop.engine.cancel import Cancel
from innerloop.system.keyboard import Keyboard
from innerloop.system.signals import signals
from innerloop.views.screen import Screen
from innerloop.views.streams import Streams

inbox, cancel = SimpleQueue(), Cancel()
cancel.attach(lambda: inbox.put(Pressed("q")))
PLAN = Plan((Step(LINT, Action.RUN, "", 0.5), Step(UNIT, Action.RUN, "", 10)))

def begin(run="1"):
    show(Saved(("src/app.py",), time.time()))
    show(WalkStarted(run, PLAN, time.time()))
    show(LoopFinished(ran(LINT, Outcome.PASSED, seconds=0.04)))
    show(LoopStarted("unit", time.time(), 10, ""))

def end(outcome=Outcome.PASSED, run="1"):
    red = outcome is Outcome.FAILED
    result = ran(UNIT, outcome, seconds=0.08, exit_code=int(red), mode="warm", at=time.time())
    verdict = Verdict.RED if red else Verdict.GREEN
    kept = Run(run, time.time(), 1.0, verdict, "loop watch", (result,))
    for event in (LoopFinished(result), WalkFinished(kept), Rested(kept, 0.46, 0.44, 12)):
        show(event)

def until(last):
    while True:
        event = inbox.get()
        show(event)
        if event.key == "q" or event.key == last:
            return

def log(path):
    with open(path.rpartition("/")[2]) as file:
        return file.read()

show = Screen(Streams({colour}, True), log, title="project", root=os.getcwd())
keyboard = Keyboard(inbox.put)
with signals(cancel) as taken, closing(show), closing(keyboard):
    taken.around(show.pause, show.resume)
    taken.around(keyboard.pause, keyboard.resume)
    keyboard.start()
"""
AFTER = "print('over', flush=True)\n"
MANY = "\n".join([f"line {n}" for n in range(1, 61)])
LOG = """\
    def test_total() -> None:
>       assert total([3, 4]) == 6
E       assert 7 == 6

\x1b[31mtests/test_app.py\x1b[0m:14: AssertionError
    def test_mean() -> None:
>       assert mean([3, 4]) == 3
E       assert 3.5 == 3

tests/test_app.py:19: AssertionError
"""


def staged(story: str, *, colour: bool = True) -> str:
    """A program that tells the screen this story."""
    prelude = PRELUDE.format(tests=__file__.rpartition("/")[0], colour=colour)
    return prelude + "".join(f"    {line}\n" for line in story.splitlines()) + AFTER


def stage(
    folder: Path,
    story: str,
    *,
    log: str = LOG,
    size: tuple[int, int] = (80, 24),
    colour: bool = True,
    **env: str,
) -> Terminal:
    (folder / "output.log").write_text(log)
    (folder / "story.py").write_text(staged(story, colour=colour))
    return Terminal([sys.executable, "story.py"], folder, size=size, env=env)
