"""Ingredients and outputs, kept by their content, so that loops share what is alike."""

from __future__ import annotations

from innerloop.core.digest import blake
from innerloop.core.fingerprint import Files, Ingredients

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Mapping

    from innerloop.system.history.store import Store

    Fetch = Callable[[str], bytes | None]

_SHARED = ("files", "packages")
"""the tables that loops have in common, and that are long"""


def keep(connection: sqlite3.Connection, table: Mapping[str, str]) -> str:
    """Store a table of texts; its digest."""
    import json  # noqa: PLC0415 - only for passes worth remembering
    import zlib  # noqa: PLC0415 - likewise

    # Names that are not UTF-8 are surrogates here, which only ASCII escapes survive.
    body = json.dumps(table, separators=(",", ":")).encode()
    digest = blake(body)
    known = connection.execute("SELECT 1 FROM manifests WHERE digest = ?", (digest,)).fetchone()
    if not known:
        connection.execute(
            "INSERT INTO manifests (digest, body) VALUES (?, ?)", (digest, zlib.compress(body, 1))
        )
    return digest


def fetch(body: bytes) -> dict[str, str]:
    """The table again; empty where it cannot be read, so that nothing is concluded from it."""
    import json  # noqa: PLC0415 - only where there is a pass to compare with
    import zlib  # noqa: PLC0415 - likewise

    try:
        table = json.loads(zlib.decompress(body))
    except (zlib.error, ValueError):
        return {}
    return table if isinstance(table, dict) else {}


def keep_ingredients(connection: sqlite3.Connection, ingredients: Ingredients) -> str:
    """Store ingredients; the digest to fetch them by."""
    record = {
        "command": ingredients.command,
        "cwd": ingredients.cwd,
        "patterns": "\n".join(ingredients.patterns),
        "files": keep(connection, ingredients.files.entries),
        "files digest": ingredients.files.digest,
        "packages": keep(connection, ingredients.packages),
    }
    for name in ("variables", "probes", "programs", "folders"):
        record |= {f"{name}/{key}": value for key, value in getattr(ingredients, name).items()}
    return keep(connection, record)


def fetch_ingredients(record: Mapping[str, str], read: Fetch) -> Ingredients | None:
    """Ingredients again; None where a part of them is gone."""
    parts = {name: read(record.get(name, "")) for name in _SHARED}
    if any(part is None for part in parts.values()) or "command" not in record:
        return None
    return Ingredients(
        command=record["command"],
        cwd=record["cwd"],
        patterns=tuple(record["patterns"].split("\n")) if record["patterns"] else (),
        files=Files(fetch(parts["files"] or b""), record["files digest"]),
        packages=fetch(parts["packages"] or b""),
        variables=_under(record, "variables/"),
        probes=_under(record, "probes/"),
        programs=_under(record, "programs/"),
        folders=_under(record, "folders/"),
    )


def _under(record: Mapping[str, str], head: str) -> dict[str, str]:
    return {key[len(head) :]: value for key, value in record.items() if key.startswith(head)}


def table_of(store: Store, digest: str) -> dict[str, str] | None:
    """The table of that digest; None where it is gone, or cannot be read."""
    body = body_of(store, digest)
    return None if body is None else fetch(body) or None


def body_of(store: Store, digest: str) -> bytes | None:
    for (body,) in store.rows("SELECT body FROM manifests WHERE digest = ?", digest):
        if isinstance(body, bytes):
            return body
    return None
