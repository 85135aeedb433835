"""The nouns: Loop, Plan, Step, Result, Run. Named tuples: frozen, and quick to define."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from innerloop.core.money import Purse, Spend

TYPE_CHECKING = False
if TYPE_CHECKING:
    from innerloop.core.ci import Ci
    from innerloop.core.judgement import Gate, Judgement
    from innerloop.core.ladder import Rung
    from innerloop.core.outer import Environment, Outer
    from innerloop.core.sampling import Data


class Command(NamedTuple):
    """A command as it was written, and how to start it."""

    text: str
    argv: tuple[str, ...]
    """the arguments, placeholders still in them; empty where a shell is needed"""
    programs: tuple[str, ...]
    """the names in command position, to be looked up on PATH"""
    placeholders: tuple[str, ...]
    """what stands in braces and is known: `changed`, `out`, `out.NAME`, ..."""

    @property
    def shell(self) -> bool:
        return not self.argv


class Glob(NamedTuple):
    """One gitignore-style pattern, made relative to the root and compiled."""

    text: str
    """as it was written"""
    include: bool
    """False for `!pattern`"""
    regex: str
    folder: str
    """the fixed leading folder, from the root; empty where there is none"""
    literal: str
    """the path it names, where it names just one; else empty"""


class Loop(NamedTuple):
    """One named check. Durations are seconds; paths are relative to the root."""

    name: str
    run: Command
    cycle: float
    inputs: tuple[Glob, ...] | None = None
    """None: every file git tracks or would add"""
    default_inputs: bool = True
    """nobody wrote `inputs`, so nobody needs to hear that one of them matches nothing"""
    ignore: tuple[Glob, ...] = ()
    files: tuple[Glob, ...] = ()
    outputs: tuple[Glob, ...] = ()
    env: tuple[tuple[str, str], ...] = ()
    env_inputs: tuple[str, ...] = ()
    probe: tuple[Command, ...] = ()
    cwd: str = ""
    after: tuple[str, ...] = ()
    """named ones first, then those that `{out.NAME}` implies"""
    mutex: str = ""
    auto: bool = True
    fresh: float | None = None
    """a pass older than this does not count; None: for ever"""
    guessed: bool = False
    """`cycle: ~10s`: what it takes here counts as soon as it is known"""
    timeout: float = 120.0
    retries: int = 0
    required: bool = True
    cache: bool = True
    writes: bool = False
    fix: Command | None = None
    debug: Command | None = None
    accept: Command | None = None
    warm: bool = True
    """`loop watch` may run it in a process that was kept warm"""
    preload: tuple[str, ...] | None = None
    """modules that such a process imports beforehand; None: learned from earlier runs"""
    cost: float = 0.0
    """what one run of it costs"""
    data: tuple[Data, ...] = ()
    rungs: tuple[Rung, ...] = ()
    """of a ladder, as it is written: a configuration that is built has a loop for each"""
    results: tuple[str, ...] = ()
    """files with numbers, as written: from `cwd`, or in `{out}`"""
    gate: tuple[Gate, ...] = ()
    cases: str = ""
    """the file of cases that `loop case add` adds to, from the root"""
    repeat: int = 1
    """how often its command runs in one step, each time into an `{out}` of its own"""


class Hook(NamedTuple):
    """What a git hook may take, and what it never leaves out."""

    budget: float | None = None
    always: tuple[str, ...] = ()
    """loops that run whatever the budget"""


PRE_COMMIT, PRE_PUSH = Hook(10.0), Hook(120.0)
"""what a hook may take where nothing is said of it"""


class Config(NamedTuple):
    """What loops.yaml and loops.local.yaml say, once they are known to be right."""

    loops: tuple[Loop, ...]
    """in the order they were written"""
    env: tuple[tuple[str, str], ...] = ()
    env_file: str = ""
    python: str = ""
    """an interpreter or an environment's folder; empty: found"""
    budget: float | None = None
    """seconds a walk may take unless the command line says otherwise"""
    watch_budget: float | None = 60.0
    """seconds a walk of `loop watch` may take; None: any"""
    pre_commit: Hook = PRE_COMMIT
    pre_push: Hook = PRE_PUSH
    hook_needs: tuple[Glob, ...] = ()
    """files that git does not have, and the loops need where the hooks check"""
    secrets: tuple[str, ...] = ()
    """names of variables whose values nobody is to read"""
    spend: Spend = Spend()
    baselines: str = "baselines"
    """the folder of pinned baselines"""
    environments: tuple[Environment, ...] = ()
    outers: tuple[Outer, ...] = ()
    ci: Ci | None = None
    """None: nothing is said of it"""


