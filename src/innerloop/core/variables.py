"""The inherited variables that say something: what changes verdicts, and who started us."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

NAMES = (
    "CUDA_VISIBLE_DEVICES",
    "DJANGO_SETTINGS_MODULE",
    "DYLD_LIBRARY_PATH",
    "FLASK_APP",
    "FLASK_ENV",
    "HF_HOME",
    "HF_HUB_OFFLINE",
    "LANG",
    "LANGUAGE",
    "LC_ALL",
    "LC_CTYPE",
    "LD_LIBRARY_PATH",
    "LD_PRELOAD",
    "MYPYPATH",
    "NODE_ENV",
    "NODE_OPTIONS",
    "NODE_PATH",
    "OMP_NUM_THREADS",
    "PYTEST_ADDOPTS",
    "PYTEST_DISABLE_PLUGIN_AUTOLOAD",
    "PYTEST_PLUGINS",
    "SOURCE_DATE_EPOCH",
    "TRANSFORMERS_OFFLINE",
    "TZ",
)
"""Single variables, in the order of the reference page."""

PREFIXES = ("COVERAGE_", "HYPOTHESIS_", "MYPY_", "PYTHON", "RUFF_")
"""Families of them."""

HARMLESS = frozenset(
    {"PYTHONBREAKPOINT", "PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX", "PYTHONUNBUFFERED"}
)
"""Members of those families that change how a program runs, never what it finds."""


def telling(environ: Mapping[str, str]) -> tuple[str, ...]:
    """The names set in this environment that every fingerprint takes in, in order."""
    return tuple(
        sorted(
            name
            for name in environ
            if (name in NAMES or name.startswith(PREFIXES)) and name not in HARMLESS
        )
    )


def forge(environ: Mapping[str, str]) -> str:
    """Whose CI this is, as `--format` would name it; empty where that is nobody's we know."""
    if environ.get("GITHUB_ACTIONS") == "true":
        return "github"
    return "gitlab" if environ.get("GITLAB_CI") == "true" else ""


def unattended(environ: Mapping[str, str]) -> bool:
    """Whether a CI runs us: nobody is there to run later what is deferred now."""
    return environ.get("CI", "").lower() not in {"", "0", "false"} or bool(forge(environ))
