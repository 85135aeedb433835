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

SHARED = ("files", "packages")
"""the tables that loops have in common, and that are long"""
_PIECE = 64
"""lines of a piece, on average"""


def keep(connection: sqlite3.Connection, table: Mapping[str, str] | list[str]) -> str:
    """Store a table of texts, or a list of what it is in pieces; its digest."""
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


def keep_long(connection: sqlite3.Connection, table: Mapping[str, str]) -> str:
    """Store a long table in pieces, so that two which differ in a line differ in a piece.

    A piece ends after a name that says so by itself, wherever it stands; or where it grows long.
    """
    if len(table) < 2 * _PIECE:
        return keep(connection, table)
    from zlib import crc32  # noqa: PLC0415 - only where there are many files

    pieces: list[dict[str, str]] = [{}]
    for name, value in table.items():
        pieces[-1][name] = value
        ends = crc32(name.encode("utf-8", "surrogateescape")) % _PIECE == 0
        if ends or len(pieces[-1]) == 4 * _PIECE:
            pieces.append({})
    return keep(connection, [keep(connection, piece) for piece in pieces if piece])


def fetch(body: bytes) -> dict[str, str]:
    """The table again; empty where it cannot be read, so that nothing is concluded from it."""
    table = _loaded(body)
    return table if isinstance(table, dict) else {}


def pieces(body: bytes) -> tuple[str, ...]:
    """The digests of what a long table is in; none where it is whole."""
    found = _loaded(body)
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        return ()
    return tuple(found)


def _loaded(body: bytes) -> object:
    import json  # noqa: PLC0415 - only where there is a pass to compare with
    import zlib  # noqa: PLC0415 - likewise

    try:
        return json.loads(zlib.decompress(body))
    except (zlib.error, ValueError):
        return None


def _fetch_long(body: bytes, read: Fetch) -> dict[str, str] | None:
    """A table that may be in pieces; None where one of them is gone."""
    found = pieces(body)
    if not found:
        return fetch(body)
    table: dict[str, str] = {}
    for digest in found:
        piece = fetch(read(digest) or b"")
        if not piece:
            return None
        table |= piece
    return table


def keep_ingredients(connection: sqlite3.Connection, ingredients: Ingredients) -> str:
    """Store ingredients; the digest to fetch them by."""
    record = {
        "command": ingredients.command,
        "cwd": ingredients.cwd,
        "patterns": "\n".join(ingredients.patterns),
        "files": keep_long(connection, ingredients.files.entries),
        "files digest": ingredients.files.digest,
        "packages": keep_long(connection, ingredients.packages),
    }
    for name in ("variables", "probes", "programs", "folders", "data"):
        record |= {f"{name}/{key}": value for key, value in getattr(ingredients, name).items()}
    return keep(connection, record)


def fetch_ingredients(record: Mapping[str, str], read: Fetch) -> Ingredients | None:
    """Ingredients again; None where a part of them is gone."""
    bodies = [read(record.get(name, "")) for name in SHARED]
    tables = [None if body is None else _fetch_long(body, read) for body in bodies]
    files, packages = tables
    if files is None or packages is None or "command" not in record:
        return None
    return Ingredients(
        command=record["command"],
        cwd=record["cwd"],
        patterns=tuple(record["patterns"].split("\n")) if record["patterns"] else (),
        files=Files(files, record["files digest"]),
        packages=packages,
        variables=_under(record, "variables/"),
        probes=_under(record, "probes/"),
        programs=_under(record, "programs/"),
        folders=_under(record, "folders/"),
        data=_under(record, "data/"),
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
