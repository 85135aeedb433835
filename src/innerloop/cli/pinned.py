"""loop accept, of a loop with results: what it measured here becomes its baseline."""

from __future__ import annotations

import os
from datetime import UTC, datetime

from innerloop.cli.wiring import streams
from innerloop.core import baseline
from innerloop.core.baseline import Origin, Pinned
from innerloop.core.errors import ExitCode, LoopError
from innerloop.core.judgement import Decision
from innerloop.core.model import Outcome
from innerloop.core.text import plural
from innerloop.system import git, judging, state
from innerloop.system.history import ledger
from innerloop.system.snapshots.before import fresh
from innerloop.system.who import who

TYPE_CHECKING = False
if TYPE_CHECKING:
    from innerloop.cli.wiring import Project
    from innerloop.core.judgement import Judgement
    from innerloop.core.model import Loop
    from innerloop.core.results import Measured
    from innerloop.system.ground import Ground
    from innerloop.system.history.ledger import Verdict


def pins(loop: Loop) -> bool:
    """Whether there is a baseline to a loop."""
    return bool(loop.results)


def pin(found: Project, loop: Loop, why: str) -> int:
    """Write what stands on record for the content that stands here, as the loop's baseline.

    All runs on that content, as its gates judge them: a lucky one alone cannot be pinned, nor an
    unlucky one, which would lower the bar.
    """
    ground = found.ground
    if not pins(loop):
        raise LoopError(f"loop {loop.name!r} has no results to pin", "name them under 'results'")
    if not why.strip():
        raise LoopError("a baseline is pinned with a reason", f"loop accept {loop.name} -m 'WHY'")
    verdict = _latest(ground, loop)
    measured = judging.on_record(ground, loop, verdict.result.fingerprint)
    if measured is None:
        raise LoopError(f"what {loop.name!r} measured means nothing: {verdict.result.reason}")
    if measured.problems:
        raise LoopError(f"what {loop.name!r} measured means nothing: {measured.problems[0]}")
    if not measured.examples:
        hint = "have it write examples.jsonl beside its metrics"
        raise LoopError(f"{loop.name!r} left no examples, so nothing can be compared", hint)
    origin = _origin(ground, loop, verdict, measured, ground.veil.text(why.strip()))
    path = judging.place(ground, loop)
    data = baseline.written(Pinned(origin, measured))
    warnings = [f"{one.said}: pinned all the same" for one in _failing(ground, loop, measured)]
    if copy := _copied(ground, path, data):
        warnings.append(f"what was pinned before, and is not committed, is in {copy}")
    _put(f"{ground.root}/{path}", data)
    _tell(loop, path, origin, measured)
    for said in warnings:
        streams().err(f"warning: {said}")
    return ExitCode.OK


def _latest(ground: Ground, loop: Loop) -> Verdict:
    """The latest verdict on what stands here, of a command that ended well."""
    proof = ground.prover.prove(loop)
    run = f"loop inner {loop.name}"
    if not proof.fingerprint:
        said = f"what {loop.name!r} measures cannot be recognised again: {proof.doubt}"
        raise LoopError(said, "a baseline is of a content that can be")
    verdict = ledger.latest(ground.store, proof.fingerprint)
    if verdict is None:
        raise LoopError(f"{loop.name!r} has measured nothing on what stands here", run)
    result = verdict.result
    if result.exit_code != 0 or result.outcome is Outcome.TIMED_OUT:
        raise LoopError(f"the latest run of {loop.name!r} on what stands here failed", run)
    return verdict


def _failing(ground: Ground, loop: Loop, measured: Measured) -> list[Judgement]:
    """Rules that it does not meet, the baseline's own apart: to move that is what was asked."""
    said = judging.judged(ground, loop, measured)
    return [one for one in said if one.verdict is Decision.FAIL and one.rule != "no_worse_than"]


def _copied(ground: Ground, path: str, data: bytes) -> str:
    """Where the baseline that stands there is kept, if nobody else has it; else nothing."""
    place = f"{ground.root}/{path}"
    if not os.path.exists(place) or (ground.tree.in_git and not _dirty(ground, path)):
        return ""
    with open(place, "rb") as file:
        before = file.read()
    if before == data:
        return ""
    copy = f"{fresh(ground)}/{path}"
    _put(f"{ground.root}/{copy}", before)
    return copy


def _dirty(ground: Ground, *paths: str) -> bool:
    return bool(git.ask(ground.root, "status", "--porcelain", "--", *paths).strip())


def _origin(ground: Ground, loop: Loop, verdict: Verdict, measured: Measured, why: str) -> Origin:
    commit, dirty = "", False
    if ground.tree.in_git:
        commit = git.head(git.head_asked(ground.root)).commit
        dirty = _dirty(ground, ".", f":(exclude){ground.config.baselines}")
    return Origin(
        loop.name,
        verdict.run,
        commit,
        dirty,
        verdict.result.fingerprint,
        measured.data,
        datetime.now(UTC).isoformat(timespec="seconds"),
        ground.veil.text(who(ground.root)),
        why,
    )


def _put(path: str, data: bytes) -> None:
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        state.put(path, data, mode=0o644)
    except OSError as error:
        raise LoopError(f"cannot write {path!r}: {error.strerror}") from error


def _tell(loop: Loop, path: str, origin: Origin, measured: Measured) -> None:
    shown = streams()
    numbers = judging.headline(loop, measured)
    count = plural(len({one.id for one in measured.examples}), "example")
    shown.out(f"pinned {path}: {count} of #{origin.run}, {numbers}")
    if origin.dirty:
        shown.err("warning: it is of changes that no commit has: commit them with it")
    else:
        shown.out("commit it, so that others and CI compare with it")
