"""Stages that ask: people, or the forge. Nothing runs and nothing is held while they wait."""

from __future__ import annotations

from innerloop.core.consent import Consent, consent, strictly, subject
from innerloop.core.happenings import StageAsks
from innerloop.core.outer import Approve, Review
from innerloop.core.states import Heard
from innerloop.core.text import listing, seconds

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from innerloop.core.book import Attempt, Record
    from innerloop.core.happenings import Happening
    from innerloop.core.outer import Stage
    from innerloop.engine.course import Course


def ask(course: Course, stage: Stage, record: Record) -> Iterator[Happening]:
    """Ask; whatever environment is held is given back as soon as there is nothing else to do."""
    yield from course.begin(stage, course.fresh(stage, record), Heard.ASKED)


def hear(course: Course, stage: Stage, record: Record) -> Iterator[Happening]:
    """See whether it was answered."""
    attempt = record.latest(stage.name)
    assert attempt is not None  # noqa: S101 - it was asked
    about = subject(record, stage)
    if about != attempt.subject:
        made = attempt._replace(subject=about)
        why = "what was asked about has changed: answers before that are void"
        yield course.settle(made, Heard.ASKED, why)
        return
    if isinstance(stage.doing, Approve):
        yield from _approval(course, stage, stage.doing, record, attempt)
    elif isinstance(stage.doing, Review):
        yield from _review(course, stage, stage.doing, attempt)


def _approval(
    course: Course, stage: Stage, approve: Approve, record: Record, attempt: Attempt
) -> Iterator[Happening]:
    ticket = course.ticket
    told = course.means.forge.answers(ticket, stage, attempt.subject)
    known = {(a.who, a.yes) for a in record.answered(stage.name, attempt.subject)}
    for answer in told.answers:
        if (answer.who, answer.yes) not in known:
            course.journal.answer(answer)
    deadline = attempt.began + stage.timeout
    now = course.journal.record(ticket.id)
    answers = [a for a in now.answered(stage.name, attempt.subject) if a.at <= deadline]
    protected = strictly(ticket, stage)
    found = consent(approve, answers, ticket.author, verified=bool(protected))
    if found.heard is not None:
        yield course.settle(attempt, found.heard, found.why)
        if found.heard is Heard.DENIED:
            yield from course.sent_back(stage, attempt._replace(why=f"rejected by {found.why}"))
    elif course.clock() > deadline:
        yield course.settle(attempt, Heard.LATE, f"nobody answered in {seconds(stage.timeout)}")
    else:
        course.stuck[stage.name] = "an approval"
        how = f"loop outer approve {stage.name}{course.flag} -m WHY{_whose(approve, found)}"
        if protected:
            said = f"{listing(protected)} is protected. {told.missing}".strip()
            how = f"only the forge can vouch for it: {said}"
        yield StageAsks(stage.name, _question(course, stage, approve), how)


def _whose(approve: Approve, found: Consent) -> str:
    """Who may answer, and how many have."""
    said = [f"by {listing(approve.by)}"] if approve.by else []
    said += [f"{found.why} have said yes"] if approve.needed > 1 else []
    return f"  ({'; '.join(said)})" if said else ""


def _question(course: Course, stage: Stage, approve: Approve) -> str:
    place = course.place(stage)
    known = {"name": place.name, "url": place.url} if place else {"name": "", "url": ""}
    text = approve.question
    for name, value in known.items():
        text = text.replace(f"${{environment.{name}}}", value)
    return text


def _review(course: Course, stage: Stage, review: Review, attempt: Attempt) -> Iterator[Happening]:
    found = course.means.forge.reviewed(course.ticket, review)
    if found.approved:
        yield course.settle(attempt, Heard.GRANTED, found.why)
    elif found.denied:
        yield course.settle(attempt, Heard.DENIED, found.why)
        yield from course.sent_back(stage, attempt._replace(why=found.why))
    elif course.clock() > attempt.began + stage.timeout:
        why = f"not reviewed in {seconds(stage.timeout)}: {found.why}"
        yield course.settle(attempt, Heard.LATE, why)
    else:
        course.stuck[stage.name] = "a review"
        many = f"{review.approvals} approving reviews" if review.approvals > 1 else "a review"
        yield StageAsks(stage.name, f"{many} of the pull request", found.why)
