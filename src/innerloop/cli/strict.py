"""A server whose tools refuse an argument that they do not take, rather than pass it over."""

from __future__ import annotations

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError

from innerloop.core.errors import LoopError
from innerloop.core.text import listing, nearest
from innerloop.views.problems import explain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from mcp.server.mcpserver import Context
    from mcp_types import CallToolResult, InputRequiredResult, Tool


class Strict(MCPServer[None]):
    """The protocol's server, which by itself drops arguments that a tool does not name."""

    async def list_tools(self) -> list[Tool]:
        """Every tool; its schema says that there are no other arguments."""
        closed = {"additionalProperties": False}
        return [
            tool.model_copy(update={"input_schema": {**tool.input_schema, **closed}})
            for tool in await super().list_tools()
        ]

    async def call_tool(
        self, name: str, arguments: dict[str, Any], context: Context[None, Any] | None = None
    ) -> CallToolResult | InputRequiredResult:
        """Call a tool; one with an argument that it does not take is not begun."""
        for tool in await self.list_tools():
            if tool.name == name:
                _only(name, arguments, tuple(tool.input_schema["properties"]))
        return await super().call_tool(name, arguments, context)


def _only(name: str, arguments: dict[str, Any], takes: tuple[str, ...]) -> None:
    unknown = [one for one in arguments if one not in takes]
    if not unknown:
        return
    near = nearest(unknown[0], takes)
    meant = f"did you mean {near!r}? " if near else ""
    there = f"it takes: {listing(takes, len(takes))}" if takes else "it takes none"
    what = ", ".join(repr(one) for one in unknown)
    told = LoopError(f"{name} has no argument {what}", f"{meant}{there}")
    raise ToolError(explain(told, colour=False))
