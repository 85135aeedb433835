"""The tools and resources of `loop mcp`, and the life of its walks."""

from __future__ import annotations

import os
import signal
import sys
import time
from contextlib import contextmanager, suppress
from typing import Annotated

import anyio
from anyio import from_thread, to_thread
from mcp.server.mcpserver import Context  # noqa: TC002 - what a tool takes is read at run time
from mcp.server.mcpserver.exceptions import ResourceError, ResourceNotFoundError, ToolError
from mcp_types import ToolAnnotations
from pydantic import Field

from innerloop import __version__
from innerloop.cli import replies, served
from innerloop.cli.strict import Strict
from innerloop.core.errors import LoopError
from innerloop.core.text import visible
from innerloop.engine.cancel import Cancel
from innerloop.engine.pace import Pace
from innerloop.system.signals import HANGUP, INTERRUPTED, TERMINATED, code
from innerloop.views.problems import explain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from typing import ParamSpec, TypeVar

    from anyio.streams.memory import MemoryObjectReceiveStream
    from mcp.server.mcpserver import MCPServer

    from innerloop.cli.inner import Flags
    from innerloop.core.events import Event

    P = ParamSpec("P")
    T = TypeVar("T")

INSTRUCTIONS = (
    "The checks of this project, named in its loops.yaml, fastest first. Call run after a change: "
    "it stops at the first failure, and does not repeat what has passed on the same content. "
    "A failure comes with its places and the smallest command that would check a fix."
)
BEAT = 5.0
"""seconds after which a walk that says nothing is reported on all the same"""
_MESSAGE = 200
_SIGNALS = {
    signal.SIGINT: INTERRUPTED,
    signal.SIGTERM: TERMINATED,
    signal.SIGHUP: HANGUP,
}
_LOOKS = ToolAnnotations(read_only_hint=True, open_world_hint=False)
_RUNS = ToolAnnotations(read_only_hint=False, destructive_hint=False, open_world_hint=False)

Loops = Annotated[
    list[str], Field(description="names of loops, each with what it comes after; none: all")
]
Until = Annotated[str, Field(description="stop after this loop")]
Budget = Annotated[str, Field(description="defer what does not fit in: 30s, 5m, none")]


class Walks:
    """The walks of this server: one at a time, each ended when its call is, or the server."""

    def __init__(self) -> None:
        self._turn = anyio.Lock()
        self._cancel: Cancel | None = None
        self._stopping = False

    async def walk(self, asked: Flags, context: Context) -> replies.Walked:
        """Walk when it is this call's turn; whoever cancels the call ends the walk."""
        if self._turn.statistics().locked:
            await context.report_progress(0, message="another call walks")
        async with self._turn:
            if self._stopping:
                raise ToolError("loop mcp is ending")
            self._cancel = cancel = Cancel()
            try:
                return await _walked(asked, cancel, context)
            finally:
                self._cancel = None

    async def ended_by_signal(self) -> None:
        """Wait for a signal, end the walk, then the process: nothing else ends a waiting read."""
        with anyio.open_signal_receiver(*_SIGNALS) as numbers:
            first = await anext(numbers)
            self._stopping = True
            async with anyio.create_task_group() as group:
                group.start_soon(self._insisted, numbers)
                if self._cancel is not None:
                    self._cancel.set(_SIGNALS[first])
                async with self._turn:
                    sys.stderr.flush()
                    os._exit(code(_SIGNALS[first]))

    async def _insisted(self, numbers: AsyncIterator[signal.Signals]) -> None:
        async for _ in numbers:
            if self._cancel is not None:
                self._cancel.kill()


async def _walked(asked: Flags, cancel: Cancel, context: Context) -> replies.Walked:
    pace = Pace()
    news, heard = anyio.create_memory_object_stream[None](1)
    done: list[replies.Walked | LoopError] = []

    def tell(event: Event) -> None:
        if pace(event):
            with suppress(anyio.WouldBlock):  # it is about to look anyway
                from_thread.run_sync(news.send_nowait, None)

    def walk() -> replies.Walked | LoopError:
        try:
            return served.walked(asked, cancel, tell)
        except LoopError as error:
            return error

    async def cancelled() -> None:
        try:
            await anyio.sleep_forever()
        finally:
            cancel.set(INTERRUPTED)

    async with news, heard, anyio.create_task_group() as group:
        group.start_soon(cancelled)
        group.start_soon(_report, pace, heard, context)
        # Not abandoned when the call is cancelled: its processes are ended first.
        done.append(await to_thread.run_sync(walk))
        group.cancel_scope.cancel()
    (came,) = done
    if isinstance(came, LoopError):
        raise ToolError(explain(came, colour=False))
    return came


