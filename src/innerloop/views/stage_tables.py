"""Outer loops that are not happening now: a plan, where a run stands, what is live where."""

from __future__ import annotations

from innerloop.core.outer import (
    EXECUTION,
    RESPONSE,
    Approve,
    Deploy,
    Loops,
    Monitor,
    Review,
    Work,
)
from innerloop.core.states import ACTING, DOUBTFUL, State
from innerloop.core.text import ago, listing, seconds, visible
from innerloop.views.lines import painted
from innerloop.views.stages import word
from innerloop.views.tables import aligned

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping, Sequence

    from innerloop.core.book import Attempt, Holder, Live, Record, Ticket
    from innerloop.core.findings import Finding
    from innerloop.core.outer import Environment, Only, Outer, Stage

_SHORT = 12


def plan(
    outer: Outer, environments: Sequence[Environment], left: Mapping[str, str] | None = None
) -> str:
    """What an outer loop would do, in order."""
    known = {one.name: one for one in environments}
    rows = [
        (stage.name, stage.kind, visible(what(stage, known)), _behind(outer, stage, left or {}))
        for stage in outer.stages
    ]
    return "\n".join((f"{outer.name}:", *(f"  {line}" for line in aligned(rows)))) + "\n"


def what(stage: Stage, environments: Mapping[str, Environment]) -> str:
    """What a stage does, in a few words."""
    match stage.doing:
        case Loops(names=names):
            return listing(names) if names else "all"
        case Work(run=run):
            return run.text
        case Deploy(run=run, environment=environment):
            place = environments.get(environment)
            guarded = " (protected)" if place and place.protected else ""
            return f"{run.text} -> {environment}{guarded}"
        case Approve(question=question, by=by):
            return f"{question} [{listing(by)}]" if by else question
        case Review(approvals=approvals):
            return f"pull request, {approvals} to approve"
        case Monitor(run=run, every=every, lasts=lasts):
            return f"{run.text} every {seconds(every)} for {seconds(lasts)}"


def _behind(outer: Outer, stage: Stage, left: Mapping[str, str]) -> str:
    """What is to be said of its place: only what is not as everybody expects."""
    said = []
    if stage.name in left:
        return f"left out: {left[stage.name]}"
    at = outer.stages.index(stage)
    above = (outer.stages[at - 1].name,) if at else ()
    if stage.needs != above:
        said.append(f"needs {listing(stage.needs)}" if stage.needs else "needs nothing")
    if stage.when != "success":
        said.append(f"when {stage.when}")
    said += _only(stage.only)
    if stage.retry.most:
        said.append(f"tried up to {stage.retry.most + 1} times")
    if not isinstance(stage.doing, Monitor) and stage.timeout not in {EXECUTION, RESPONSE}:
        said.append(f"{seconds(stage.timeout)} at most")
    if stage.back_to:
        said.append(f"back to {stage.back_to}")
    if getattr(stage.doing, "on_fail", "") == "rollback":
        said.append("rolls back")
    return ", ".join(said)


def _only(only: Only) -> list[str]:
    """Where it runs at all."""
    said = [f"only on {listing(only.branch)}"] if only.branch else []
    if only.ci is not None:
        said.append("only in CI" if only.ci else "never in CI")
    if only.changed:
        said.append(f"only if {listing([glob.text for glob in only.changed])} changed")
    return said


def mermaid(outer: Outer) -> str:
    """The same as a picture, for pages that draw Mermaid."""
    number = {stage.name: f"s{at}" for at, stage in enumerate(outer.stages)}
    lines = ["flowchart LR"]
    for stage in outer.stages:
        label = f"{stage.name}<br/>{stage.kind}" + (
            f" {stage.environment}" if stage.environment else ""
        )
        opened, closed = _SHAPES.get(type(stage.doing), ("[", "]"))
        lines.append(f'  {number[stage.name]}{opened}"{label}"{closed}')
    for stage in outer.stages:
        lines += [
            f"  {number[one]} --> {number[stage.name]}" for one in stage.needs if one in number
        ]
        if stage.back_to in number:
            lines.append(f"  {number[stage.name]} -. back .-> {number[stage.back_to]}")
        elif stage.back_to:
            lines.append(f'  {number[stage.name]} -. back .-> inner["inner: {stage.back_to}"]')
    return "\n".join(lines) + "\n"


