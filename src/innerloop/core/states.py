"""The states of a stage, and what each becomes when something is heard of it: a table."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


class State(StrEnum):
    """What a stage has come to."""

    READY = "ready"
    STARTED = "started"
    """it was begun: its command may run, or may have run"""
    INTERRUPTED = "interrupted"
    """nobody knows whether its command ended; what is done then is the stage's to say"""
    UNDONE = "undone"
    """it is known to have had no effect: it may be begun again"""
    RETRYING = "retrying"
    FAILING = "failing"
    """it failed, and is to be rolled back"""
    WAITING = "waiting"
    WATCHING = "watching"
    ROLLING_BACK = "rolling back"
    UNKNOWN = "unknown"
    INCONCLUSIVE = "inconclusive"
    PASSED = "passed"
    FAILED = "failed"
    REJECTED = "rejected"
    EXPIRED = "expired"
    SKIPPED = "skipped"
    SUPERSEDED = "superseded"
    ABANDONED = "abandoned"
    """somebody has given the run up"""
    ROLLED_BACK = "rolled back"
    ROLLBACK_FAILED = "rollback failed"


class Heard(StrEnum):
    """What can be heard of a stage."""

    BEGUN = "begun"
    ASKED = "asked"
    WATCHED = "watched"
    LEFT = "left out"
    OUTRUN = "outrun"
    GIVEN_UP = "given up"
    WELL = "ended well"
    BADLY = "ended badly"
    AGAIN = "ended badly, and is tried again"
    TAKEN_BACK = "ended badly, and is taken back"
    LOST = "lost"
    NEVER = "never began"
    DOUBTED = "nobody can tell"
    STOPPED = "stopped by us"
    ABSENT = "is not there"
    GRANTED = "granted"
    DENIED = "denied"
    LATE = "too late"
    ROLLING = "being rolled back"
    ROLLED = "rolled back"
    STUCK = "not rolled back"


S, H = State, Heard
PASSING = frozenset({S.PASSED, S.SKIPPED})
BAD = frozenset(
    {
        *(S.FAILED, S.REJECTED, S.EXPIRED, S.SUPERSEDED, S.ABANDONED),
        *(S.ROLLED_BACK, S.ROLLBACK_FAILED),
    }
)
TERMINAL = PASSING | BAD
DOUBTFUL = frozenset({S.UNKNOWN, S.INCONCLUSIVE})
"""a person has to say"""
ACTING = frozenset({S.STARTED, S.INTERRUPTED, S.UNKNOWN, S.FAILING, S.ROLLING_BACK})
"""something may be going on in its environment"""

_ENDS = {
    H.WELL: S.PASSED,
    H.BADLY: S.FAILED,
    H.AGAIN: S.RETRYING,
    H.TAKEN_BACK: S.FAILING,
    H.DOUBTED: S.UNKNOWN,
}
_BEGINS = {
    H.BEGUN: S.STARTED,
    H.ASKED: S.WAITING,
    H.WATCHED: S.WATCHING,
    H.LEFT: S.SKIPPED,
    H.OUTRUN: S.SUPERSEDED,
    H.GIVEN_UP: S.ABANDONED,
}
TABLE: Mapping[State, Mapping[Heard, State]] = {
    S.READY: _BEGINS,
    S.UNDONE: _BEGINS,
    S.RETRYING: _BEGINS,
    S.STARTED: {
        **_ENDS,
        H.LOST: S.INTERRUPTED,
        H.NEVER: S.UNDONE,
        H.STOPPED: S.UNDONE,
        H.GIVEN_UP: S.ABANDONED,
    },
    S.INTERRUPTED: {
        **_ENDS,
        H.ABSENT: S.UNDONE,
        H.BEGUN: S.STARTED,
        H.OUTRUN: S.SUPERSEDED,
        H.GIVEN_UP: S.ABANDONED,
    },
    S.WAITING: {
        H.GRANTED: S.PASSED,
        H.DENIED: S.REJECTED,
        H.LATE: S.EXPIRED,
        # What was asked about is not what stands there now.
        H.ASKED: S.WAITING,
        H.GIVEN_UP: S.ABANDONED,
    },
    S.WATCHING: {
        H.WELL: S.PASSED,
        H.BADLY: S.FAILED,
        H.TAKEN_BACK: S.FAILING,
        H.DOUBTED: S.INCONCLUSIVE,
        H.OUTRUN: S.SUPERSEDED,
        H.GIVEN_UP: S.ABANDONED,
    },
    S.FAILING: {H.ROLLING: S.ROLLING_BACK, H.BADLY: S.FAILED},
    S.ROLLING_BACK: {H.ROLLED: S.ROLLED_BACK, H.STUCK: S.ROLLBACK_FAILED, H.NEVER: S.FAILING},
    S.UNKNOWN: {
        H.WELL: S.PASSED,
        H.ABSENT: S.UNDONE,
        H.BADLY: S.FAILED,
        H.TAKEN_BACK: S.FAILING,
        H.GIVEN_UP: S.ABANDONED,
        H.DOUBTED: S.UNKNOWN,
    },
    S.INCONCLUSIVE: {
        H.WELL: S.PASSED,
        H.BADLY: S.FAILED,
        H.TAKEN_BACK: S.FAILING,
        H.GIVEN_UP: S.ABANDONED,
    },
    **{state: {} for state in TERMINAL},
}


class Impossible(ValueError):  # noqa: N818 - what was heard cannot be so
    """This cannot be heard of a stage in that state."""


def advance(state: State, heard: Heard) -> State:
    """What the state becomes; Impossible where that cannot be heard of it."""
    found = TABLE[state].get(heard)
    if found is None:
        raise Impossible(f"a stage that is {state} cannot be {heard}")
    return found


class Standing(NamedTuple):
    """What the journal says of a stage."""

    state: State = State.READY
    n: int = 0
    """its latest attempt; 0: none yet"""
    failures: int = 0
    """attempts that failed"""
    rc: int | None = None
    at: float = 0.0
    """when its latest attempt came to this"""
