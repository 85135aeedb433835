"""loop check: is loops.yaml right; and its JSON Schema, for editors."""

from __future__ import annotations

import os

from innerloop.cli.wiring import project, streams
from innerloop.core.errors import ExitCode
from innerloop.core.text import plural


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
    return ExitCode.OK
