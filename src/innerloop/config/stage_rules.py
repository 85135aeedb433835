"""What no single field of a stage can know: kinds, names that must exist, circles, protection."""

from __future__ import annotations

from typing import NamedTuple

from innerloop.config.rules import NAME
from innerloop.core.monitor import rivals, turns
from innerloop.core.outer import Approve, Deploy, Doing, Loops, Monitor, OnFail, Review, When, Work
from innerloop.core.outputs import clash
from innerloop.core.plan import fed_by
from innerloop.core.stages import askers, deployed, upstream
from innerloop.core.text import nearest
from innerloop.core.verbs import VERBS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from innerloop.config.reader import Reader
    from innerloop.core.model import Command, Config
    from innerloop.core.outer import Outer, Stage

KINDS = ("loops", "run", "deploy", "approve", "review", "monitor")
_DEPLOY = {"environment", "verify", "rollback", "on_fail", "idempotent", "lock_wait"}
_WATCH = {"environment", "every", "for", "warmup", "max_failures", "max_consecutive_errors"}
_WATCH |= {"min_samples", "on_fail", "on_inconclusive", "success", "failure"}
_BENCH = {"benchmark", "distinct_from"}
OWN: dict[type, set[str]] = {
    Loops: {"retry"} | _BENCH,
    Work: {"retry", "if_interrupted"} | _BENCH,
    Deploy: _DEPLOY | {"retry", "if_interrupted"},
    Approve: {"by", "count", "not_author"},
    Review: {"approvals"},
    Monitor: _WATCH,
}
"""the keys of each kind that not all of them have"""
SPECIAL = set().union(*OWN.values())
COMMANDS = {"cwd", "env", "outputs", "inputs", "secrets"}
"""keys that only those with a command have"""


class Ground(NamedTuple):
    """What a stage is looked at with."""

    config: Config
    outer: Outer
    reader: Reader
    stage: Stage

    @property
    def stages(self) -> list[str]:
        return [one.name for one in self.outer.stages]

    def wrong(self, key: str, message: str, hint: str = "", *, item: str = "") -> None:
        node = self.reader.value(key, item) if item else self.reader.key(key)
        self.reader.desk.wrong(node, message, hint)


def check(config: Config, keys: Reader) -> None:
    """Tell of everything that is wrong with environments and outer loops."""
    for environment in config.environments:
        if not NAME.fullmatch(environment.name):
            node = keys.entry("environments", environment.name)
            keys.desk.wrong(node, f"'{environment.name}' cannot name an environment", _WANTED)
    readers = keys.below.get("outer", [])
    for outer, reader in zip(config.outers, readers, strict=True):
        _named(outer.name, keys)
        if not outer.stages:
            keys.desk.wrong(keys.entry("outer", outer.name), f"'{outer.name}' has no stage")
        stages = {stage.name: stage for stage in outer.stages}
        for own in reader.below.get("", []):
            if own.name in stages:
                _stage(Ground(config, outer, own, stages[own.name]))
        _circle(outer, {own.name: own for own in reader.below.get("", [])})


def _named(name: str, keys: Reader) -> None:
    node = keys.entry("outer", name)
    if not NAME.fullmatch(name):
        keys.desk.wrong(node, f"'{name}' cannot name an outer loop", _WANTED)
    elif name in VERBS:
        keys.desk.wrong(node, f"'{name}' is a command of loop itself", "choose another name")


def _stage(at: Ground) -> None:
    stage, reader = at.stage, at.reader
    kinds = [kind for kind in KINDS if reader.has(kind)]
    if not NAME.fullmatch(stage.name):
        reader.desk.wrong(reader.key(""), f"'{stage.name}' cannot name a stage", _WANTED)
    if len(kinds) != 1:
        said = f"stage '{stage.name}' is of {len(kinds)} kinds" if kinds else "no kind is given"
        at.wrong(kinds[1] if kinds else "", said, f"give one of {', '.join(KINDS)}")
        return
    for key in sorted(SPECIAL | COMMANDS):
        if reader.has(key) and not _fits(key, stage.doing):
            at.wrong(key, f"'{key}' means nothing in a stage of kind '{kinds[0]}'", "take it out")
    _names(at)
    _commands(at)
    _distinct(at)
    _asked(at)
    match stage.doing:
        case Deploy() as deploy:
            _deploy(at, deploy)
        case Monitor() as monitor:
            _monitor(at, monitor)
        case Loops(names=names):
            _loops(at, names)
            if reader.has("timeout"):
                at.wrong("timeout", "'timeout' means nothing here: each loop has its own")
        case Review(of=of) if of != "pull_request":
            at.wrong("review", f"'{of}' cannot be reviewed", "write pull_request")