class Action(StrEnum):
    """What the plan forecasts for a step."""

    RUN = "run"
    CACHED = "cached"
    SKIP = "skip"
    DEFER = "defer"


class Step(NamedTuple):
    """A loop in a plan, what is expected of it, and why."""

    loop: Loop
    action: Action
    reason: str
    expected: float
    """seconds: the median of its passes here, else its cycle"""
    tried: float | None = None
    """nobody knows how long it takes, so it may try: the seconds it was given in vain before"""
    given: float | None = None
    """seconds of a budget that it is given to try"""


class Plan(NamedTuple):
    """Which steps, in what order, within what budget."""

    steps: tuple[Step, ...]
    budget: float | None = None
    force: bool = False
    held: frozenset[str] = frozenset()
    """loops that are here because others come after them, and do not run for that alone"""
    strict: bool = False
    """the budget is for the first step, too: a save must not set off what takes an hour"""
    always: frozenset[str] = frozenset()
    """loops that the budget is not for"""
    purse: Purse = Purse()


class Outcome(StrEnum):
    """What came of a step."""

    PASSED = "passed"
    CACHED = "cached"
    FAILED = "failed"
    TIMED_OUT = "timed out"
    INCONCLUSIVE = "inconclusive"
    SKIPPED = "skipped"
    DEFERRED = "deferred"
    CANCELLED = "cancelled"


GREEN = frozenset({Outcome.PASSED, Outcome.CACHED})
OPEN = frozenset({Outcome.SKIPPED, Outcome.DEFERRED, Outcome.CANCELLED})
RED = frozenset({Outcome.FAILED, Outcome.TIMED_OUT})
JUDGED = frozenset(Outcome) - OPEN - {Outcome.CACHED}
"""what only comes of a step that really ran"""

WARM = "warm"
COLD = "cold"


class Result(NamedTuple):
    """What came of one step, as it is shown and kept."""

    loop: str
    outcome: Outcome
    reason: str
    """why it ended so, why it did not run, or how sure its pass is"""
    at: float
    """when it started, or was settled without; in seconds since the epoch"""
    seconds: float = 0.0
    exit_code: int | None = None
    log: str = ""
    """the file with its whole output, relative to the root"""
    out: str = ""
    """its `{out}` folder, relative to the root"""
    attempts: int = 1
    required: bool = True
    flaky: bool = False
    empty: bool = False
    """it ended well but had nothing to check"""
    fingerprint: str = ""
    """what it is a verdict on; empty where it is a verdict on nothing that can be named"""
    command: str = ""
    moved: bool = False
    """inputs changed while it ran: it says nothing of what stands there now"""
    mode: str = ""
    """`warm`, or `cold` and perhaps why; empty where the question did not arise"""
    warnings: tuple[str, ...] = ()
    gates: tuple[Judgement, ...] = ()
    """what each of its gates says"""

    @property
    def green(self) -> bool:
        return self.outcome in GREEN

    @property
    def open(self) -> bool:
        """Whether it leaves open if its loop would pass."""
        return self.outcome in OPEN and not self.empty

    @property
    def red(self) -> bool:
        return self.outcome in RED

    @property
    def halts(self) -> bool:
        """Whether a walk goes no further, where its loop has to pass."""
        return self.red or self.outcome is Outcome.INCONCLUSIVE

    @property
    def warm(self) -> bool:
        """Whether it is the verdict of a process that was kept warm."""
        return self.mode == WARM


class Verdict(StrEnum):
    """What came of a walk."""

    GREEN = "green"
    PARTLY = "partly green"
    RED = "red"
    INCONCLUSIVE = "inconclusive"
    INTERRUPTED = "interrupted"


class Run(NamedTuple):
    """A walk, as kept in history."""

    id: str
    at: float
    seconds: float
    verdict: Verdict
    command: str
    results: tuple[Result, ...]
    why: str = ""
    commit: str = ""
    branch: str = ""
    dirty: bool | None = None
    tree: str = ""
    """git's id of the commit's tree"""
    complete: bool | None = None
    """green, and about every loop that had to pass then; None: not known any more"""
