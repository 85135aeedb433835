"""Whether there is memory to spare for a process that only waits."""

from __future__ import annotations

import os

SPARE = 1 << 30
"""bytes that are to stay free"""


def short() -> bool:
    """Whether less is left than is to stay free; not known, there is enough."""
    try:
        free = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError):
        return False
    if free > SPARE:
        return False
    try:
        with open("/proc/meminfo", encoding="utf-8") as file:
            found = next(line for line in file if line.startswith("MemAvailable"))
    except (OSError, StopIteration):
        return False
    return int(found.split()[1]) * 1024 < SPARE