def _asked(at: Ground) -> None:
    doing = at.stage.doing
    if not isinstance(doing, Approve) or not at.reader.has("by"):
        return
    many = len(set(doing.by))
    if many < doing.needed:
        said = f"{many or 'nobody'} may answer, and {doing.needed} must say yes"
        at.wrong("by", said, "name more, or lower 'count'")


def _fits(key: str, doing: Doing) -> bool:
    if key in COMMANDS:
        return not isinstance(doing, Approve | Review | Loops)
    return key in OWN[type(doing)]


def _names(at: Ground) -> None:
    """Stages before it, and where its findings go, must exist."""
    for name in at.stage.needs if at.reader.has("needs") else ():
        if name not in at.stages or name == at.stage.name:
            at.wrong("needs", f"there is no stage '{name}' before it", _near(name, at), item=name)
    back = at.stage.back_to
    loops = {loop.name for loop in at.config.loops}
    if not back or back in loops:
        return
    if back not in at.stages:
        near = nearest(back, [*loops, *at.stages])
        hint = f"did you mean '{near}'?" if near else ""
        at.wrong("back_to", f"there is no loop and no stage '{back}'", hint)
    elif back not in upstream(at.outer, at.stage.name):
        at.wrong("back_to", f"stage '{back}' does not come before it", "name an earlier one")


def _near(name: str, at: Ground) -> str:
    near = nearest(name, [one for one in at.stages if one != at.stage.name])
    return f"did you mean '{near}'?" if near else ""


def _loops(at: Ground, names: Iterable[str]) -> None:
    known = [loop.name for loop in at.config.loops]
    for name in names:
        if name not in known:
            near = nearest(name, known)
            hint = f"did you mean '{near}'?" if near else ""
            at.wrong("loops", f"there is no loop '{name}'", hint, item=name)


def _distinct(at: Ground) -> None:
    """What it is to be distinct from must be loops, and they must have data."""
    loops = {loop.name: loop for loop in at.config.loops}
    if at.stage.distinct_from and not at.stage.benchmark:
        at.wrong("distinct_from", "there is nothing that is distinct", "give it a 'benchmark'")
    for name in at.stage.distinct_from:
        if name not in loops:
            near = nearest(name, loops)
            hint = f"did you mean '{near}'?" if near else ""
            at.wrong("distinct_from", f"there is no loop '{name}'", hint, item=name)
        elif not any(loop.data for loop in fed_by(loops, name)):
            hint = "name one that has 'data', or comes after one"
            at.wrong("distinct_from", f"loop '{name}' has no data", hint, item=name)


def _commands(at: Ground) -> None:
    for key in ("run", "deploy", "verify", "rollback", "monitor"):
        for name in _placeholders(getattr(at.stage.doing, _FIELDS.get(key, key), None), key, at):
            message = f"'{{{name}}}' means nothing in a stage"
            at.wrong(key, message, "stages are told by variables: LOOP_VERSION and others")
    for path in at.stage.outputs:
        if path.startswith(("/", "~")) or ".." in path.split("/"):
            at.wrong("outputs", f"'{path}' leaves the project's folder", item=path)
    path, other = clash(at.outer, at.stage)
    if path:
        said = f"'{path}' is where '{other}' leaves something, too"
        at.wrong("outputs", said, "let one come behind the other: 'needs'", item=path)


_FIELDS = {"deploy": "run", "monitor": "run"}


def _placeholders(command: Command | None, key: str, at: Ground) -> tuple[str, ...]:
    if command is None or not at.reader.has(key):
        return ()
    return tuple(name for name in command.placeholders if name != "python")


