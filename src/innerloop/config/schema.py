"""The grammar of loops.yaml: one function per noun, asked of a file or of whoever describes it."""

from __future__ import annotations

from typing import NamedTuple

from innerloop.config.ci import ci
from innerloop.config.gates import numbered
from innerloop.config.globs import compile_globs
from innerloop.config.kinds import (
    AMOUNT,
    BUDGET,
    COMMAND,
    COMMANDS,
    CYCLE,
    DURATION,
    ENVIRONMENT,
    FLAG,
    INSIDE,
    MODULES,
    TEXT,
    TEXTS,
    VARIABLES,
    WARMTH,
    globs,
    whole,
)
from innerloop.config.stages import environments, outers
from innerloop.config.subsets import data, default_timeout, rung
from innerloop.core.ladder import base
from innerloop.core.model import PRE_COMMIT, PRE_PUSH, Config, Hook, Loop
from innerloop.core.money import Spend

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from innerloop.config.reader import Read
    from innerloop.core.model import Command, Glob

TOOLS = (  # noqa: SIM905 - reads as words
    "pyproject.toml setup.cfg setup.py tox.ini pytest.ini mypy.ini .mypy.ini ruff.toml .ruff.toml "
    ".flake8 .pylintrc pyrightconfig.json conftest.py"
).split()
"""the usual tool configurations: what a command that is handed files depends on besides"""
WATCH_BUDGET = 60.0


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of loops.yaml, made by the very functions that read it."""
    from innerloop.config.describe import Describer  # noqa: PLC0415 - only for editors

    top = Describer()
    config(top)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "loops.yaml",
        **top.schema(),
        "patternProperties": {"^x-": {"description": "anything, to hold anchors"}},
    }


def config(read: Read) -> Config:
    """The whole of loops.yaml."""
    read.need("version", whole(1, 1), "the version of this file's language")
    loops = read.each("inner", "the loops, each under its name", loop)
    env = read.take("env", ENVIRONMENT, "variables that every loop is given", ())
    env_file = read.take("env_file", INSIDE, "a file of NAME=value lines for every loop", "")
    python = read.take(
        "python", TEXT, "the interpreter, or the folder of the environment, to use", ""
    )
    budget = read.inside("walk", "how `loop inner` walks", walk)
    watched = read.inside("watch", "how `loop watch` walks", watch)
    hooks = read.inside("hook", "what the git hooks may take", hook) or Hooks()
    secrets = read.take("secrets", VARIABLES, "variables whose values are masked", ())
    spent = read.inside("spend", "what loops that cost may cost together", spend) or Spend()
    baselines = read.take("baselines", INSIDE, "the folder of pinned baselines", "baselines")
    places = environments(read)
    outer = outers(read)
    forge = read.inside("ci", "the workflow for CI, as `loop ci` writes it", ci)
    for key, doc in LATER_ON_TOP:
        read.later(key, doc)
    watch_budget = WATCH_BUDGET if watched is None else watched.budget
    found = Config(loops, env, env_file, python, budget, watch_budget, *hooks, secrets, spent)
    named = baselines or "baselines"
    return found._replace(baselines=named, environments=places, outers=outer, ci=forge)


def walk(read: Read) -> float | None:
    """The walk's own settings: its budget."""
    return read.take("budget", BUDGET, "how long a walk may take, or none", None)


def spend(read: Read) -> Spend:
    """What may be spent."""
    return Spend(
        read.take("walk", AMOUNT, "at most, in one walk", None),
        read.take("day", AMOUNT, "at most, in one day", None),
        read.take("unit", TEXT, "what amounts are amounts of, such as USD", ""),
    )


class Hooks(NamedTuple):
    """The settings of both hooks, and what they share."""

    pre_commit: Hook = PRE_COMMIT
    pre_push: Hook = PRE_PUSH
    needs: tuple[Glob, ...] = ()


def hook(read: Read) -> Hooks:
    """The git hooks' own settings."""
    commit = read.inside("pre-commit", "what is checked before a commit", one_hook(PRE_COMMIT))
    push = read.inside("pre-push", "what is checked before a push", one_hook(PRE_PUSH))
    return Hooks(
        commit or PRE_COMMIT,
        push or PRE_PUSH,
        read.take("needs", globs(""), "files that git does not have and the loops need", ()),
    )


