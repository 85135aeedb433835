"""Whether snapshots wait to be accepted: from what differs, and from what the tools say of it.

Only what is known is said: where nothing differs and nothing has passed either, it cannot be told.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from innerloop.core.excerpt import excerpt, plain
from innerloop.core.snapshots import PENDING, Pair, State, Tool
from innerloop.core.text import plural

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

PASSED = "it has passed on just this"


class Latest(NamedTuple):
    """A loop's latest verdict, on whatever content."""

    passed: bool
    began: float
    ended: float
    current: bool = False
    """on what stands there now"""
    whole: bool = False
    """every test of its files ran to its end, and they are no other loop's"""


class Word(NamedTuple):
    """Whether any waits (None: that cannot be told), and how that is known."""

    waiting: bool | None
    why: str
    said: tuple[str, ...] = ()
    """what the tool itself says"""


_CLOCK = 0.1
"""seconds by which the filesystem's clock may be behind"""


def settled(pairs: Sequence[Pair], latest: Latest | None, *, passed: bool) -> tuple[Pair, ...]:
    """The pairs with what a pass says of them; `passed`: on what stands there now.

    A test may pass whose result differs: `to_align_with_snapshot` wants the kind alike, not all.
    """
    full = latest is not None and latest.passed and latest.whole
    full = full and any(one.new for one in pairs)
    full = full and all(_covered(one, latest) for one in pairs if one.new)
    return tuple(_settled(one, latest, passed=passed, full=full) for one in pairs)


def _settled(one: Pair, latest: Latest | None, *, passed: bool, full: bool) -> Pair:
    if one.state in PENDING and (passed or (latest and latest.passed and _covered(one, latest))):
        return one._replace(state=State.ALIGNED)
    if one.state is State.UNSEEN and full:
        return one._replace(state=State.ORPHAN)
    return one


def _covered(one: Pair, latest: Latest | None) -> bool:
    """Whether the result was written while the loop last ran."""
    return latest is not None and latest.began - _CLOCK <= one.at <= latest.ended


def told(name: str, pairs: Sequence[Pair], latest: Latest | None, *, passed: bool) -> Word:
    """What pairs that were settled come to."""
    again = f": loop inner {name}"
    if passed:
        return Word(False, PASSED)
    results = [one for one in pairs if one.new]
    ours = latest is not None and any(_covered(one, latest) for one in results)
    stale = ours and latest is not None and not latest.current
    if any(one.pending for one in pairs):
        if not ours:
            return Word(True, "these results are of no run of `loop`")
        return Word(True, f"its inputs have changed since{again}" if stale else "")
    if not results:
        return Word(None, f"there are no results to compare{again}")
    if stale:
        return Word(None, f"its inputs have changed since it last ran{again}")
    if ours:
        return Word(None, "it fails, and not for a result that differs: loop show")
    return Word(None, f"what was compared is alike, and it has not passed yet{again}")


_COUNTED = re.compile(r"(\d+) snapshots? (failed|unused|passed)|(\d+) unused snapshots?")
_SUMMARY = re.compile(r"-{3,} snapshot report summary -{3,}$")
_APPLIED = re.compile(r"Use --inline-snapshot=(create|fix) to apply")
_INLINE = re.compile(r"[═=]{3,} inline-snapshot [═=]{3,}$")
_SECTION = re.compile(r"={3,} .+ ={3,}$")


def heard(tool: Tool, code: int, text: str) -> Word:
    """What the report of a tool that leaves no files to compare comes to."""
    lines = plain(text)
    if code > 1:
        # Interrupted, a wrong option, nothing collected: nothing was compared.
        return Word(None, f"pytest ended with exit {code}", excerpt(lines))
    waits = _syrupy(lines) if tool is Tool.SYRUPY else _inline(lines)
    if waits.waiting:
        return waits
    if code:
        why = "its tests fail, and not for a snapshot: what they did not reach was not compared"
        return Word(None, why, excerpt(lines))
    return Word(False, waits.why or "its tests pass")


def _syrupy(lines: Sequence[str]) -> Word:
    at = next((at for at, line in enumerate(lines) if _SUMMARY.match(line)), len(lines))
    counts = {
        what or "unused": int(n or m) for n, what, m in _COUNTED.findall(" ".join(lines[at:]))
    }
    waits = [f"{counts[kind]} {kind}" for kind in ("failed", "unused") if counts.get(kind)]
    if waits:
        return Word(True, f"syrupy says: {', '.join(waits)}", excerpt(lines))
    passed = counts.get("passed", 0)
    return Word(False, f"syrupy says: {plural(passed, 'snapshot')} passed" if passed else "")


def _inline(lines: Sequence[str]) -> Word:
    kinds = list(dict.fromkeys(kind for line in lines for kind in _APPLIED.findall(line)))
    if not kinds:
        return Word(False, "")
    at = next((at for at, line in enumerate(lines) if _INLINE.match(line)), 0)
    rest = lines[at + 1 :]
    end = next((at for at, line in enumerate(rest) if _SECTION.match(line)), len(rest))
    verbs = {"create": "to be created", "fix": "to be fixed"}
    said = ", ".join(verbs[kind] for kind in kinds)
    return Word(True, f"inline-snapshot says: {said}", excerpt(rest[:end]))


def together(words: Sequence[Word]) -> Word:
    """What several tools of one loop come to: one that waits decides, then one that is unsure."""
    for wanted in (True, None):
        found = [word for word in words if word.waiting is wanted]
        if found:
            why = "; ".join(word.why for word in found if word.why)
            return Word(wanted, why, tuple(line for word in found for line in word.said))
    return Word(False, "; ".join(dict.fromkeys(word.why for word in words if word.why)))