def _deploy(at: Ground, deploy: Deploy) -> None:
    if not deploy.environment:
        at.wrong("deploy", "a deploy needs an environment", "add 'environment'")
    else:
        _environment(at, deploy.environment)
    if deploy.on_fail is OnFail.ROLLBACK and deploy.rollback is None:
        at.wrong("on_fail", "there is no rollback to do", "give a 'rollback', or on_fail: stop")
    if deploy.rollback and deploy.verify is None:
        hint = "verify exits 0 where LOOP_VERSION is live, and 3 where it is not"
        at.wrong("rollback", "a rollback needs 'verify', to know what is live", hint)
    if at.stage.retry.most and not (deploy.verify or deploy.idempotent):
        at.wrong("retry", "a deploy is tried again only with 'verify' or 'idempotent: true'")
    if at.stage.if_interrupted == "verify" and deploy.verify is None:
        at.wrong("if_interrupted", "there is no 'verify' to ask")
    if at.stage.if_interrupted == "rerun" and not deploy.idempotent:
        at.wrong("if_interrupted", "a deploy is rerun only where it is 'idempotent: true'")


def _environment(at: Ground, name: str) -> None:
    known = {one.name: one for one in at.config.environments}
    if name not in known:
        near = nearest(name, known)
        hint = f"did you mean '{near}'?" if near else "name it under 'environments'"
        at.wrong("environment", f"there is no environment '{name}'", hint, item=name)
        return
    if not isinstance(at.stage.doing, Deploy):
        return
    asking = askers(at.outer, at.stage)
    if asking and at.stage.when is not When.SUCCESS:
        said = f"'{asking[0].name}' comes before it, and who says no there would let it deploy"
        at.wrong("when", said, "take 'when' out; what takes a deploy back is its 'rollback'")
    # Who is asked only after a failure says nothing of what goes well.
    if known[name].protected and not any(one.when is When.SUCCESS for one in asking):
        hint = "put an 'approve' or a 'review' before it"
        at.wrong("deploy", f"'{name}' is protected, and nobody approves this deploy", hint)


def _monitor(at: Ground, monitor: Monitor) -> None:
    if monitor.environment:
        _environment(at, monitor.environment)
    if at.stage.timeout < monitor.lasts + monitor.warmup:
        at.wrong("timeout", "it is shorter than the window it is for")
    if monitor.every > monitor.lasts:
        key = "every" if at.reader.has("every") else "for"
        at.wrong(key, "'every' is longer than 'for'", "the window has to have room for a check")
    elif monitor.min_samples > (most := turns(monitor)):
        said = f"there {'are' if most > 1 else 'is'} but {most} in its window"
        at.wrong("min_samples", said, "lower it, or make 'for' longer")
    target = deployed(at.outer, at.stage)
    if monitor.on_fail is not OnFail.ROLLBACK:
        return
    places = rivals(at.outer, at.stage)
    if len(places) > 1:
        said = f"which of {' and '.join(places)} is taken back?"
        at.wrong("on_fail", said, "give it an 'environment'")
        return
    doing = target.doing if target else None
    if not isinstance(doing, Deploy) or doing.rollback is None:
        at.wrong("on_fail", "no deploy before it has a 'rollback'", "give it one, or 'stop'")


def _circle(outer: Outer, readers: dict[str, Reader]) -> None:
    """Tell of one circle, at the stage that closes it."""
    stages = {stage.name: stage for stage in outer.stages}
    free: set[str] = set()
    while True:
        more = {
            one.name
            for one in outer.stages
            if one.name not in free and all(n in free or n not in stages for n in one.needs)
        }
        if not more:
            break
        free |= more
    bound = [one for one in outer.stages if one.name not in free]
    if not bound:
        return
    path = [bound[0].name]
    while path[-1] not in path[:-1]:
        path.append(next(n for n in stages[path[-1]].needs if n in stages and n not in free))
    circle = path[path.index(path[-1]) :]
    reader = readers[circle[-2]]
    said = f"stages wait for each other: {' -> '.join(circle)}"
    reader.desk.wrong(reader.value("needs", circle[-1]), said)


_WANTED = "use letters, digits, '_', '.' and '-', at most 64, a letter or digit first"
