"""The grammar of `ci`, and what in it must fit the outer loops."""

from __future__ import annotations

import re

from innerloop.config.kinds import FLAG, TEXT, TEXTS, VARIABLES, Field, Kind
from innerloop.config.nodes import Items, Scalar, Table, named
from innerloop.core.ci import PYTHON, Ci, Station, Trigger
from innerloop.core.outer import Monitor, OnFail
from innerloop.core.text import nearest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from innerloop.config.reader import Read, Reader
    from innerloop.core.model import Config

_CRON = re.compile(r"[0-9*,/A-Za-z-]+( +[0-9*,/A-Za-z-]+){4}")
_BRANCH = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]*")
_SCOPE = re.compile(r"[a-z][a-z-]*")
_UNSEEN = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")
_LEVELS = ("read", "write", "none")


def _crons(field: Field) -> tuple[str, ...]:
    nodes = field.node.nodes if isinstance(field.node, Items) else (field.node,)
    return tuple(filter(None, (_cron(field._replace(node=node)) for node in nodes)))


def _cron(field: Field) -> str:
    if isinstance(field.node, Scalar) and _CRON.fullmatch(field.node.text):
        return field.node.text
    field.must_be('five fields of cron, such as "0 3 * * 1"')
    return ""


def _branch(field: Field) -> str:
    if isinstance(field.node, Scalar) and _BRANCH.fullmatch(field.node.text):
        return field.node.text
    field.must_be("the name of a branch")
    return "main"


def _permissions(field: Field) -> tuple[tuple[str, str], ...]:
    if not isinstance(field.node, Table):
        field.must_be("a mapping of scopes to read, write or none")
        return ()
    pairs = []
    for key, value in field.node.entries:
        if not _SCOPE.fullmatch(key.text):
            field.tell(key, f"'{key.text}' is no scope of a token", "such as id-token")
        elif not isinstance(value, Scalar) or value.text not in _LEVELS:
            field.tell(value, f"'{key.text}' must be read, write or none, not {named(value)}", "")
        else:
            pairs.append((key.text, value.text))
    return tuple(pairs)


CRON_SCHEMA = {"type": "string", "pattern": f"^{_CRON.pattern}$"}
CRON = Kind(_cron, "", CRON_SCHEMA)
CRONS: Kind[tuple[str, ...]] = Kind(
    _crons, (), {"anyOf": [CRON_SCHEMA, {"type": "array", "items": CRON_SCHEMA}]}
)
BRANCH = Kind(_branch, "main", {"type": "string", "pattern": f"^{_BRANCH.pattern}$"})
PERMISSIONS: Kind[tuple[tuple[str, str], ...]] = Kind(
    _permissions, (), {"type": "object", "additionalProperties": {"enum": [*_LEVELS]}}
)


def ci(read: Read) -> Ci:
    """The workflow's own settings."""
    return Ci(
        branch=read.take(
            "branch", BRANCH, "the main branch: what is behind the review runs", "main"
        ),
        python=_version(read.take("python", TEXT, "the Python that jobs set up, or none", PYTHON)),
        image=read.take("image", TEXT, "the image of GitLab's jobs; of `python` if not given", ""),
        runner=read.take("runner", TEXTS, "labels of the runner, or tags on GitLab", ()),
        setup=read.take("setup", TEXTS, "lines of shell that set a job up", ()),
        permissions=read.take("permissions", PERMISSIONS, "of the token, besides the least", ()),
        secrets=read.take("secrets", VARIABLES, "secrets that every stage is given", ()),
        cache=read.take("cache", FLAG, "false: what inner loops proved is not kept", True),
        triggers=read.each(
            "triggers", "by outer loop, when it runs", trigger, required=False, noun="trigger"
        ),
        stations=read.each(
            "stages", "by stage, where its job differs", station, required=False, noun="stage"
        ),
    )


def _version(text: str) -> str:
    return "" if text == "none" else text


