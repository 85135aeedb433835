"""A job, and its completion: what a runner is given, and what it reports."""

from __future__ import annotations

from typing import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from innerloop.core.mask import Mask


REPETITION = "LOOP_REPETITION"
"""the variable that tells a command of a loop with `repeat` which time it is"""


class Job(NamedTuple):
    """What a runner is given: one step's commands, and the place they run in."""

    name: str
    argvs: tuple[tuple[str, ...], ...]
    """run one after another; the first that fails is the last"""
    cwd: str
    """absolute"""
    env: Mapping[str, str]
    """the whole environment: nothing is inherited"""
    timeout: float
    """seconds, for all of them together"""
    log: str
    """absolute; receives every byte of output"""
    tty: tuple[int, int] | None = None
    """rows and columns of the terminal they are shown; None: a pipe"""
    grace: tuple[float, float] = (2.0, 2.0)
    """seconds from interrupt to terminate, and from there to kill"""
    warm: bool = False
    """a process that was kept warm may carry it out"""
    preload: tuple[str, ...] | None = None
    """what such a process imports beforehand; None: what it has learned to"""
    bytecode: bool = True
    """whether Python may keep what it compiles"""
    mask: Mask | None = None
    """covers what nobody is to read in its output; None: there is nothing of the kind"""
    numbers: tuple[int, ...] = ()
    """which repetition each of the commands is of, from 1; empty where nothing is repeated"""

    def environ(self, at: int) -> Mapping[str, str]:
        """The environment of the command that stands there."""
        return {**self.env, REPETITION: str(self.numbers[at])} if self.numbers else self.env


class Completion(NamedTuple):
    """What a runner reports: one step's commands, run to their end."""

    exit_code: int
    """as a shell would give it: 128 + N after signal N, 127 where there was nothing to run"""
    seconds: float
    timed_out: bool = False
    cancelled: bool = False
    tail: str = ""
    """the last few thousand characters of output"""
    mode: str = ""
    """`warm`, or `cold` and why where it could have been warm; empty: it never is"""
