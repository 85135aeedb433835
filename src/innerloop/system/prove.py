"""From a loop to its proof: everything its verdict depends on, as it stands now."""

from __future__ import annotations

import os
from typing import NamedTuple

from innerloop.core.command import scripts
from innerloop.core.digest import blake
from innerloop.core.fingerprint import (
    BY_STAT,
    NO_DATA,
    Ingredients,
    Proof,
    gather,
    subtract,
    summary,
)
from innerloop.core.noted import numbered
from innerloop.core.sampling import sampled_by
from innerloop.core.variables import telling
from innerloop.system import packages, programs
from innerloop.system.data.source import blank
from innerloop.system.gathered import UNREADABLE, Gathered
from innerloop.system.inputs import from_folder
from innerloop.system.links import MOST

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from innerloop.core.fingerprint import Difference
    from innerloop.core.model import Command, Loop
    from innerloop.system.inputs import Inputs
    from innerloop.system.python import Python
    from innerloop.system.tree import Tree


class Last(NamedTuple):
    """The latest pass of a loop that counts, on whatever content."""

    at: float
    run: str
    ingredients: Ingredients
    lapsed: str = ""
    """why it counts no longer: revoked, expired, or what it left is gone; empty where it does"""


class Prover:
    """Proofs for the loops of one configuration. What it hands out is true until `Tree.stale`."""

    def __init__(
        self,
        tree: Tree,
        inputs: Inputs,
        python: Python,
        *,
        environ: Callable[[Loop], Mapping[str, str]],
        declared: frozenset[str],
        secret: frozenset[str],
        last: Callable[[str], Last | None],
        forgotten: Callable[[str], str],
        folder: Callable[[Loop, str], str],
        probe: Callable[[Command, Loop], str | None],
    ) -> None:
        self._tree = tree
        self._inputs = inputs
        self._python = python
        self._environ = environ
        self._declared = declared
        self._secret = secret
        self._last = last
        self._forgotten = forgotten
        self._folder = folder
        self._probe = probe
        self._epoch = -1
        self._gathered: dict[tuple[str, ...], Gathered] = {}
        self._paths: dict[str, tuple[str, ...]] = {}
        """the inputs of each loop when it was last proven"""
        self._packages: dict[str, Mapping[str, str]] = {}
        self._proofs: dict[str, Proof] = {}
        self._resolved: dict[tuple[str, str, str], programs.Program] = {}

    def anew(self) -> None:
        """Take no proof for known that a probe is part of, or what such a loop left."""
        if any(proof.loop.probe for proof in self._proofs.values()):
            self._proofs.clear()

    def prove(self, loop: Loop) -> Proof:
        """The loop's question, and which files its command would be handed."""
        if self._epoch != self._tree.epoch:
            self._packages.clear()
            self._proofs.clear()
            self._resolved.clear()
            self._epoch = self._tree.epoch
        known = self._proofs.get(loop.name)
        if known is None:
            known = self._proofs[loop.name] = self._prove(loop)
        return known

    def _prove(self, loop: Loop) -> Proof:
        if not loop.cache and not loop.files and not loop.writes and not numbered(loop):
            doubt = "never cached (cache: false)"
            return Proof(loop, _NOTHING, "", doubt=doubt, reason="cache: false")
        ingredients = self._ingredients(loop)
        doubt = self._doubt(loop, ingredients)
        warnings = list(self._inputs.unmatched(loop))
        if doubt and loop.cache:
            warnings.append(doubt)
        if loop.data:
            warnings += self._blank(loop)
        last = self._last(loop.name)
        differences = subtract(ingredients, last.ingredients) if last else ()
        handed = self._inputs.handed(loop) if loop.files else ()
        changed = _changed(handed, differences) if last and not last.lapsed else handed
        return Proof(
            loop,
            ingredients,
            "" if doubt else ingredients.digest(),
            doubt=doubt,
            handed=from_folder(handed, loop.cwd),
            changed=from_folder(changed, loop.cwd),
            warnings=tuple(dict.fromkeys(warnings)),
            reason=doubt or _reason(last, differences, self._forgotten(loop.name)),
            trusted=self._trusted(ingredients),
        )

    def _trusted(self, ingredients: Ingredients) -> tuple[str, ...]:
        """The files that are known by stat alone."""
        if self._tree.trusting is None:
            return ()
        known = (*ingredients.files.entries.items(), *ingredients.data.items())
        return tuple(name.split(": ", 1)[-1] for name, value in known if BY_STAT in value)

    def _ingredients(self, loop: Loop) -> Ingredients:
        environ = self._environ(loop)
        found, owned = self._programs(loop, environ)
        return Ingredients(
            command=_exact(loop.run),
            cwd=loop.cwd,
            patterns=(
                *(f"outputs: {glob.text}" for glob in loop.outputs),
                *(f"files: {glob.text}" for glob in loop.files),
                *(f"results: {path}" for path in loop.results),
                *((f"repeat: {loop.repeat}",) * (loop.repeat > 1)),
            ),
            files=self._files(loop).files,
            variables=_variables(self._declared, self._secret, loop, environ),
            probes={command.text: self._probe(command, loop) or "" for command in loop.probe},
            programs=found,
            packages=owned,
            folders={
                name.removeprefix("out."): self._folder(loop, name.removeprefix("out."))
                for name in loop.run.placeholders
                if name.startswith("out.")
            },
            data=self._data(loop) if loop.data else NO_DATA,
        )

    def _data(self, loop: Loop) -> Mapping[str, str]:
        """Which rows it is handed: of which files, by which rule."""
        found: dict[str, str] = {}
        for one in loop.data:
            paths = self._inputs.data(loop)[one.name]
            found |= {f"{one.name}: {key}": value for key, value in sampled_by(one)}
            for path, entry in zip(paths, self._tree.looks(paths), strict=True):
                found[f"{one.name}: {path}"] = entry.value if entry else ""
        return found

    def _blank(self, loop: Loop) -> list[str]:
        """What there is to say of data files without a byte."""
        found: list[str] = []
        for name, paths in self._inputs.data(loop).items():
            sizes = [one.stat.size if one else 0 for one in self._tree.looks(paths)]
            found += (f"data {name}: {said}" for said in blank(paths, sizes))
        return found

    def _doubt(self, loop: Loop, ingredients: Ingredients) -> str:
        if not loop.cache:
            return "never cached (cache: false)"
        failed = [name for name, value in ingredients.probes.items() if not value]
        if failed:
            return f"probe {failed[0]!r} failed, so nothing can be concluded from an earlier pass"
        missing = [name for name, value in ingredients.folders.items() if not value]
        if missing:
            return f"{missing[0]} has not passed on this content, so its {{out}} is not there"
        if vast := self._inputs.vast(loop):
            return (
                f"{vast!r} leads to more than {MOST:,} files, too many to read each time: "
                f"name what is needed of it under inputs"
            )
        for name, paths in self._inputs.data(loop).items() if loop.data else ():
            if not paths:
                path = next(one.path for one in loop.data if one.name == name)
                place = os.path.join(self._tree.home, loop.cwd, os.path.expanduser(path))
                if os.path.isdir(place):
                    return f"data {name}: {path} is a folder without data"
                return f"data {name}: there is no {path}"
        unread = {*self._files(loop).unreadable, *_unread(ingredients.data)}
        return f"{min(unread)!r} cannot be read" if unread else ""

    def _files(self, loop: Loop) -> Gathered:
        paths = self._inputs.of(loop)
        if self._paths.get(loop.name) is not paths:
            self._paths[loop.name] = paths
            kept = self._gathered
            named = {*self._paths.values()}
            self._gathered = {name: kept[name] for name in named if name in kept}
        with self._tree.lock:
            found = self._gathered.setdefault(paths, Gathered(paths))
            if found.epoch != self._tree.epoch:
                found.anew(self._tree.looks(paths), self._tree.epoch)
            return found

    def _programs(
        self, loop: Loop, environ: Mapping[str, str]
    ) -> tuple[dict[str, str], dict[str, str]]:
        folder = os.path.join(self._tree.root, loop.cwd) if loop.cwd else self._tree.root
        own = self._python.interpreter
        interpreters = [self._resolve(own, folder, environ).interpreter or own]
        if self._python.source == "PATH":
            programs.sought(self._tree, "python3", environ.get("PATH", os.defpath))
        found = {}
        for name in loop.run.programs:
            program = self._resolve(name, folder, environ)
            found[name] = program.value
            interpreters.append(program.interpreter)
        for name in scripts(loop.run):
            # A script is its command's text, whether or not somebody named it under inputs.
            place = os.path.join(folder, name)
            if os.path.isfile(place):
                found[name] = programs.resolve(self._tree, place, folder, environ).value
        # Interpreters of one environment differ by name only (python, python3).
        places = {os.path.dirname(os.path.dirname(i)): i for i in reversed(interpreters) if i}
        owned: dict[str, str] = {}
        for prefix, interpreter in reversed(places.items()):
            for package, value in self._installed(prefix, interpreter).items():
                owned[f"{package} in {prefix}" if package in owned else package] = value
        return found, owned

    def _resolve(self, name: str, folder: str, environ: Mapping[str, str]) -> programs.Program:
        key = (name, folder, environ.get("PATH", ""))
        if key not in self._resolved:
            self._resolved[key] = programs.resolve(self._tree, name, folder, environ)
        return self._resolved[key]

    def _installed(self, prefix: str, interpreter: str) -> Mapping[str, str]:
        if prefix not in self._packages:
            self._packages[prefix] = packages.installed(self._tree, interpreter)
        return self._packages[prefix]


