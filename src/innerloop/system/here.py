"""The world a walk happens in: this project, on this machine, with its history."""

from __future__ import annotations

import os
import time

from innerloop.core.command import expand
from innerloop.core.empty import nothing_checked
from innerloop.core.handoff import complete
from innerloop.core.model import Job, Outcome
from innerloop.core.world import Busy, Ran
from innerloop.system import git, state, turns
from innerloop.system.history import ledger, runs
from innerloop.system.snapshots.sharing import shared

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from innerloop.core.fingerprint import Proof
    from innerloop.core.model import Loop, Plan, Result, Run
    from innerloop.core.world import Hold, Passed, Runner, Stoppable
    from innerloop.system.files import Entry
    from innerloop.system.ground import Ground


_COMPLETED = frozenset({Outcome.PASSED, Outcome.FAILED, Outcome.TIMED_OUT})
_KEPT_RUNS = 200
_SWEEP_EVERY = 100
_SECOND = 1_000_000_000


class Here:
    """A `World`: proves on this ground, runs with this runner, remembers in this history."""

    def __init__(
        self,
        ground: Ground,
        runner: Runner,
        *,
        command: str,
        why: str = "",
        tty: tuple[int, int] | None = None,
        grace: tuple[float, float] = (2.0, 2.0),
    ) -> None:
        self._ground = ground
        self._runner = runner
        self._command = command
        self._why = why
        self._tty = tty
        self._grace = grace
        self._run = ""
        self._seen: dict[str, Mapping[str, Entry | None]] = {}
        self._started: dict[str, int] = {}
        """when each loop that ran was started, by the filesystem's clock, in nanoseconds"""

    def clock(self) -> float:
        return time.time()

    def prove(self, loop: Loop) -> Proof:
        tree = self._ground.tree
        while True:
            epoch = tree.epoch
            proof = self._ground.prover.prove(loop)
            paths = proof.ingredients.files.entries
            seen = dict(zip(paths, tree.looks(paths), strict=True))
            # Another loop that ended meanwhile had everything looked at anew: what is proven and
            # what was seen must be of one look.
            if tree.epoch == epoch:
                self._seen[loop.name] = seen
                return proof

    def passed(self, proof: Proof) -> Passed | None:
        return self._ground.passed(proof)

    def judged(self, proof: Proof, since: float) -> Result | None:
        if not proof.fingerprint:
            return None
        verdict = ledger.latest(self._ground.store, proof.fingerprint)
        if verdict is None or verdict.result.at + verdict.result.seconds < since:
            return None
        if verdict.result.outcome is Outcome.PASSED:
            return None  # a pass that counts was asked for already, and this is not one
        return verdict.result._replace(
            loop=proof.loop.name,
            required=proof.loop.required,
            reason=f"{verdict.result.reason} (in another walk, just now)",
        )

    def hold(self, loop: Loop, proof: Proof) -> Hold | Busy:
        turn = turns.take(self._ground.state, loop, proof, shared(self._ground, loop, proof))
        if isinstance(turn, Busy):
            # Whoever has it may write what the next look has to see.
            self._ground.tree.stale()
        return turn

    def run(
        self, loop: Loop, proof: Proof, *, emit: Callable[[str], None], cancel: Stoppable
    ) -> Ran:
        ground = self._ground
        self._started[loop.name] = ground.tree.now()
        at = time.time()
        place = state.run_folder(ground.root, self._run, loop.name)
        values = ground.values(loop, proof, place)
        environ = self._environ(loop, proof)
        log = f"{place}/output.log"
        job = self._job(loop, ground.argvs(loop.run, values, environ), environ, log)
        completion = self._runner(job._replace(bytecode=self._aged(loop)), emit, cancel)
        ground.tree.stale()
        return Ran(
            completion,
            at,
            log,
            f"{place}/out" if "out" in loop.run.placeholders else "",
            moved=self._moved(loop, proof),
            empty=completion.exit_code == 0 and nothing_checked(completion.tail),
            command=loop.run.text,
        )

    def like(self, loop: Loop) -> Job:
        """A job like those that the loop will be, for whoever wants to be ready for them."""
        ground = self._ground
        values: dict[str, str | tuple[str, ...]] = dict.fromkeys(loop.run.placeholders, "later")
        values["python"] = ground.python.interpreter or "python3"
        environ = {**ground.environ(loop), **ground.marks()}
        return self._job(loop, (expand(loop.run, values),), environ, os.devnull)

    def _job(
        self, loop: Loop, argvs: tuple[tuple[str, ...], ...], environ: Mapping[str, str], log: str
    ) -> Job:
        ground = self._ground
        return Job(
            name=loop.name,
            argvs=argvs,
            cwd=os.path.join(ground.root, loop.cwd) if loop.cwd else ground.root,
            env=environ,
            timeout=loop.timeout,
            log=os.path.join(ground.root, log),
            tty=self._tty,
            grace=self._grace,
            warm=loop.warm,
            preload=loop.preload,
            mask=ground.veil.mask,
        )

    def _aged(self, loop: Loop) -> bool:
        """Whether no Python file was saved within this second.

        Python takes what it compiled for that of the source where size and whole seconds agree: of
        two saves in one second, the second would be judged by the first.
        """
        second = self._started[loop.name] // _SECOND * _SECOND
        seen = self._seen.get(loop.name, {})
        return not any(
            entry and entry.stat.mtime >= second
            for path, entry in seen.items()
            if path.endswith(".py")
        )

    def stale(self, results: tuple[Result, ...]) -> tuple[str, ...]:
        if not self._started:
            return ()
        return tuple(one.loop for one in results if one.green and self._outdated(one))

    def _outdated(self, result: Result) -> bool:
        ground = self._ground
        loop = ground.loops[result.loop]
        if result.fingerprint:
            return ground.prover.prove(loop).fingerprint != result.fingerprint
        # Never to be recognised again, so nothing was noted of it: the times have to tell.
        since = self._started.get(result.loop)
        looked = (ground.tree.look(path) for path in ground.inputs.of(loop))
        return since is not None and any(one and one.stat.ctime >= since for one in looked)

    def began(self, _plan: Plan, /) -> str:
        with self._ground.store.transaction() as connection:
            said = map(self._ground.veil.text, (self._command, self._why))
            self._run = runs.begin(connection, time.time(), *said)
        return self._run

    def settle(self, proof: Proof | None, result: Result) -> None:
        ground = self._ground
        result = ground.veil.over(result)
        told = bool(result.fingerprint) and result.outcome in _COMPLETED
        passed = told and result.outcome is Outcome.PASSED
        outputs = ground.left(result) if passed else {}
        ingredients = proof.ingredients if passed and proof is not None else None
        with ground.store.transaction() as connection:
            if told and not (passed and not result.flaky and not result.empty):
                # Inside the transaction: whoever writes a receipt looks at this file first
                # and at the ledger then, so it cannot miss both.
                ground.revoke()
            ledger.insert(connection, self._run, result, ingredients, outputs)
        if result.green and result.out:
            ground.outs[result.loop] = result.out

    def ended(self, run: Run) -> Run:
        ground = self._ground
        run = ground.veil.over(run)
        if ground.tree.in_git:
            # Not before: a loop may write, and commit.
            head = git.head(git.head_asked(ground.root))
            run = run._replace(
                commit=head.commit, branch=head.branch, dirty=head.dirty, tree=head.tree
            )
        # What is staged is not what stands in the work tree.
        here = ground.tree.home == ground.root
        run = run._replace(complete=here and complete(ground.config.loops, run))
        with ground.store.transaction() as connection:
            runs.end(connection, run)
            if int(run.id) % _SWEEP_EVERY == 0:
                ledger.sweep(connection)
        if int(run.id) % _SWEEP_EVERY == 0:
            keep = ledger.runs_with_out(ground.store)
            state.prune(ground.root, keep, int(run.id), _KEPT_RUNS)
        ground.tree.save()
        return run

    def _environ(self, loop: Loop, proof: Proof) -> dict[str, str]:
        marks = turns.marks(self._ground.state, loop, proof, shared(self._ground, loop, proof))
        return {**self._ground.environ(loop), **self._ground.marks(), **marks}

    def _moved(self, loop: Loop, proof: Proof) -> tuple[str, ...]:
        """Inputs that are not what they were when the loop was proven."""
        if not proof.fingerprint and not loop.writes:
            return ()
        before = self._seen[loop.name]
        tree = self._ground.tree
        paths = self._ground.inputs.of(loop)
        after = dict(zip(paths, tree.looks(paths), strict=True))
        names = dict.fromkeys((*before, *after))
        return tuple(path for path in names if _differ(before.get(path), after.get(path)))


def _differ(before: Entry | None, after: Entry | None) -> bool:
    if before is None or after is None:
        return before is not after
    return (
        before.value != after.value
        or before.stat.ctime != after.stat.ctime
        or before.stat.inode != after.stat.inode
    )
