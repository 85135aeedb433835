"""Lineage: where a result came from, so that it can be explained, compared, and made again."""

from __future__ import annotations

import re
from typing import NamedTuple

_FILE = re.compile("(?:100644|100755|120000) ")
"""the beginning of a value that says what a file held, among others that are rules"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from innerloop.core.fingerprint import Ingredients

KEPT, KEPT_OF_NUMBERS = 200, 10_000
"""runs of one loop whose lineage is kept, newest first"""


class Setting(NamedTuple):
    """Who ran it, and with what; most runs share one."""

    who: str = ""
    """as git knows them, else the login name and the host"""
    host: str = ""
    interpreter: str = ""
    version: str = ""
    """of Python; empty where it cannot be told"""
    locks: tuple[tuple[str, str], ...] = ()
    """each lock file that was there, and its digest"""


class Lineage(NamedTuple):
    """What one result of one run came from."""

    run: str
    loop: str
    commit: str = ""
    """empty outside git, and before the first commit"""
    branch: str = ""
    dirty: bool | None = None
    """None: nobody could tell"""
    patch: str = ""
    """the digest of what the work tree had beside the commit; empty: nothing, or see `note`"""
    note: str = ""
    """what of the changes is not in the patch"""
    setting: Setting = Setting()
    inputs: str = ""
    """the digest of its inputs as it began; empty: they were not looked at"""
    after: str = ""
    """and as it ended"""
    files: int = 0
    """how many inputs there were"""
    moved: tuple[str, ...] = ()
    """inputs that were changed while it ran"""
    packages: str = ""
    """the digest of everything installed in its environment"""
    again: str = ""
    """the run whose tree this one was made from"""

    @property
    def exact(self) -> bool:
        """Whether commit and patch are all that stood there."""
        return bool(self.commit or self.patch) and not self.note


class Origin(NamedTuple):
    """A lineage, and the ingredients it is the lineage of."""

    lineage: Lineage
    ingredients: Ingredients | None
    """None: they are not kept any more"""


def contents(found: Ingredients) -> dict[str, str]:
    """Every file that it depends on, those of its data included: path -> `MODE BLOB`."""
    named = ((name.partition(": ")[2], value) for name, value in found.data.items())
    data = {path: value for path, value in named if _FILE.match(value)}
    return {**found.files.entries, **data}
