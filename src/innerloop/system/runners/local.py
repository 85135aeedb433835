"""The local runner: a job's commands, run here, in an environment made for them."""

from __future__ import annotations

import os

from innerloop.core.warm import BYTECODE
from innerloop.system.git import without_repository
from innerloop.system.process import supervise

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from innerloop.core.job import Completion, Job
    from innerloop.core.world import Runner, Stoppable
    from innerloop.system.process import Guard


def local(watchdog: Guard | None = None) -> Runner:
    """Carries jobs out on this machine, each group known to the watchdog."""

    def run(job: Job, emit: Callable[[str], None], cancel: Stoppable) -> Completion:
        if not job.bytecode:
            job = job._replace(env={**job.env, BYTECODE: "1"})
        return supervise(job, emit, cancel, watchdog)

    return run


def child_environment(
    base: Mapping[str, str], *, python_bin: str = "", extra: Mapping[str, str] | None = None
) -> dict[str, str]:
    """`base` without git's view of one repository, with the project's Python first on PATH."""
    env = without_repository(base)
    if python_bin:
        path = env.get("PATH", os.defpath)
        env["PATH"] = f"{python_bin}{os.pathsep}{path}" if path else python_bin
        folder = os.path.dirname(python_bin)
        if os.path.exists(os.path.join(folder, "pyvenv.cfg")):
            env["VIRTUAL_ENV"] = folder
            env.pop("PYTHONHOME", None)
    env.update(extra or {})
    return env
