"""What no single field can know: names that must exist, circles, fields that need one another."""

from __future__ import annotations

import re

from innerloop.core.command import near_miss
from innerloop.core.text import nearest
from innerloop.core.verbs import VERBS
from innerloop.core.words import hiding

TYPE_CHECKING = False
if TYPE_CHECKING:
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
        _oddities(loop, reader)
    _circles(known, dict(zip(known, readers, strict=True)))


def _hooks(config: Config, keys: Reader, known: dict[str, Loop]) -> None:
    for glob in config.hook_needs:
        if ".git" in glob.text.split("/"):
            said = f"'needs' cannot name {glob.text!r}: hooks check in a repository already"
            keys.desk.wrong(keys.key("hook"), said, "take it out")
    for hook in (config.pre_commit, config.pre_push):
        for name in hook.always:
            if name not in known:
                near = nearest(name, known)
                hint = f"did you mean '{near}'?" if near else ""
                keys.desk.wrong(keys.key("hook"), f"'always' names no loop: '{name}'", hint)
            elif not known[name].auto:
                said = f"'always' names '{name}', which runs only when named (auto: false)"
                keys.desk.wrong(keys.key("hook"), said, "take the one or the other out")


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
    base, rung, _ = name.partition("@")
    if rung and base in known:
        hint = f"write '{base}'"
        reader.desk.wrong(node, f"'{name}' names a rung: rungs are not built yet", hint)
    elif name not in known:
        near = nearest(base, known)
        hint = f"did you mean '{near}'?" if near else ""
        reader.desk.wrong(node, f"there is no loop '{name}'", hint)
    return name in known


def _commands(loop: Loop, reader: Reader, known: dict[str, Loop]) -> None:
    for key, command in commands(loop):
        node = reader.value(key)
        for placeholder in command.placeholders:
            kind, _, name = placeholder.partition(".")
            if kind == "data":
                message = f"'{{{placeholder}}}' is understood but not built yet: data subsets"
                reader.desk.wrong(node, message, "name a file instead, for now")
            elif key == "probe" and placeholder != "python":
                message = f"'{{{placeholder}}}' means nothing in a probe"
                reader.desk.wrong(node, message, "probes are asked before anything runs")
            elif placeholder in HANDED and not reader.has("files"):
                hint = "add 'files', such as [\"**/*.py\"]"
                reader.desk.wrong(node, f"'{{{placeholder}}}' needs 'files'", hint)
            elif name and _exists(name, known, reader, node):
                _leaves(known[name], reader, node)


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
    stack = [(name, iter(known[name].after))] if name not in done else []
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
            stack.append((step, iter(known[step].after)))
            path.append(step)