async def _report(pace: Pace, news: MemoryObjectReceiveStream[None], context: Context) -> None:
    told = -1.0
    while True:
        with anyio.move_on_after(BEAT):
            await news.receive()
        steps, total, said = pace.reached(time.time())
        if steps > told:
            await context.report_progress(steps, total, visible(said)[:_MESSAGE])
        told = steps


@contextmanager
def _told() -> Iterator[None]:
    """What the user can mend, said to whoever called."""
    try:
        yield
    except LoopError as error:
        raise ToolError(explain(error, colour=False)) from error


async def _looked(what: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    with _told():
        return await to_thread.run_sync(lambda: what(*args, **kwargs))


def server(walks: Walks) -> MCPServer:
    """The tools and resources, for a project that is opened anew by each of them."""
    made = Strict("innerloop", instructions=INSTRUCTIONS, version=__version__, log_level="WARNING")
    _walking(made, walks)
    _looking(made)
    _resources(made)
    return made


def _walking(made: MCPServer, walks: Walks) -> None:
    @made.tool(annotations=_RUNS)
    async def run(
        context: Context,
        *,
        loops: Loops = [],  # noqa: B006 - read by the schema, never written
        until: Until = "",
        budget: Budget = "",
        keep_going: Annotated[bool, Field(description="go on after a failure")] = False,
        force: Annotated[bool, Field(description="run what has passed already, too")] = False,
    ) -> replies.Walked:
        """Run the loops of loops.yaml, fastest first, and stop at the first failure.

        What has passed on the same content is not run again. Only loops that loops.yaml names
        can be run; a loop with `auto: false` runs only when it is named.
        """
        with _told():
            asked = served.flags(loops, until, budget, keep_going=keep_going, force=force)
        return await walks.walk(asked, context)

    @made.tool(annotations=_LOOKS)
    async def plan(
        loops: Loops = [],  # noqa: B006 - likewise
        until: Until = "",
        budget: Budget = "",
    ) -> replies.Plan:
        """Say what run would do with the same arguments, in what order, and why."""
        with _told():
            asked = served.flags(loops, until, budget, keep_going=False, force=False)
        return await _looked(served.planned, asked)


def _looking(made: MCPServer) -> None:
    @made.tool(annotations=_LOOKS)
    async def why(loop: Annotated[str, Field(description="a loop's name")]) -> replies.Why:
        """Say why a loop would run, or not: what changed since it last passed."""
        return await _looked(served.why, loop)

    @made.tool(annotations=_LOOKS)
    async def failures() -> replies.Failures:
        """Say what failed in the latest walk, whoever walked: output, places, what checks a fix."""
        return await _looked(served.failures)

    @made.tool(annotations=_LOOKS)
    async def history(
        loop: Annotated[str, Field(description="only walks of this loop")] = "",
        limit: Annotated[int, Field(ge=1, le=1000)] = 20,
    ) -> replies.History:
        """List the latest walks, newest first."""
        return await _looked(served.history, loop, limit)

    @made.tool(annotations=_LOOKS)
    async def metrics(loops: Loops = []) -> replies.Metrics:  # noqa: B006 - likewise
        """Say how long loops take and how often they pass, by their latest results."""
        return await _looked(served.metrics, loops)


def _resources(made: MCPServer) -> None:
    @made.resource("loop://last", mime_type="application/json")
    async def last() -> str:
        """The latest walk: what came of each loop, and the places that failed."""
        text = await _read(served.last)
        if not text:
            raise ResourceNotFoundError("nothing has run here yet")
        return text

    @made.resource("loop://config", mime_type="application/json")
    async def config() -> str:
        """What loops.yaml says, with the defaults filled in."""
        return await _read(served.config)


async def _read(what: Callable[[], str]) -> str:
    try:
        return await to_thread.run_sync(what)
    except LoopError as error:
        raise ResourceError(explain(error, colour=False)) from error


def serve() -> int:
    """Answer on stdin and stdout until stdin is closed."""
    anyio.run(_served)
    return 0


async def _served() -> None:
    walks = Walks()
    async with anyio.create_task_group() as group:
        group.start_soon(walks.ended_by_signal)
        await server(walks).run_stdio_async()
        group.cancel_scope.cancel()
