"""The nouns of an outer loop: environments, and stages of six kinds."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from innerloop.core.model import Command, Glob

RESPONSE = 7 * 86400.0
"""seconds that people have to answer, where nothing is said of it"""
EXECUTION = 1800.0
"""seconds that a command may take, where nothing is said of it"""
NEVER = 0
BACK = "rollback"
"""the outer loop of one stage that `loop outer rollback` is: no other can have its name"""


class Environment(NamedTuple):
    """Where something is deployed to."""

    name: str
    url: str = ""
    protected: bool = False
    """a deploy to it needs an approval before it"""
    lock: str = ""
    """what is held while something is deployed there, and watched; of its own by default"""
    dirty: bool = False
    """a tree with changes that are not committed may be deployed to it"""
    allow_unverified: bool = False
    """an approval that no forge vouches for is enough"""


class When(StrEnum):
    """After what a stage runs."""

    SUCCESS = "success"
    FAILURE = "failure"
    ALWAYS = "always"


class OnFail(StrEnum):
    """What is done where a deploy or a monitor finds a fault."""

    ROLLBACK = "rollback"
    STOP = "stop"


class Doubt(StrEnum):
    """What is done where nobody can tell."""

    ASK = "ask"
    PASS = "pass"  # noqa: S105 - a verdict, no word to enter by
    FAIL = "fail"


class Interrupted(StrEnum):
    """What is done with a command of which nobody knows whether it ended."""

    RERUN = "rerun"
    VERIFY = "verify"
    ASK = "ask"


class Only(NamedTuple):
    """Where a stage runs at all; elsewhere it is skipped, and what needs it goes on."""

    branch: tuple[str, ...] = ()
    """patterns of names, as the shell has them; empty: any"""
    ci: bool | None = None
    """True: in CI alone; False: never there; None: both"""
    changed: tuple[Glob, ...] = ()
    """something of these changed since the stage itself was done; empty: whatever"""


class Retry(NamedTuple):
    """How often a command that failed is tried again. Never without being asked to."""

    most: int = NEVER
    on_exit: tuple[int, ...] = ()
    """exit codes that are worth it; empty: any but 0"""
    delay: float = 10.0
    """seconds before the first try again"""
    factor: float = 2.0
    """how many times longer each next wait is"""


class Loops(NamedTuple):
    """The inner loops are walked; those that passed on just this content are not run again."""

    names: tuple[str, ...] = ()
    """empty: all"""


class Work(NamedTuple):
    """A command is run."""

    run: Command


class Deploy(NamedTuple):
    """A version is brought to an environment."""

    run: Command
    environment: str
    verify: Command | None = None
    """exit 0: this version is live there; 3: it is not; else nobody can tell"""
    rollback: Command | None = None
    on_fail: OnFail = OnFail.STOP
    idempotent: bool = False
    """to run it twice is as good as once"""
    lock_wait: float = 0.0
    """seconds to wait for an environment that another run has"""


class Approve(NamedTuple):
    """People are asked, and it waits for them."""

    question: str
    by: tuple[str, ...] = ()
    """who may answer; empty: anybody"""
    needed: int = 1
    """how many must say yes"""
    not_author: bool = False
    """the author of the commit may not"""


class Review(NamedTuple):
    """The forge says whether the change was reviewed."""

    of: str = "pull_request"
    approvals: int = 1


class Monitor(NamedTuple):
    """A check is run again and again: exit 0 is good, 1 is bad, else nobody can tell."""

    run: Command
    every: float = 60.0
    lasts: float = 600.0
    """seconds of the window, from the moment the deploy was done"""
    warmup: float = 0.0
    """seconds at its beginning in which nothing counts"""
    max_failures: int = 0
    """bad samples that are borne, all in all"""
    max_consecutive_errors: int = 4
    """samples in a row of which nobody could tell anything"""
    min_samples: int = 0
    """fewer say nothing; 0: where more than half of the turns are missing, that says nothing"""
    on_fail: OnFail = OnFail.STOP
    on_inconclusive: Doubt = Doubt.ASK
    success: str = ""
    """what the value on the last line must be: `>= 0.99`"""
    failure: str = ""
    """what it must not be: `< 0.95`; between the two nobody can tell"""
    environment: str = ""
    """the one that was deployed to last before it"""


Doing = Loops | Work | Deploy | Approve | Review | Monitor


class Stage(NamedTuple):
    """One move of an outer loop."""

    name: str
    doing: Doing
    needs: tuple[str, ...] = ()
    """stages that come before it"""
    when: When = When.SUCCESS
    only: Only = Only()
    timeout: float = EXECUTION
    """seconds it may take, or for approve and review, that people have to answer"""
    retry: Retry = Retry()
    if_interrupted: Interrupted = Interrupted.ASK
    inputs: tuple[Glob, ...] = ()
    """files whose content is noted as it begins"""
    outputs: tuple[str, ...] = ()
    """files and folders that are kept by their content, for later stages"""
    env: tuple[tuple[str, str], ...] = ()
    cwd: str = ""
    secrets: tuple[str, ...] = ()
    benchmark: tuple[Glob, ...] = ()
    """files that something is measured on: they only ever grow"""
    distinct_from: tuple[str, ...] = ()
    """inner loops of whose data no row may be in the benchmark"""
    back_to: str = ""
    """where a finding is sent: an inner loop, or an earlier stage"""

    @property
    def kind(self) -> str:
        """The word it is known by in loops.yaml."""
        return _WORDS[type(self.doing)]

    @property
    def environment(self) -> str:
        """The environment it is about; empty: none."""
        return getattr(self.doing, "environment", "")


_WORDS = {
    Loops: "loops",
    Work: "run",
    Deploy: "deploy",
    Approve: "approve",
    Review: "review",
    Monitor: "monitor",
}


class Outer(NamedTuple):
    """One outer loop: its stages, each behind what it needs."""

    name: str
    stages: tuple[Stage, ...]


NOUNS = (Environment, Only, Retry, Loops, Work, Deploy, Approve, Review, Monitor, Stage, Outer)
CHOICES = (When, OnFail, Doubt, Interrupted)
