"""The ground a walk stands on: one project's configuration, files, environment and history."""

from __future__ import annotations

import os
import time

from innerloop.core.command import expand, split
from innerloop.core.failing import Failing
from innerloop.core.ladder import base
from innerloop.core.model import Outcome
from innerloop.core.text import seconds
from innerloop.core.variables import unattended
from innerloop.core.world import Passed
from innerloop.system import dotenv, python, state
from innerloop.system.data.files import trusting
from innerloop.system.data.samples import Samples
from innerloop.system.history import ledger
from innerloop.system.history.store import Store
from innerloop.system.inputs import Inputs
from innerloop.system.outs import Outs
from innerloop.system.probes import Probes
from innerloop.system.prove import Last, Prover
from innerloop.system.reaper import MARK
from innerloop.system.runners.local import child_environment
from innerloop.system.tree import Tree
from innerloop.system.veil import Veil

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from innerloop.core.command import Value
    from innerloop.core.fingerprint import Proof
    from innerloop.core.model import Command, Config, Loop, Result
    from innerloop.core.world import Stoppable
    from innerloop.system.place import Place

_ARGUMENTS = 1_000_000
_LEAST = 4_096


class Ground:
    """Everything about a project that can be asked without running it."""

    def __init__(
        self, root: str, config: Config, *, write: bool, place: Place | None = None
    ) -> None:
        self.root = root
        self.config = config
        self.loops = {loop.name: loop for loop in config.loops}
        self.state = state.make(root) if write else state.folder(root)
        self.store = Store(f"{self.state}/history.db", write=write)
        self.cold = place.cold if place else False
        home = place.home if place else root
        self.tree = Tree(root, place.folder if place else self.state, write=write, home=home)
        self.tree.trusting = trusting(home, config.loops)
        self.inputs = Inputs(self.tree, config.loops, config.baselines)
        self.samples = Samples(self.tree, self.state, self.inputs)
        self.python = python.find(home, config.python, os.environ)
        self.session = f"{os.getpid()}-{time.time_ns()}"
        """the beginning of every walk's mark"""
        self._walks = 1
        self.walk = f"{self.session}.1"
        self.outs = Outs(self.tree, config.loops, self._out)
        inherited = place.seen(os.environ, root) if place else os.environ
        self._inherited = child_environment(inherited, python_bin=self.python.folder)
        self._environs: dict[str, dict[str, str]] = {}
        self._recalled: ledger.Recalled = {}
        self._env_file = dotenv.read(root, config.env_file) if config.env_file else {}
        self.veil = Veil(config.secrets, (self._inherited, *map(self.environ, config.loops)))
        self._probes = Probes(root, self.python, self.environ)
        self.prover = Prover(
            self.tree,
            self.inputs,
            self.python,
            environ=self.environ,
            declared=frozenset((*self._env_file, *dict(config.env))),
            secret=frozenset(config.secrets),
            last=self._last,
            forgotten=lambda name: ledger.unremembered(self.store, name),
            folder=self.outs.digest,
            probe=self._probes.ask,
        )

    def anew(self) -> None:
        """Another walk begins here: with a mark of its own, and probes asked once more."""
        self._walks += 1
        self.walk = f"{self.session}.{self._walks}"
        self.outs.anew()
        self._probes.clear()
        self.prover.anew()

    def warnings(self) -> tuple[str, ...]:
        return (*self.tree.warnings, *self.store.warnings)

    def environ(self, loop: Loop) -> dict[str, str]:
        """The environment its command gets, but for the marks of a walk.

        What a file names stands over what was inherited: the file's content is then all that
        has to be known of it.
        """
        if loop.name not in self._environs:
            own = {**self._env_file, **dict(self.config.env), **dict(loop.env)}
            self._environs[loop.name] = {**self._inherited, **own}
        return self._environs[loop.name]

    def marks(self) -> dict[str, str]:
        """What marks a process as ours, for the sweep of strays."""
        above = os.environ.get(MARK)
        return {MARK: f"{above}:{self.walk}" if above else self.walk}

    def values(
        self, loop: Loop, proof: Proof, place: str, cancel: Stoppable | None = None
    ) -> dict[str, str | tuple[str, ...]]:
        """What its placeholders stand for: `{out}` made anew, `{cache}` and samples if need be."""
        found: dict[str, str | tuple[str, ...]] = {
            "python": self.python.interpreter or "python3",
            "changed": proof.changed,
            "files": proof.handed,
        }
        names = {*loop.run.placeholders, *(loop.fix or loop.run).placeholders}
        names |= {*(loop.debug or loop.run).placeholders}
        names |= {*(loop.accept or loop.run).placeholders}
        if "out" in names:
            found["out"] = f"{self.root}/{place}/out"
            state.remove(f"{self.root}/{place}/out")
            os.makedirs(f"{self.root}/{place}/out")
        if "cache" in names:
            # One for all rungs of a ladder: what was found of 200 rows goes for them among 5,000.
            found["cache"] = f"{self.state}/cache/loops/{base(loop.name)}"
            os.makedirs(f"{self.state}/cache/loops/{base(loop.name)}", exist_ok=True)
        if "case" in names:
            from innerloop.system import judging  # noqa: PLC0415 - few loops have cases

            found["case"] = judging.worst_case(self, loop)
        self.samples.begin(loop)
        for name in names:
            kind, _, one = name.partition(".")
            if kind == "out" and one:
                found[name] = f"{self.root}/{self.outs.needed(loop, one, proof)}"
            elif kind == "data":
                found[name] = self.samples.path(loop, one, cancel)
        return found

    def argvs(
        self, command: Command, values: Mapping[str, Value], environ: Mapping[str, str]
    ) -> tuple[tuple[str, ...], ...]:
        """What is started, one after another: a list too long for one command line is split."""
        for name in ("changed", "files"):
            if name in command.placeholders:
                return split(command, values, name, _room(environ))
        return (expand(command, values),)

    def passed(self, proof: Proof) -> Passed | None:
        """The pass on record for exactly this, where it still counts."""
        if not proof.fingerprint:
            return None
        return self._counting(proof.loop, proof.fingerprint)

    def _counting(self, loop: Loop, fingerprint: str) -> Passed | None:
        verdict = ledger.latest(self.store, fingerprint)
        if verdict is None or self._lapsed(loop, verdict):
            return None
        result = verdict.result
        if self.cold and result.warm:
            return None
        return Passed(result.at + result.seconds, verdict.run, result.out, result.warm)

    def _lapsed(self, loop: Loop, verdict: ledger.Verdict) -> str:
        """Why the latest verdict on a content is no pass that counts; empty where it is."""
        result = verdict.result
        if loop.results:
            from innerloop.system import judging  # noqa: PLC0415 - few loops have numbers

            if lapsed := judging.lapsed(self, loop, verdict):
                return lapsed
        elif result.outcome is not Outcome.PASSED:
            return f"it {result.outcome} when it last ran on this content"
        return self._gone(loop, verdict)

    def _gone(self, loop: Loop, verdict: ledger.Verdict) -> str:
        """Why what came of a run does not count, whatever its verdict."""
        result = verdict.result
        if result.flaky or result.empty:
            return result.reason
        if result.warm and unattended(os.environ):
            return "it passed in a warm process, whose word is not enough in CI"
        if loop.fresh is not None and _expired(loop.fresh, result.at + result.seconds):
            return f"its pass is older than {seconds(loop.fresh)}"
        lost = self._lost(verdict)
        return f"{lost} is no longer what it left" if lost else ""

    def rejudging(self, proof: Proof) -> ledger.Verdict | None:
        """The verdict on record for exactly this, where only its gates have changed since."""
        loop = proof.loop
        if not loop.results or not proof.fingerprint:
            return None
        from innerloop.system import judging  # noqa: PLC0415 - as above

        verdict = ledger.latest(self.store, proof.fingerprint)
        if verdict is None or not judging.due(self, loop, verdict) or self._gone(loop, verdict):
            return None
        return None if self.cold and verdict.result.warm else verdict

    def again(self, proof: Proof) -> str:
        """Why it need not run, but its gates have to be asked once more; empty where not so."""
        verdict = self.rejudging(proof)
        return f"its gates changed: judged again on what #{verdict.run} measured" if verdict else ""

    def failing(self, proof: Proof) -> Failing | None:
        """The failure on record for exactly this; None where there is none."""
        verdict = ledger.latest(self.store, proof.fingerprint) if proof.fingerprint else None
        if verdict is None:
            return None
        result, how = verdict.result, ""
        if proof.loop.results:
            from innerloop.system import judging  # noqa: PLC0415 - as above

            how = judging.failed(self, proof.loop, verdict)
        elif result.halts:
            how = str(result.outcome)
        return Failing(how, result.at + result.seconds, verdict.run) if how else None

    def expires(self, loop: Loop, passed: Passed) -> float | None:
        return None if loop.fresh is None else passed.at + loop.fresh

    def left(self, result: Result) -> dict[str, str]:
        """What a pass left behind: path -> digest, its `{out}` folder included."""
        loop = self.loops[result.loop]
        paths = [*self.inputs.outputs(loop), *self.outs.inside(result.out)]
        looked = ((path, self.tree.look(path)) for path in paths)
        return {path: entry.value for path, entry in looked if entry}

    def stands(self) -> bool:
        """Whether what was read when the walk began, and only then, would be read alike now."""
        name = self.config.env_file
        if name and dotenv.read(self.root, name) != self._env_file:
            return False
        return python.find(self.tree.home, self.config.python, os.environ) == self.python

    def revoke(self) -> None:
        """Say that some pass may count no more: every receipt written before now is void."""
        state.put(f"{self.state}/revoked", str(time.time_ns()).encode())

    def _lost(self, verdict: ledger.Verdict) -> str:
        """What a pass left behind that is not there any more as it was; or nothing."""
        out = verdict.result.out
        if out:
            self.tree.rests(out)
        if out and not os.path.isdir(f"{self.root}/{out}"):
            return out
        for path, value in verdict.outputs.items():
            entry = self.tree.look(path)
            if entry is None or entry.value != value:
                return path
        return ""

    def _last(self, name: str) -> Last | None:
        found = ledger.last_pass(self.store, name, self._recalled)
        if found is None:
            return None
        # One that counts no longer must not vouch for the files that stayed as they were.
        verdict = ledger.latest(self.store, found[2].digest())
        lapsed = self._lapsed(self.loops[name], verdict) if verdict else ""
        return Last(*found, lapsed=lapsed)

    def _out(self, loop: Loop) -> str:
        """The `{out}` folder of a loop's pass on the current content, or the empty text."""
        passed = self.passed(self.prover.prove(loop))
        return passed.out if passed else ""


def _room(environ: Mapping[str, str]) -> int:
    """How many bytes of arguments the system takes beside this environment."""
    try:
        most = os.sysconf("SC_ARG_MAX")
    except (OSError, ValueError):
        most = _ARGUMENTS
    used = sum(len(os.fsencode(name)) + len(os.fsencode(v)) + 16 for name, v in environ.items())
    return max(_LEAST, min(most, _ARGUMENTS) - used - _LEAST)


def _expired(fresh: float, at: float) -> bool:
    # A pass from the future was recorded by a clock that has been set back: it proves no age.
    age = time.time() - at
    return age > fresh or age < 0
