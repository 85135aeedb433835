"""What no single field can know: names that must exist, circles, fields that need one another."""

from __future__ import annotations

import re

from innerloop.config import gates, subsets
from innerloop.config.nodes import Table
from innerloop.core.command import near_miss
from innerloop.core.ladder import AT, base, rung
from innerloop.core.text import nearest
from innerloop.core.verbs import VERBS
from innerloop.core.words import hiding

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from innerloop.config.nodes import Node
    from innerloop.config.reader import Reader
    from innerloop.core.model import Command, Config, Glob, Loop

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
HANDED = frozenset({"changed", "files"})


def check(config: Config, readers: list[Reader], keys: Reader) -> None:
    """Tell of everything that is wrong or odd between and within loops."""
    loops = config.loops
    known = {loop.name: loop for loop in loops}
    _hooks(config, keys, known)
    folded: dict[str, str] = {}
    for loop, reader in zip(loops, readers, strict=True):
        _name(loop, keys, folded)
        _after(loop, reader, known)
        _commands(loop, reader, known)
        _money(loop, reader)
        subsets.check(loop, reader)
        gates.check(loop, reader, known)
        _oddities(loop, reader)
    _circles(known, dict(zip(known, readers, strict=True)))


def _hooks(config: Config, keys: Reader, known: dict[str, Loop]) -> None:
    for glob in config.hook_needs:
        if ".git" in glob.text.split("/"):
            said = f"'needs' cannot name {glob.text!r}: hooks check in a repository already"
            keys.desk.wrong(keys.key("hook"), said, "take it out")
    for key, hook in (("pre-commit", config.pre_commit), ("pre-push", config.pre_push)):
        for name in hook.always:
            node = keys.at("hook", key, "always", name)
            if base(name) not in known:
                near = nearest(name, known)
                hint = f"did you mean '{near}'?" if near else ""
                keys.desk.wrong(node, f"'always' names no loop: '{name}'", hint)
            elif not _exists(name, known, keys, node):
                continue
            elif not known[base(name)].auto:
                said = f"'always' names '{name}', which runs only when named (auto: false)"
                keys.desk.wrong(node, said, "take the one or the other out")
            elif known[base(name)].cost:
                said = f"'always' names '{name}', which costs: hooks spend nothing"
                keys.desk.wrong(node, said, "take it out")


def _name(loop: Loop, keys: Reader, folded: dict[str, str]) -> None:
    name, node = loop.name, keys.entry("inner", loop.name)
    if not NAME.fullmatch(name):
        wanted = "letters, digits, '_', '.' and '-', at most 64, a letter or digit first"
        keys.desk.wrong(node, f"'{name}' cannot name a loop", f"use {wanted}")
    elif name in VERBS:
        keys.desk.wrong(node, f"'{name}' is a command of loop itself", "choose another name")
    other = folded.setdefault(name.lower(), name)
    if other != name:
        hint = "choose names that differ in more than case"
        keys.desk.wrong(node, f"'{name}' and '{other}' would share their files on macOS", hint)


def _after(loop: Loop, reader: Reader, known: dict[str, Loop]) -> None:
    implied = {name[4:] for name in loop.run.placeholders if name.startswith("out.")}
    for name in loop.after:
        node = reader.value("after", name)
        if reader.has("after") and (name not in implied or node != reader.value("after")):
            _exists(name, known, reader, node)


def _exists(name: str, known: dict[str, Loop], reader: Reader, node: Node) -> bool:
    of = base(name)
    if of not in known:
        near = nearest(of, known)
        hint = f"did you mean '{near}'?" if near else ""
        reader.desk.wrong(node, f"there is no loop '{of}'", hint)
    elif AT in name and name not in {rung(of, one.amount) for one in known[of].rungs}:
        there = ", ".join(str(one.amount) for one in known[of].rungs)
        said = f"'{of}' has no rung '{name[len(of) + 1 :]}'" if there else f"'{of}' has no rungs"
        reader.desk.wrong(node, said, f"there are: {there}" if there else f"write '{of}'")
    return of in known


def _commands(loop: Loop, reader: Reader, known: dict[str, Loop]) -> None:
    for key, command in commands(loop):
        node = reader.value(key)
        for placeholder in command.placeholders:
            kind, _, name = placeholder.partition(".")
            if key == "probe" and placeholder != "python":
                message = f"'{{{placeholder}}}' means nothing in a probe"
                reader.desk.wrong(node, message, "probes are asked before anything runs")
            elif kind == "data":
                _declared(loop, name, reader, node)
            elif placeholder == "case" and (key != "debug" or not loop.results):
                hint = "it is the case that failed worst, of a loop with 'results'"
                reader.desk.wrong(node, "'{case}' is for 'debug' alone", hint)
            elif placeholder in HANDED and not reader.has("files"):
                hint = "add 'files', such as [\"**/*.py\"]"
                reader.desk.wrong(node, f"'{{{placeholder}}}' needs 'files'", hint)
            elif name and _exists(name, known, reader, node):
                _leaves(known[base(name)], reader, node)


