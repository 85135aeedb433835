"""The grammar of environments and outer loops: one function per noun, as in the schema."""

from __future__ import annotations

from typing import NamedTuple

from innerloop.config.kinds import (
    COMMAND,
    DURATION,
    ENVIRONMENT,
    FLAG,
    INSIDE,
    TEXT,
    TEXTS,
    VARIABLES,
    globs,
    whole,
)
from innerloop.config.stage_kinds import BOUND, CODES, FACTOR, NAMES, PATIENCE, choice
from innerloop.core.model import Command
from innerloop.core.outer import (
    EXECUTION,
    RESPONSE,
    Approve,
    Deploy,
    Doing,
    Doubt,
    Environment,
    Interrupted,
    Loops,
    Monitor,
    OnFail,
    Only,
    Outer,
    Retry,
    Review,
    Stage,
    When,
    Work,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from innerloop.config.reader import Read

MOST = 1000
SLACK = 1.1
"""a monitor may take a tenth longer than its window"""
_NOTHING = Command("", (), (), ())


class Draft(NamedTuple):
    """A stage, and what it said of the stages before it; None: nothing."""

    stage: Stage
    needs: tuple[str, ...] | None


def environments(read: Read) -> tuple[Environment, ...]:
    """Where the outer loops deploy to."""
    return read.each(
        "environments",
        "where outer loops deploy to",
        environment,
        required=False,
        noun="environment",
    )


def environment(read: Read) -> Environment:
    """One environment."""
    return Environment(
        name=read.name,
        url=read.take("url", TEXT, "its address: LOOP_ENVIRONMENT_URL", ""),
        protected=read.take("protected", FLAG, "true: an approval comes before a deploy", False),
        lock=read.take("lock", TEXT, "what is held during a deploy", f"env:{read.name}"),
        dirty=read.take("dirty", FLAG, "true: uncommitted changes may be deployed", False),
        allow_unverified=read.take(
            "allow_unverified", FLAG, "true: an approval no forge vouches for is enough", False
        ),
    )


def outers(read: Read) -> tuple[Outer, ...]:
    """The outer loops, each with its stages."""
    return read.each(
        "outer", "the outer loops, each with its stages", outer, required=False, noun="outer loop"
    )


def outer(read: Read) -> Outer:
    """One outer loop: without `needs`, each stage comes behind the one above it."""
    drafts = read.all("its stages, each under its name", stage, noun="stage")
    stages: list[Stage] = []
    for draft in drafts:
        above = (stages[-1].name,) if stages else ()
        needs = above if draft.needs is None else draft.needs
        stages.append(draft.stage._replace(needs=needs))
    return Outer(read.name, ordered(stages))


def ordered(stages: list[Stage]) -> tuple[Stage, ...]:
    """Each behind what it needs, else as they were written; circles as they are."""
    done: dict[str, Stage] = {}
    known = {stage.name for stage in stages}
    waiting = list(stages)
    while waiting:
        ready = (one for one in waiting if all(n in done or n not in known for n in one.needs))
        here = next(ready, waiting[0])
        waiting.remove(here)
        done[here.name] = here
    return tuple(done.values())


def stage(read: Read) -> Draft:
    """One stage: of which kind, its key says."""
    doing = _doing(read)
    needs = read.take("needs", NAMES, "stages before it; the one above if not given", None)
    cwd = read.take("cwd", INSIDE, "the folder its commands run in, from the root", "")
    found = Stage(
        name=read.name,
        doing=doing,
        when=read.take("when", choice(When), "after what it runs", When.SUCCESS),
        only=read.inside("only", "where it runs at all", only) or Only(),
        timeout=read.take("timeout", DURATION, "how long it may take", _timeout(doing)),
        retry=read.inside("retry", "how often a failure is tried again", retry) or Retry(),
        if_interrupted=read.take(
            "if_interrupted", choice(Interrupted), "when nobody knows how it ended", _lost(doing)
        ),
        inputs=read.take("inputs", globs(cwd), "globs of files whose content is noted", ()),
        outputs=read.take("outputs", TEXTS, "files and folders kept for later stages", ()),
        env=read.take("env", ENVIRONMENT, "variables its commands are given", ()),
        cwd=cwd,
        secrets=read.take("secrets", VARIABLES, "variables whose values are masked", ()),
        benchmark=read.take(
            "benchmark", globs(cwd), "globs of what is measured on: it only grows", ()
        ),
        distinct_from=read.take(
            "distinct_from", TEXTS, "loops whose data has no row of the benchmark", ()
        ),
        back_to=read.take("back_to", TEXT, "the loop or earlier stage a finding goes to", ""),
    )
    return Draft(found, needs)


def _doing(read: Read) -> Doing:
    """The kind, with its own keys. Whether there is just one of them, the rules say."""
    loops = read.take("loops", NAMES, "inner loops that must be green, or all", None)
    run = read.take("run", COMMAND, "a command to run", None)
    deploy = _deploy(read)
    approve = _approve(read)
    review = _review(read)
    monitor = _monitor(read, deploy.environment)
    if loops is not None:
        return Loops(() if loops == ("all",) else loops)
    if deploy.run.text:
        return deploy
    for found in (approve, review, monitor):
        if found is not None:
            return found
    return Work(run or _NOTHING)


def _deploy(read: Read) -> Deploy:
    run = read.take("deploy", COMMAND, "a command that deploys LOOP_VERSION", _NOTHING)
    where = read.take("environment", TEXT, "the environment it is about", "")
    verify = read.take("verify", COMMAND, "exit 0: it is live there; 3: it is not", None)
    rollback = read.take("rollback", COMMAND, "brings LOOP_PREVIOUS_VERSION back", None)
    default = OnFail.ROLLBACK if rollback else OnFail.STOP
    return Deploy(
        run=run,
        environment=where,
        verify=verify,
        rollback=rollback,
        on_fail=read.take("on_fail", choice(OnFail), "what a failure leads to", default),
        idempotent=read.take("idempotent", FLAG, "true: twice is as good as once", False),
        lock_wait=read.take("lock_wait", PATIENCE, "how long to wait for the environment", 0.0),
    )


def _approve(read: Read) -> Approve | None:
    question = read.take("approve", TEXT, "a question to people", None)
    by = read.take("by", TEXTS, "who may answer", ())
    count = read.take("count", whole(1, 20), "how many must say yes", 1)
    other = read.take("not_author", FLAG, "true: the commit's author may not", False)
    return Approve(question, by, count, other) if question is not None else None


def _review(read: Read) -> Review | None:
    of = read.take("review", TEXT, "what the forge must have reviewed: pull_request", None)
    approvals = read.take("approvals", whole(1, 20), "how many reviews approve", 1)
    return Review(of, approvals) if of is not None else None


def _monitor(read: Read, where: str) -> Monitor | None:
    blank = Monitor(_NOTHING)
    run = read.take("monitor", COMMAND, "a check, run again and again: 0 good, 1 bad", None)
    number = whole(0, MOST)
    found = Monitor(
        run=run or _NOTHING,
        every=read.take("every", DURATION, "seconds from one check to the next", blank.every),
        lasts=read.take("for", DURATION, "the window, from the deploy on", blank.lasts),
        warmup=read.take("warmup", DURATION, "at its beginning nothing counts", 0.0),
        max_failures=read.take("max_failures", number, "bad samples that are borne", 0),
        max_consecutive_errors=read.take(
            "max_consecutive_errors", number, "samples in a row that may say nothing", 4
        ),
        min_samples=read.take(
            "min_samples", whole(1, MOST), "fewer say nothing; else half missing", 0
        ),
        on_fail=read.take("on_fail", choice(OnFail), "what a failure leads to", OnFail.STOP),
        on_inconclusive=read.take(
            "on_inconclusive", choice(Doubt), "when nobody can tell", Doubt.ASK
        ),
        success=read.take("success", BOUND, "what the value must be, as `>= 0.99`", ""),
        failure=read.take("failure", BOUND, "what it must not be, as `< 0.95`", ""),
        environment=where,
    )
    return found if run is not None else None


def only(read: Read) -> Only:
    """Where a stage runs at all."""
    return Only(
        branch=read.take("branch", TEXTS, "patterns of branches", ()),
        ci=read.take("ci", FLAG, "true: in CI alone; false: never there", None),
        changed=read.take("changed", globs(""), "globs: something of these changed", ()),
    )


def retry(read: Read) -> Retry:
    """How often a command that failed is tried again."""
    blank = Retry()
    return Retry(
        most=read.take("max", whole(0, 20), "how often", 0),
        on_exit=read.take("on_exit", CODES, "exit codes worth it; any if not given", ()),
        delay=read.take("delay", DURATION, "before the first try again", blank.delay),
        factor=read.take("factor", FACTOR, "how many times longer each next wait is", 2.0),
    )


def _timeout(doing: Doing) -> float:
    if isinstance(doing, Approve | Review):
        return RESPONSE
    if isinstance(doing, Monitor):
        return (doing.lasts + doing.warmup) * SLACK
    return EXECUTION


def _lost(doing: Doing) -> Interrupted:
    if not isinstance(doing, Deploy):
        return Interrupted.RERUN
    if doing.idempotent:
        return Interrupted.RERUN
    return Interrupted.VERIFY if doing.verify else Interrupted.ASK
