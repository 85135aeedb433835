"""For GitHub Actions: a group a loop, an annotation where something is wrong, and a summary."""

from __future__ import annotations

from innerloop.core.events import LoopFinished, WalkFinished, WalkStarted, Warned
from innerloop.core.text import plural, visible
from innerloop.views.lines import advice, closing, gates, line
from innerloop.views.site import findings, said
from innerloop.views.summary import summary

TYPE_CHECKING = False
if TYPE_CHECKING:
    from innerloop.core.events import Event
    from innerloop.core.model import Loop, Result, Run
    from innerloop.views.site import Finding, Site
    from innerloop.views.streams import Streams

MOST = 9
"""of a kind: GitHub shows ten a step, and drops the others without a word"""


class Github:
    """Lines that GitHub's runner reads: its commands, and a child's words never among them."""

    def __init__(self, streams: Streams, site: Site) -> None:
        self._streams = streams
        self._site = site
        self._loops: dict[str, Loop] = {}
        self._width = 8
        self._warned = 0

    def __call__(self, event: Event) -> None:
        match event:
            case WalkStarted(plan=plan):
                self._loops = {step.loop.name: step.loop for step in plan.steps}
                self._width = max([len(name) for name in self._loops] + [8])
            case LoopFinished(result=result):
                self._finished(result)
            case Warned(loop=loop, message=message):
                self._warn(f"loop {loop}", message)
            case WalkFinished(run=run):
                self._over(run)
            case _:
                if shown := said(event, self._width):
                    self._streams.out(defused(shown))

    def close(self) -> None:
        """Nothing is held."""

    def _finished(self, result: Result) -> None:
        shown = defused(line(result, self._width, colour=False))
        judged = [defused(one) for one in gates(result)]
        if not result.log:
            self._streams.out("\n".join((shown, *judged)))
            return
        token = self._site.token()
        log = defused(self._site.log(result.log))
        # In one go: under -j nothing comes between.
        parts = [
            command("group", shown),
            f"$ {defused(visible(result.command))}",
            f"::stop-commands::{token}",
            *([log.removesuffix("\n")] if log else []),
            f"::{token}::",
            command("endgroup", ""),
            *judged,
        ]
        self._streams.out("\n".join(parts))

    def _warn(self, title: str, message: str) -> None:
        message = defused(visible(message))
        self._warned += 1
        if self._warned <= MOST:
            self._streams.out(command("warning", message, title=title))
        else:
            self._streams.out(f"warning: {title}: {message}")

    def _over(self, run: Run) -> None:
        found = findings(run, self._site)
        errors = [one for one in found if _counts(one)]
        for one in errors[:MOST]:
            self._streams.out(annotation(one))
        others = [one for one in found if not _counts(one)]
        shown = others[: max(0, MOST - self._warned)]
        for one in shown:
            self._streams.out(annotation(one))
        left = len(found) - len(errors[:MOST]) - len(shown)
        if left:
            more = f"and {plural(left, 'finding')} more: they are in the log above"
            self._streams.out(command("notice", more, title="loop"))
        self._streams.out(closing(run, colour=False))
        if offer := advice(run, self._loops):
            self._streams.out(offer)
        self._site.publish(summary(run, self._site))


def _counts(finding: Finding) -> bool:
    """Whether it is shown as an error: it is one, of a loop that has to pass."""
    return finding.kind == "error" and finding.result.required


def annotation(finding: Finding) -> str:
    """The command that shows a finding where it is."""
    loop = finding.result.loop
    message = "\n".join(visible(defused(one)) for one in finding.message.split("\n"))
    return command(
        "error" if _counts(finding) else "warning",
        message,
        file=finding.path,
        line=str(finding.line or ""),
        col=str(finding.column or ""),
        title=f"{loop} ({finding.tool})" if finding.tool else loop,
    )


def command(name: str, message: str, **properties: str) -> str:
    """One line that the runner obeys; whatever it is given comes out there as it went in."""
    pairs = ",".join(f"{key}={_property(value)}" for key, value in properties.items() if value)
    return f"::{name} {pairs}::{_data(message)}" if pairs else f"::{name}::{_data(message)}"


def _data(text: str) -> str:
    # The sign of the escapes first, or they would be escaped themselves.
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def defused(log: str) -> str:
    """A log without the older form of commands: the log's own page obeys it, stopped or not."""
    return log.replace("##[", "## [")