def _declared(loop: Loop, name: str, reader: Reader, node: Node) -> None:
    data = reader.value("data") if reader.has("data") else None
    names = [key.text for key, _ in data.entries] if isinstance(data, Table) else []
    if name not in names:
        near = nearest(name, names)
        hint = (
            f"did you mean '{{data.{near}}}'?" if near else f"add data: {{{name}: {{path: ...}}}}"
        )
        reader.desk.wrong(node, f"'{{data.{name}}}' names no data of '{loop.name}'", hint)


def _money(loop: Loop, reader: Reader) -> None:
    """What is paid for runs once, and not until something else is content."""
    for key, meant in (("retries", loop.retries), ("writes", loop.writes)):
        if loop.cost and meant:
            said = f"'{key}' would run '{loop.name}' again, and it costs"
            reader.desk.wrong(reader.key(key), said, f"take '{key}' or 'cost' out")


def _leaves(upstream: Loop, reader: Reader, node: Node) -> None:
    if upstream.run.text and "out" not in upstream.run.placeholders:
        message = f"'{{out.{upstream.name}}}' is always empty: '{upstream.name}' writes no {{out}}"
        reader.desk.wrong(node, message, f"hand {{out}} to the command of '{upstream.name}'")


def commands(loop: Loop) -> list[tuple[str, Command]]:
    """Return every command of a loop, each with its key."""
    found = [("run", loop.run), *(("probe", command) for command in loop.probe)]
    others = (("fix", loop.fix), ("debug", loop.debug), ("accept", loop.accept))
    return found + [(key, command) for key, command in others if command]


def _oddities(loop: Loop, reader: Reader) -> None:
    """Warn of what is allowed and probably not meant."""
    for key, command in commands(loop):
        _odd_command(reader, key, command)
    handed = {name for _, command in commands(loop) for name in command.placeholders}
    if loop.files and HANDED.isdisjoint(handed):
        hint = "use {changed} or {files} in a command, or call them 'inputs'"
        reader.desk.warn(
            reader.key("files"), f"no command of '{loop.name}' is handed its files", hint
        )
    for one in loop.data:
        if f"data.{one.name}" not in handed:
            hint = f"use {{data.{one.name}}} in a command"
            node = reader.entry("data", one.name)
            reader.desk.warn(node, f"no command of '{loop.name}' is handed '{one.name}'", hint)
    if loop.fresh and not loop.cache:
        reader.desk.warn(reader.key("fresh"), "'fresh' says nothing beside 'cache: false'")
    for key in ("inputs", "ignore", "files", "outputs"):
        _odd_globs(reader, key, getattr(loop, key) or ())


def _odd_globs(reader: Reader, key: str, globs: tuple[Glob, ...]) -> None:
    if globs and not any(glob.include for glob in globs):
        reader.desk.warn(reader.key(key), f"'{key}' only leaves out, so it matches nothing")
    for glob in globs:
        if re.search(r"\{[^{}]*,[^{}]*\}", glob.text):
            hint = "write a pattern for each"
            reader.desk.warn(reader.value(key, glob.text), "gitignore knows no {a,b}", hint)


def _odd_command(reader: Reader, key: str, command: Command) -> None:
    node = reader.value(key)
    for found, meant in near_miss(command.text):
        message = f"'{found}' is no placeholder and stays as it is"
        reader.desk.warn(node, message, f"did you mean {meant}?")
    if command.shell and "\n" in command.text and not command.text.startswith("set -"):
        hint = "begin with 'set -e'"
        reader.desk.warn(node, f"'{key}' has several lines, and only the last decides", hint)
    elif key == "run" and command.shell:
        _hidden(reader, node, command)


def _hidden(reader: Reader, node: Node, command: Command) -> None:
    if "pipefail" in command.text or command.text.startswith("set -e"):
        return
    sign = hiding(command.text)
    if sign == "|":
        hint = "write to a file, or run it by bash with 'set -o pipefail'"
        reader.desk.warn(node, "only what stands behind the last '|' decides", hint)
    elif sign:
        hint = "use '&&'" if sign == ";" else "say 'wait' for it, and look at what it says"
        reader.desk.warn(node, f"what stands before the '{sign}' may fail unseen", hint)


def _circles(known: dict[str, Loop], readers: dict[str, Reader]) -> None:
    """Tell of each circle once, at the loop that closes it."""
    done: set[str] = set()
    for name in known:
        path: list[str] = []
        _follow(name, path, known, readers, done)


def _follow(
    name: str, path: list[str], known: dict[str, Loop], readers: dict[str, Reader], done: set[str]
) -> None:
    stack = [(name, _before(known[name], known))] if name not in done else []
    path[:] = [name]
    while stack:
        here, rest = stack[-1]
        step = next((n for n in rest if n in known and n not in done), None)
        if step is None:
            done.add(here)
            stack.pop()
            path.pop()
        elif step in path:
            circle = " -> ".join([*path[path.index(step) :], step])
            reader = readers[here]
            node = reader.value("after", step) if reader.has("after") else reader.value("run")
            reader.desk.wrong(node, f"loops wait for each other: {circle}")
        else:
            stack.append((step, _before(known[step], known)))
            path.append(step)


def _before(loop: Loop, known: dict[str, Loop]) -> Iterator[str]:
    """What a loop comes after, ladders by their own names."""
    for name in loop.after:
        of = base(name)
        yield of if of in known and known[of].rungs else name
