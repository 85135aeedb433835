"""The verbs of the command, and those kept for later: no loop may be called like one."""

from __future__ import annotations

_WALKS = "inner watch run plan why fix debug outer"
_GATES = "status resume approve reject resolve rollback unlock abandon findings"
_REST = (
    "accept case check ci compare doctor history hook init install mcp report review sample show "
    "stats uninstall"
)
VERBS = frozenset(f"{_WALKS} {_GATES} {_REST}".split())