def trigger(read: Read) -> Trigger:
    """When one outer loop runs."""
    return Trigger(
        outer=read.name,
        push=read.take("push", FLAG, "false: not at a push to the main branch", True),
        pull_requests=read.take("pull_requests", FLAG, "false: not at pull requests", True),
        manual=read.take("manual", FLAG, "false: nobody starts it by hand", True),
        schedule=read.take("schedule", CRONS, "cron, in UTC, on the main branch", ()),
        changed=read.take("changed", TEXTS, "paths, as the forge matches them: else no push", ()),
    )


def station(read: Read) -> Station:
    """Where one stage's job differs."""
    return Station(
        stage=read.name,
        runner=read.take("runner", TEXTS, "labels of its runner, or tags on GitLab", ()),
        setup=read.take("setup", TEXTS, "more lines of shell, behind those of every job", ()),
        permissions=read.take("permissions", PERMISSIONS, "of its token, besides the least", ()),
        secrets=read.take("secrets", VARIABLES, "more secrets that it is given", ()),
        scheduled=read.take("scheduled", CRON, "a monitor that is a check by cron, and no job", ""),
    )


def check(config: Config, keys: Reader) -> None:
    """Tell of every outer loop and stage named under `ci` that there is not."""
    found = config.ci
    _words(config, keys)
    if found is None:
        return
    outers = [one.name for one in config.outers]
    stages = {stage.name: stage for one in config.outers for stage in one.stages}
    if not outers:
        keys.desk.wrong(keys.key("ci"), "'ci' is for an outer loop, and there is none")
        return
    for trigger in found.triggers:
        _known(trigger.outer, outers, "outer loop", keys, "triggers")
    for station in found.stations:
        _known(station.stage, stages, "stage", keys, "stages")
        stage = stages.get(station.stage)
        if not station.scheduled or stage is None:
            continue
        node = keys.at("ci", "stages", station.stage, "scheduled")
        if not isinstance(stage.doing, Monitor):
            keys.desk.wrong(node, f"'{station.stage}' is no monitor", "only those are checks")
        elif stage.doing.on_fail is OnFail.ROLLBACK:
            said = f"'{station.stage}' rolls back, and a check by cron does not know to what"
            keys.desk.wrong(node, said, "give the monitor 'on_fail: stop'")
    _scripts(found, keys)


def _scripts(found: Ci, keys: Reader) -> None:
    """What a forge puts into a script is run: it comes in by a variable, or not at all."""
    nodes = [(line, keys.at("ci", "setup", line)) for line in found.setup]
    for one in found.stations:
        nodes += [(line, keys.at("ci", "stages", one.stage, "setup", line)) for line in one.setup]
    for line, node in nodes:
        if "${{" in line:
            hint = "name it under 'secrets', and read the variable"
            keys.desk.wrong(node, "'${{' in a script lets whoever fills it run anything", hint)


def _words(config: Config, keys: Reader) -> None:
    """What is put into a workflow as it is: a word in one line, which no forge fills in."""
    paths: list[tuple[str, ...]]
    paths = [("environments", one.name, "url", one.url) for one in config.environments]
    paths += [("environments", one.name, "lock", one.lock) for one in config.environments]
    if found := config.ci:
        paths += [("ci", "python", found.python), ("ci", "image", found.image)]
        paths += [("ci", "runner", one) for one in found.runner]
        for station in found.stations:
            paths += [("ci", "stages", station.stage, "runner", one) for one in station.runner]
        for trigger in found.triggers:
            paths += [("ci", "triggers", trigger.outer, "changed", one) for one in trigger.changed]
    for *path, text in paths:
        key, node = path[-1], keys.at(*path, text)
        if "${{" in text:
            hint = "write what is meant: a variable of the forge's has no value here"
            keys.desk.wrong(node, f"'${{{{' in '{key}' is filled in by the forge", hint)
        elif _UNSEEN.search(text):
            keys.desk.wrong(node, f"'{key}' must be one line of text", "take the line's end out")


def _known(name: str, known: Iterable[str], noun: str, keys: Reader, key: str) -> None:
    known = list(known)
    if name not in known:
        near = nearest(name, known)
        hint = f"did you mean '{near}'?" if near else ""
        node = keys.at("ci", key)
        entries = node.entries if isinstance(node, Table) else ()
        at = next((one for one, _ in entries if one.text == name), node)
        keys.desk.wrong(at, f"there is no {noun} '{name}'", hint)