def one_hook(blank: Hook) -> Callable[[Read], Hook]:
    """The grammar of one git hook's settings."""

    def grammar(read: Read) -> Hook:
        return Hook(
            read.take("budget", BUDGET, "how long its walk may take, or none", blank.budget),
            read.take("always", TEXTS, "loops that run whatever the budget", ()),
        )

    return grammar


class Watching(NamedTuple):
    """The watch's own settings."""

    budget: float | None


def watch(read: Read) -> Watching:
    """The watch's own settings: its budget."""
    return Watching(
        read.take("budget", BUDGET, "how long a walk of it may take, or none", WATCH_BUDGET)
    )


def loop(read: Read) -> Loop:
    """One loop."""
    run = read.need("run", COMMAND, "the command: a text, or a list of arguments")
    cycle, guessed = read.need("cycle", CYCLE, "how long one takes; ~10s: a guess", "rungs")
    cwd = read.take("cwd", INSIDE, "the folder it runs in, from the root", "")
    patterns = globs(cwd)
    inputs = read.take("inputs", patterns, "globs of what the verdict depends on", None)
    ignore = read.take("ignore", patterns, "globs of what it does not depend on", ())
    files = read.take("files", patterns, "globs of the files for {changed} and {files}", ())
    found = Loop(
        name=read.name,
        run=run,
        cycle=cycle,
        cwd=cwd,
        inputs=_inputs(inputs, files),
        default_inputs=inputs is None,
        ignore=ignore,
        files=files,
        outputs=read.take("outputs", patterns, "globs of the files it writes", ()),
        env=read.take("env", ENVIRONMENT, "variables it is given", ()),
        env_inputs=read.take("env_inputs", VARIABLES, "inherited variables that matter to it", ()),
        probe=read.take("probe", COMMANDS, "commands whose output its verdict depends on", ()),
        after=read.take("after", TEXTS, "loops that must have passed first", ()),
        mutex=read.take("mutex", TEXT, "never at the same time as another of this mutex", ""),
        auto=read.take("auto", FLAG, "false: runs only when it is named", True),
        fresh=read.take("fresh", DURATION, "how long a pass counts; for ever if not given", None),
        guessed=guessed,
        timeout=read.take(
            "timeout", DURATION, "when it is ended", default_timeout(cycle, guessed=guessed)
        ),
        retries=read.take("retries", whole(0, 10), "how often a failure is tried again", 0),
        required=read.take("required", FLAG, "false: a failure is shown, the walk goes on", True),
        cache=read.take("cache", FLAG, "false: always run", True),
        writes=read.take("writes", FLAG, "true: it changes its own inputs, as formatters", False),
        fix=read.take("fix", COMMAND, "the command for `loop fix`", None),
        debug=read.take("debug", COMMAND, "the command for `loop debug`", None),
        accept=read.take("accept", COMMAND, "the command for `loop accept`", None),
        warm=read.take(
            "warm", WARMTH, "auto: `loop watch` may keep a process warm for it; off: never", True
        ),
        preload=read.take("preload", MODULES, "what a warm process imports; else learned", None),
        data=read.each("data", "data subsets", data(cwd), required=False, noun="data"),
        rungs=read.items("rungs", "a ladder of amounts of data", rung),
        cost=read.take("cost", AMOUNT, "what one run of it costs", 0.0),
    )
    found = numbered(read, found)
    for key, doc in LATER_IN_A_LOOP:
        read.later(key, doc)
    return found._replace(after=_after(found.after, found.run))


def _inputs(written: tuple[Glob, ...] | None, files: tuple[Glob, ...]) -> tuple[Glob, ...] | None:
    if written is not None or not files:
        return written
    # From the root and not from `cwd`: tools look upwards for their configuration.
    return compile_globs(TOOLS, "")


def _after(written: tuple[str, ...], run: Command) -> tuple[str, ...]:
    implied = [name[4:] for name in run.placeholders if name.startswith("out.")]
    # Where a rung is named, the ladder is waited for up to there.
    bases = {base(name) for name in written}
    return tuple(dict.fromkeys((*written, *(name for name in implied if name not in bases))))


LATER_IN_A_LOOP = (("engine", "running elsewhere"),)
LATER_ON_TOP = (
    ("engines", "running loops elsewhere"),
    ("export", "sending results on"),
    ("ledger", "a shared ledger"),
    ("order", "another order of the walk"),
)
