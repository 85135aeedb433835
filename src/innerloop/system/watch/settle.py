"""What many files, or git, write in one go is waited for, and taken as one."""

from __future__ import annotations

import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from innerloop.system.watch.busy import Busy
    from innerloop.system.watch.post import News

MANY = 50
"""paths at once that are more than one person saves"""
_QUIET = 0.15
_PATIENCE = 2.0
_STEP = 0.01


def settled(news: News, more: Callable[[], News], busy: Busy, tell: Callable[[str], None]) -> News:
    """The news and what follows, once git is done and there was none for a while.

    At most two seconds of it: whoever writes without end is not waited for.
    """
    if len(news.paths) <= MANY and not busy:
        return news
    now = time.monotonic()
    end, quiet, told = now + _PATIENCE, now + _QUIET, False
    while now < min(end, quiet):
        if busy:
            quiet = now + _QUIET
            if not told:
                told = True
                tell("git is busy")
        time.sleep(_STEP)
        fresh = more()
        now = time.monotonic()
        if fresh.any():
            quiet = now + _QUIET
            news = news.with_(fresh)
    if told:
        tell("")
    return news