_NOTHING = Ingredients("", "", (), gather({}), {}, {}, {}, {}, {})


def _unread(data: Mapping[str, str]) -> list[str]:
    return [name.split(": ", 1)[1] for name, said in data.items() if said.startswith(UNREADABLE)]


def _exact(command: Command) -> str:
    # A list of arguments and the string that reads like it are not the same command.
    return command.text if command.argv else f"sh -c: {command.text}"


def _variables(
    declared: frozenset[str], secret: frozenset[str], loop: Loop, environ: Mapping[str, str]
) -> dict[str, str]:
    named = {*telling(environ), *declared, *loop.env_inputs, *(name for name, _ in loop.env)}
    # A digest of what is short can be guessed: not even that is kept of a secret.
    named -= secret
    return {
        name: blake(os.fsencode(environ[name])) if name in environ else "" for name in sorted(named)
    }


def _changed(handed: tuple[str, ...], differences: tuple[Difference, ...]) -> tuple[str, ...]:
    """Those of the handed files to look at again; all, where anything else changed."""
    mine = set(handed)
    touched: set[str] = set()
    for difference in differences:
        if difference.kind != "files" or difference.removed:
            return handed
        touched = {*difference.changed, *difference.added}
    if not touched <= mine:
        return handed
    return tuple(path for path in handed if path in touched) if touched else handed


def _reason(last: Last | None, differences: tuple[Difference, ...], forgotten: str) -> str:
    if forgotten:
        return f"its last pass was not remembered: {forgotten.split(', so this', maxsplit=1)[0]}"
    if last is None:
        return "never passed here"
    return summary(differences) or last.lapsed or "its last verdict on this content does not count"
