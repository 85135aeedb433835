"""The world a walk happens in: this project, on this machine, with its history."""

from __future__ import annotations

import time

from innerloop.core.empty import nothing_checked
from innerloop.core.handoff import complete
from innerloop.core.job import Completion, Job
from innerloop.core.model import Outcome
from innerloop.core.noted import noted
from innerloop.core.sampling import DataError, DataMovedError, StoppedError
from innerloop.core.world import Busy, Ran
from innerloop.system import git, turns
from innerloop.system.history import ledger, runs, spending
from innerloop.system.prepared import Manner, like, prepared
from innerloop.system.snapshots.sharing import shared
from innerloop.system.swept import swept

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Mapping

    from innerloop.core.failing import Failing
    from innerloop.core.fingerprint import Proof
    from innerloop.core.model import Loop, Plan, Result, Run
    from innerloop.core.world import Hold, Passed, Runner, Stoppable
    from innerloop.system.files import Entry
    from innerloop.system.ground import Ground
    from innerloop.system.judging import Left
    from innerloop.system.witness import Witness

_COMPLETED = frozenset({Outcome.PASSED, Outcome.FAILED, Outcome.TIMED_OUT, Outcome.INCONCLUSIVE})
_SECOND = 1_000_000_000
_STOPPED = 130


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
        again: str = "",
    ) -> None:
        self._ground = ground
        self._runner = runner
        self._command = command
        self._why = why
        self._manner = Manner(tty, grace)
        self._run = ""
        self._seen: dict[str, Mapping[str, Entry | None]] = {}
        self._started: dict[str, int] = {}
        """when each loop that ran was started, by the filesystem's clock, in nanoseconds"""
        self._known: dict[str, int] = {}
        """the newest verdict on each content when it was first found busy"""
        self._left: dict[str, Left] = {}
        """what loops have measured that are not settled yet"""
        self._paid: dict[str, int] = {}  # loop -> the number of what was noted as spent on it
        self._again = again
        self._witness: Witness | None = None  # there once a loop runs that is noted

    def clock(self) -> float:
        return time.time()

    def prove(self, loop: Loop) -> Proof:
        tree = self._ground.tree
        while True:
            epoch = tree.epoch
            proof = self._ground.prover.prove(loop)
            inputs, entries = self._ground.inputs, proof.ingredients.files.entries
            paths = inputs.every(loop) if proof.ingredients.data else entries
            seen = dict(zip(paths, tree.looks(paths), strict=True))
            # Another loop that ended meanwhile had everything looked at anew: what is proven and
            # what was seen must be of one look.
            if tree.epoch == epoch:
                self._seen[loop.name] = seen
                return proof

    def passed(self, proof: Proof) -> Passed | None:
        return self._ground.passed(proof)

    def judged(self, proof: Proof) -> Result | None:
        known = self._known.get(proof.fingerprint)
        verdict = ledger.latest(self._ground.store, proof.fingerprint)
        if known is None or verdict is None or verdict.id <= known:
            return None
        if verdict.result.outcome is Outcome.PASSED:
            return None  # a pass that counts was asked for already, and this is not one
        return verdict.result._replace(
            loop=proof.loop.name,
            required=proof.loop.required,
            reason=f"{verdict.result.reason} (in another walk, just now)",
        )

    def rejudged(self, proof: Proof) -> Result | None:
        verdict = self._ground.rejudging(proof)
        if verdict is None:
            return None
        from innerloop.system import judging  # noqa: PLC0415 - few loops have numbers

        return judging.rejudged(self._ground, proof.loop, verdict, self.clock())

    def failing(self, proof: Proof) -> Failing | None:
        return self._ground.failing(proof)

    def hold(self, loop: Loop, proof: Proof) -> Hold | Busy:
        # Before the turn is asked for: whoever has it then, records what is newer. By number and
        # not by time, since a verdict's times leave out how long it took to start.
        known = ledger.newest(self._ground.store, proof.fingerprint)
        turn = turns.take(self._ground.state, loop, proof, shared(self._ground, loop, proof))
        if isinstance(turn, Busy):
            self._known.setdefault(proof.fingerprint, known)
            # Whoever has it may write what the next look has to see.
            self._ground.tree.stale()
        return turn

    def run(
        self, loop: Loop, proof: Proof, *, emit: Callable[[str], None], cancel: Stoppable
    ) -> Ran:
        ground = self._ground
        self._started[loop.name] = ground.tree.now()
        at = time.time()
        try:
            ready = prepared(ground, loop, proof, run=self._run, manner=self._manner, cancel=cancel)
        except DataError as error:
            return _without(error, at)
        except StoppedError:
            return Ran(Completion(_STOPPED, time.time() - at, cancelled=True), at, "", "")
        if loop.cost:
            with ground.store.transaction() as connection:
                number = spending.reserve(connection, self._run, loop, ground.config.spend, at)
            self._paid[loop.name] = number
        if noted(loop):
            self._attended().begin(loop)
        completion = self._runner(ready.job._replace(bytecode=self._aged(loop)), emit, cancel)
        ground.tree.stale()
        ran = Ran(
            completion,
            at,
            ready.log,
            ready.outs[0] if ready.outs else "",
            moved=(*self._moved(loop, proof), *ground.samples.changed(loop)),
            empty=completion.exit_code == 0 and nothing_checked(completion.tail),
            command=loop.run.text,
        )
        return self._measured(loop, proof, ran, ready.outs) if loop.results else ran

    def _measured(self, loop: Loop, proof: Proof, ran: Ran, outs: tuple[str, ...]) -> Ran:
        """With what its gates say of the results it has left, which are recorded as it settles."""
        from innerloop.system import judging  # noqa: PLC0415 - few loops have numbers

        self._left.pop(loop.name, None)
        end = ran.completion
        if end.timed_out or end.cancelled:
            return ran
        since = self._started[loop.name]
        found = judging.left(self._ground, loop, proof, outs, since, moved=bool(ran.moved))
        if end.exit_code == 0 or not found.measured.problems:
            self._left[loop.name] = found
        if end.exit_code:
            return ran
        return ran._replace(gates=found.gates, headline=found.headline)

    def like(self, loop: Loop) -> Job:
        """A job like those that the loop will be, for whoever wants to be ready for them."""
        return like(self._ground, loop, self._manner)

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
        looked = (ground.tree.look(path) for path in ground.inputs.every(loop))
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
        left = self._left.pop(result.loop, None) if result.exit_code is not None else None
        # Other gates may still make a pass of it.
        counts = passed or (told and left is not None and result.exit_code == 0)
        outputs = ground.left(result) if counts else {}
        ingredients = proof.ingredients if counts and proof is not None else None
        witness = self._witness if proof and result.outcome in _COMPLETED else None
        lineage = witness.said(self._run, proof) if witness and proof else None
        with ground.store.transaction() as connection:
            if told and not (passed and not result.flaky and not result.empty):
                # Inside the transaction: whoever writes a receipt looks at this file first
                # and at the ledger then, so it cannot miss both.
                ground.revoke()
            kept = ledger.insert(connection, self._run, result, ingredients, outputs)
            if left is not None:
                left.keep(connection, ledger.inserted(connection))
                self._price(connection, result, left)
            if lineage and proof:
                from innerloop.system.history import lineages  # noqa: PLC0415 - few loops are noted

                lineages.insert(connection, lineage, proof.ingredients, kept)
        if result.green and result.out:
            ground.outs.now[result.loop] = result.out

    def _price(self, connection: sqlite3.Connection, result: Result, left: Left) -> None:
        """What it did cost is what its own results say."""
        number, cost = self._paid.pop(result.loop, 0), left.measured.cost
        if cost is not None:
            number = number or spending.note(connection, self._run, result)
            spending.told(connection, number, cost)

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
        swept(ground, int(run.id))
        ground.tree.save()
        return run

    def _attended(self) -> Witness:
        if self._witness is None:
            from innerloop.system.witness import Witness  # noqa: PLC0415 - few loops are noted

            self._witness = Witness(self._ground, self._again)
        return self._witness

    def _moved(self, loop: Loop, proof: Proof) -> tuple[str, ...]:
        """Inputs that are not what they were when the loop was proven."""
        if not proof.fingerprint and not loop.writes and not proof.ingredients.files.entries:
            return ()
        before = self._seen[loop.name]
        tree = self._ground.tree
        paths = self._ground.inputs.every(loop)
        after = dict(zip(paths, tree.looks(paths), strict=True))
        names = dict.fromkeys((*before, *after))
        moved = tuple(path for path in names if _differ(before.get(path), after.get(path)))
        if self._witness is not None:
            self._witness.ended(loop, moved, after)
        return moved if proof.fingerprint or loop.writes else ()


def _without(error: DataError, at: float) -> Ran:
    """What came of a loop whose data is not what it has to be: a verdict, if it stands still."""
    said = f"{error.message}: {error.hint}" if error.hint else error.message
    moved = (error.path,) if isinstance(error, DataMovedError) else ()
    return Ran(Completion(1, time.time() - at, tail=said), at, "", "", moved=moved)


def _differ(before: Entry | None, after: Entry | None) -> bool:
    if before is None or after is None:
        return before is not after
    return (
        before.value != after.value
        or before.stat.ctime != after.stat.ctime
        or before.stat.inode != after.stat.inode
    )
