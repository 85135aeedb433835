"""The grammar of loops.local.yaml: what one person, on one machine, may say differently."""

from __future__ import annotations

from typing import NamedTuple

from innerloop.config.kinds import BUDGET, DURATION, TEXT
from innerloop.config.subsets import default_timeout
from innerloop.core.ladder import base, rung
from innerloop.core.text import nearest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from innerloop.config.reader import Read, Reader
    from innerloop.core.ladder import Rung
    from innerloop.core.model import Config, Loop

ONLY = "only 'walk', 'watch', 'hook', 'python' and a loop's 'cycle' may be said differently here"


class Unsaid(NamedTuple):
    """Nothing was said, which is not the same as `none`."""


UNSAID = Unsaid()


class Local(NamedTuple):
    """What loops.local.yaml says."""

    budget: float | Unsaid | None = UNSAID
    python: str = ""
    cycles: tuple[tuple[str, float | None], ...] = ()
    watch_budget: float | Unsaid | None = UNSAID
    commit_budget: float | Unsaid | None = UNSAID
    push_budget: float | Unsaid | None = UNSAID


def local(read: Read) -> Local:
    """The whole of loops.local.yaml."""
    read.take("version", TEXT, "the version of this file's language", "")
    budget = read.inside("walk", "how `loop inner` walks", _walk)
    python = read.take("python", TEXT, "the interpreter to use", "")
    cycles = read.each("inner", "the cycles of loops on this machine", _cycle, required=False)
    watched = read.inside("watch", "how `loop watch` walks", _walk)
    hooks = read.inside("hook", "what the git hooks may take", _hook) or (UNSAID, UNSAID)
    watch = watched[0] if watched else UNSAID
    return Local(budget[0] if budget else UNSAID, python, cycles, watch, *hooks)


def _hook(read: Read) -> tuple[float | Unsaid | None, float | Unsaid | None]:
    commit = read.inside("pre-commit", "what is checked before a commit", _walk)
    push = read.inside("pre-push", "what is checked before a push", _walk)
    return commit[0] if commit else UNSAID, push[0] if push else UNSAID


def _walk(read: Read) -> tuple[float | Unsaid | None]:
    return (read.take("budget", BUDGET, "how long a walk may take, or none", UNSAID),)


def _cycle(read: Read) -> tuple[str, float | None]:
    read.later("engine", "running elsewhere")
    return read.name, read.take("cycle", DURATION, "how long one cycle takes here", None)


def override(config: Config, said: Local, main: Reader, own: Reader) -> Config:
    """Return the configuration with what was said differently; tell of names not there."""
    cycles = {name: cycle for name, cycle in said.cycles if cycle}
    _known(config, said, own)
    loops = []
    for loop, reader in zip(config.loops, main.children, strict=True):
        if loop.name in cycles:
            cycle = cycles[loop.name]
            timeout = loop.timeout if reader.has("timeout") else default_timeout(cycle)
            loops.append(loop._replace(cycle=cycle, guessed=False, timeout=timeout))
        else:
            loops.append(loop._replace(rungs=tuple(_rungs(loop, cycles))))
    commit, push = config.pre_commit, config.pre_push
    return config._replace(
        loops=tuple(loops),
        budget=_said(said.budget, config.budget),
        watch_budget=_said(said.watch_budget, config.watch_budget),
        python=said.python or config.python,
        pre_commit=commit._replace(budget=_said(said.commit_budget, commit.budget)),
        pre_push=push._replace(budget=_said(said.push_budget, push.budget)),
    )


def _known(config: Config, said: Local, own: Reader) -> None:
    """Tell of names that are not there, and of ladders, which have no cycle of their own."""
    plain = [loop.name for loop in config.loops if not loop.rungs]
    rungs = [rung(loop.name, one.amount) for loop in config.loops for one in loop.rungs]
    for name, _ in said.cycles:
        if name not in plain and name not in rungs:
            mine = [one for one in rungs if base(one) == base(name)]
            near = nearest(name, [*plain, *rungs])
            hint = f"did you mean '{near}'?" if near else ""
            message = f"there is no loop '{name}'"
            if name in map(base, mine):
                message, hint = f"'{name}' has a cycle for each rung", f"write '{mine[0]}'"
            own.desk.wrong(own.entry("inner", name), message, hint)


def _rungs(loop: Loop, cycles: Mapping[str, float]) -> Iterator[Rung]:
    for one in loop.rungs:
        yield one._replace(cycle=cycles.get(rung(loop.name, one.amount), one.cycle))


def _said(budget: float | Unsaid | None, else_: float | None) -> float | None:
    return else_ if isinstance(budget, Unsaid) else budget
