"""loop check: is loops.yaml right; and its JSON Schema, for editors."""

from __future__ import annotations

import os

from innerloop.cli.wiring import project, streams
from innerloop.core.errors import ExitCode
from innerloop.core.text import plural
from innerloop.system import git
from innerloop.system.shadow.furnish import idle

TYPE_CHECKING = False
if TYPE_CHECKING:
    from innerloop.cli.wiring import Project


def check(*, schema: bool) -> int:
    """Say that the configuration is right, every problem where it is not, or print its schema."""
    if schema:
        import json  # noqa: PLC0415 - only here

        from innerloop.config.schema import json_schema  # noqa: PLC0415 - only here

        streams().out(json.dumps(json_schema(), indent=2))
        return ExitCode.OK
    with project(write=False) as found:
        loops = found.ground.config.loops
        python = found.ground.python
        where = f"{python.interpreter} ({python.source})" if python.interpreter else "none found"
        streams().out(f"loops.yaml is right: {plural(len(loops), 'loop')}. Python: {where}")
        env_file = found.ground.config.env_file
        if env_file and not os.path.exists(f"{found.root}/{env_file}"):
            streams().err(f"warning: env_file {env_file!r} is not there")
        for loop in loops:
            for text in found.ground.inputs.unmatched(loop):
                streams().err(f"warning: {loop.name}: {text}")
        for text in idle(found.ground, _tracked(found)):
            streams().err(f"warning: {text}")
    return ExitCode.OK


def _tracked(found: Project) -> frozenset[str]:
    if not found.ground.tree.in_git or not found.ground.config.hook_needs:
        return frozenset()
    return frozenset(git.ask(found.root, "ls-files", "-z", "--cached").split("\0"))
