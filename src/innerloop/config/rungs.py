"""From ladders as they are written to loops: one for each rung, behind the one below it."""

from __future__ import annotations

from innerloop.config.subsets import default_timeout
from innerloop.core.ladder import rung, topmost

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping

    from innerloop.core.ladder import Rung
    from innerloop.core.model import Config, Hook, Loop

    Ladders = Mapping[str, tuple[Rung, ...]]


def climbed(config: Config, timed: Container[str]) -> Config:
    """The configuration with every ladder taken apart, and its names read as those of rungs.

    `timed`: the loops that say themselves when they are ended.
    """
    ladders = {loop.name: loop.rungs for loop in config.loops if loop.rungs}
    if not ladders:
        return config
    return config._replace(
        loops=tuple(
            one for loop in config.loops for one in _rungs(loop, ladders, timed=loop.name in timed)
        ),
        pre_commit=_always(config.pre_commit, ladders),
        pre_push=_always(config.pre_push, ladders),
    )


def _rungs(loop: Loop, ladders: Ladders, *, timed: bool) -> Iterator[Loop]:
    after = tuple(dict.fromkeys(topmost(ladders, name) for name in loop.after))
    if not loop.rungs:
        yield loop._replace(after=after)
        return
    below: tuple[str, ...] = ()
    for one in loop.rungs:
        name = rung(loop.name, one.amount)
        yield loop._replace(
            name=name,
            cycle=one.cycle,
            timeout=loop.timeout if timed else default_timeout(one.cycle),
            after=(*after, *below),
            data=tuple(
                data if data.fixed else data._replace(rule=data.rule._replace(amount=one.amount))
                for data in loop.data
            ),
            rungs=(),
        )
        below = (name,)


def _always(hook: Hook, ladders: Ladders) -> Hook:
    return hook._replace(always=tuple(topmost(ladders, name) for name in hook.always))
