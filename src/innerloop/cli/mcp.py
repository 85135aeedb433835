"""loop mcp: the Model Context Protocol server for AI coding tools, over stdin and stdout."""

from __future__ import annotations

from innerloop.core.errors import LoopError


def mcp() -> int:
    """Serve until stdin is closed: 0 then, or the code of the signal that ended it."""
    try:
        from innerloop.cli.tools import serve  # noqa: PLC0415 - an extra, and slow to import
    except ImportError as error:
        if (error.name or "").partition(".")[0] not in {"anyio", "mcp", "mcp_types", "pydantic"}:
            raise
        raise LoopError(
            f"loop mcp needs the package mcp, version 2 or newer: {error}",
            "pip install 'innerloop[mcp]'",
        ) from error
    return serve()
