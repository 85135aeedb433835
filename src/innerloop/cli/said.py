"""What a person says of a run, as it may be kept: by whom, and with no secret in it."""

from __future__ import annotations

import os
from contextlib import suppress

from innerloop.core.errors import LoopError
from innerloop.system.standpoint import identity
from innerloop.system.veil import Veil

TYPE_CHECKING = False
if TYPE_CHECKING:
    from innerloop.core.book import Ticket


def veiled(root: str, ticket: Ticket, note: str) -> str:
    """A note without what the secrets of the project, and of the run's stages, hold here."""
    from innerloop.config.compiled import load  # noqa: PLC0415 - few say anything

    if not note:
        return note
    names = [name for stage in ticket.outer.stages for name in stage.secrets]
    # What has to be said can be said while loops.yaml is wrong.
    with suppress(LoopError):
        names += load(root, store=False).config.secrets
    return Veil(tuple(dict.fromkeys(names)), (os.environ,)).text(note)


def by(root: str, ticket: Ticket, note: str) -> str:
    """Who says it, and why."""
    return f"{identity(root)}{f': {veiled(root, ticket, note)}' if note else ''}"