_SHAPES = {Deploy: ("[[", "]]"), Approve: ("{", "}"), Review: ("{", "}"), Monitor: ("([", "])")}


def status(
    record: Record | None,
    lives: Iterable[Live],
    holders: Iterable[Holder],
    others: Sequence[Ticket],
    findings: Sequence[Finding],
    *,
    now: float,
    running: bool,
    colour: bool,
) -> str:
    """Where the latest run stands, what is live where, and what is open."""
    lines: list[str] = []
    if record is None:
        lines.append("no outer loop has run here yet")
    else:
        lines += _run(record, now, running=running, colour=colour)
    doubtful = record.doubtful() if record else ()
    settling = {one.environment for one in record.begun() if one.state in ACTING} if record else ()
    places = [
        (
            one.environment,
            one.version[:_SHORT],
            _live(one, doubtful, settling),
            ago(now - one.at),
            f"run {one.run}",
        )
        for one in lives
    ]
    if places:
        lines += ["", "live:", *(f"  {line}" for line in aligned(places))]
    for one in holders:
        lines.append(f"held: {one.lock} by run {one.run} ({one.stage}), {one.owner}")
    for ticket in others:
        lines.append(
            f"also open: run {ticket.id} of {ticket.outer.name}, {ticket.version[:_SHORT]}"
        )
    for finding in findings:
        where = f"{finding.where}: " if finding.where else ""
        to = (
            f" (back to {finding.loop or finding.back_to})"
            if finding.loop or finding.back_to
            else ""
        )
        lines.append(f"finding: {finding.stage}: {where}{visible(finding.message)}{to}")
    return "\n".join(lines) + "\n"


def _live(one: Live, doubtful: Container[str], settling: Container[str]) -> str:
    """How a version is known to be live, or why it may not be any more."""
    if one.environment in doubtful:
        return "or another: its rollback failed"
    return "or another: something is going on there" if one.environment in settling else one.how


def _heard(record: Record, attempt: Attempt) -> str:
    """Who has answered what still waits: their yes may not be enough yet."""
    if attempt.state is not State.WAITING:
        return ""
    mine = [one for one in record.answers if one.stage == attempt.stage]
    told = [
        f"{'yes' if one.yes else 'no'} from {visible(one.who)}"
        for one in mine
        if one.subject == attempt.subject
    ]
    return f" ({', '.join(told)})" if told else ""


def _run(record: Record, now: float, *, running: bool, colour: bool) -> list[str]:
    ticket = record.ticket
    state = "running" if running and not ticket.end else record.word
    began = ago(now - ticket.began)
    lines = [f"{ticket.outer.name}: run {ticket.id} of {ticket.version[:_SHORT]}, {began}: {state}"]
    left = dict(ticket.left)
    rows = []
    for stage in ticket.outer.stages:
        latest = record.latest(stage.name)
        if latest is None:
            said = (str(State.SKIPPED), left[stage.name]) if stage.name in left else ("-", "")
        else:
            said = (word(latest.state), visible(latest.why) + _heard(record, latest))
        rows.append((stage.name, stage.kind, said[0], said[1]))
    lines += [f"  {line}" for line in aligned(rows)]
    for advice in _following(record, state):
        lines.append(painted(f"next: {advice}", "\x1b[1m", colour=colour))
    return lines


def _following(record: Record, state: str) -> list[str]:
    """What is to be done about a run that nobody carries out."""
    run = record.ticket.id
    if state == "open":
        return [f"loop outer resume {run}"]
    if state == "needs a decision":
        doubtful = [one.stage for one in record.begun() if one.state in DOUBTFUL]
        return [
            f"loop outer resolve {one} --run {run} --applied, or --not-applied" for one in doubtful
        ]
    return []
