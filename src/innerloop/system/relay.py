"""Legs on the disk: a folder each, which its job alone writes, and the files that it left."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import stat

from innerloop.core import leg as legs
from innerloop.core.book import How
from innerloop.core.errors import LoopError
from innerloop.core.pipeline import artifact
from innerloop.system import artifacts, state
from innerloop.system.flocks import held
from innerloop.system.journal.place import Room
from innerloop.system.journal.place import room as kept

TYPE_CHECKING = False
if TYPE_CHECKING:
    from innerloop.core.leg import Leg

_NAME = "leg.json"
_MOST = 1 << 22
_BUSY = (
    "what an earlier try of this job, or a job before it, has begun is still at work",
    "wait until it has ended, then run the job again: nothing was done",
)


class Relay:
    """The folder in which jobs find what the others handed on."""

    def __init__(self, folder: str) -> None:
        self.folder = os.path.abspath(folder)

    def place(self, outer: str, stage: str) -> str:
        return f"{self.folder}/{artifact(outer, stage)}"

    def fresh(self, name: str) -> str:
        """A folder of that name with nothing in it."""
        path = f"{self.folder}/{name}"
        shutil.rmtree(path, ignore_errors=True)
        os.makedirs(path, mode=0o700)
        return path

    def journal(self, root: str) -> Room:
        """A room of the job's own; LoopError where what an earlier one began is still at work.

        Where a disk stays between jobs, so does a deploy whose job was killed.
        """
        # Whoever cleans a checkout takes the folder away, and leaves git's.
        room = Room(f"{self.folder}/journal", beside=kept(root).beside or root)
        handle = room.at_work(fcntl.LOCK_EX | fcntl.LOCK_NB)
        if handle is None:
            raise LoopError(*_BUSY)
        try:
            if _at_work(f"{room.folder}/runs"):
                raise LoopError(*_BUSY)
            self.fresh("journal")
        finally:
            os.close(handle)
        return room

    def forget(self, outer: str, stage: str) -> None:
        """Take away what an earlier try has handed on."""
        shutil.rmtree(self.place(outer, stage), ignore_errors=True)

    def read(self, outer: str, stage: str) -> Leg | None:
        """The leg of a stage; None where there is none. LoopError where it cannot be read."""
        path = f"{self.place(outer, stage)}/{_NAME}"
        try:
            with open(path, "rb") as file:
                data = file.read(_MOST + 1)
        except OSError:
            return None
        try:
            leg = legs.read(json.loads(data))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise LoopError(f"{path} is damaged: {error}", "run its job again") from error
        if leg.stage != stage:
            raise LoopError(f"{path} is of {leg.stage!r}, not of {stage!r}", "run its job again")
        return leg

    def write(self, leg: Leg, room: Room) -> None:
        """Hand it on, with the files that the stage left."""
        place = self.fresh(artifact(leg.outer, leg.stage))
        os.makedirs(f"{place}/files", mode=0o700)
        for one in leg.kept:
            source = f"{room.folder}/artifacts/{one.digest}"
            if one.how is How.LEFT and os.path.exists(source):
                shutil.copy(source, f"{place}/files/{one.digest}")
        body = json.dumps(legs.plain(leg), indent=1) + "\n"
        state.put(f"{place}/{_NAME}", body.encode())

    def lay(self, leg: Leg, room: Room) -> None:
        """Put the files of a leg where a stage looks for them: it looks at what they hold, too."""
        for one in leg.kept:
            if one.how is not How.LEFT:
                continue
            source = f"{self.place(leg.outer, leg.stage)}/files/{one.digest}"
            target = f"{room.make('artifacts')}/{one.digest}"
            try:
                shutil.copy(source, target)
                if artifacts.digest(target) != one.digest:
                    # On the way through a forge's store, nothing stays executable.
                    os.chmod(target, os.stat(target).st_mode | stat.S_IXUSR)
            except OSError as error:
                raise LoopError(
                    f"{one.path!r}, which {leg.stage} left, was not handed on", "run its job again"
                ) from error


def _at_work(runs: str) -> bool:
    """Whether somebody carries one of the runs out, or what it began has not ended."""
    for folder, _, names in os.walk(runs):
        if "lock" in names and held(f"{folder}/lock"):
            return True
        # What a command left behind as it ended is none of its effect.
        if "alive" in names and "rc" not in names and held(f"{folder}/alive"):
            return True
    return False
