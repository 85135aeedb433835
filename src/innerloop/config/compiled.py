"""The configuration, compiled once: read back without YAML while nothing has changed."""

from __future__ import annotations

import os
import stat
import sys
from contextlib import suppress
from typing import Any, NamedTuple

from innerloop import __version__
from innerloop.config.find import LOCAL, NAME
from innerloop.core.digest import blake
from innerloop.core.errors import ConfigError, Problem, Where
from innerloop.core.judgement import Gate
from innerloop.core.ladder import Rung
from innerloop.core.model import Command, Config, Glob, Hook, Loop
from innerloop.core.money import Spend
from innerloop.core.sampling import Amount, Data, Rule
from innerloop.core.sealed import opened, seal

KINDS: tuple[Any, ...] = (
    *(Config, Hook, Spend, Loop, Command, Glob, Problem, Where),
    *(Data, Rule, Amount, Rung, Gate),
)
OUTER = frozenset({"innerloop.core.outer", "innerloop.core.ci"})
"""the nouns of outer loops, numbered on from where these end: loaded where there are any"""
LIMIT = 1 << 20


class Loaded(NamedTuple):
    """A configuration that is right, and what is odd about it."""

    config: Config
    warnings: tuple[Problem, ...]


def load(root: str, *, store: bool) -> Loaded:
    """Return the configuration of the project at `root`; ConfigError with everything wrong in it.

    With `store` the compiled form is kept in .loop, where there is one, for the next time.
    """
    data = _bytes(root, NAME)
    if data is None:
        raise ConfigError((Problem(f"there is no '{NAME}' in '{root}'"),))
    own = _bytes(root, LOCAL)
    place = f"{root}/.loop/cache/config"
    key = _key(data, own)
    known = _recall(place, key)
    if known is None:
        from innerloop.config.build import build  # noqa: PLC0415 - imports YAML and patterns

        known = Loaded(*build(data, own))
        if store and not _telling(known.config, data):
            _keep(f"{root}/.loop", place, key, known)
    return known


def _telling(config: Config, data: bytes) -> bool:
    """Whether a secret's value stands in it: what is kept in .loop, CI is told to cache."""
    given = {name for loop in config.loops for name, _ in loop.env} | set(dict(config.env))
    values = (os.environb.get(os.fsencode(name), b"") for name in config.secrets)
    return not given.isdisjoint(config.secrets) or any(value and value in data for value in values)


def stated(root: str, data: bytes) -> Config:
    """The configuration that the project at `root` would have with this loops.yaml."""
    from innerloop.config.build import build  # noqa: PLC0415 - imports YAML and patterns

    return build(data, _bytes(root, LOCAL))[0]


def _bytes(root: str, name: str) -> bytes | None:
    path = f"{root}/{name}"
    try:
        # A pipe by that name would be waited for.
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise ConfigError((Problem(f"'{name}' is not a file"),))
        with open(path, "rb") as file:
            return file.read(LIMIT + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise ConfigError((Problem(f"'{name}' cannot be read: {why}"),)) from None


def _key(data: bytes, own: bytes | None) -> str:
    shape = [field for kind in KINDS for field in kind._fields]
    head = [__version__, sys.version, sys.implementation.cache_tag or "", *shape]
    said = "absent" if own is None else str(len(own))
    text = "\0".join([*head, str(len(data)), said])
    return blake(text.encode() + b"\0" + data + (own or b""))


def _recall(place: str, key: str) -> Loaded | None:
    """Return what was compiled from exactly this; None for anything else, whatever it is."""
    try:
        with open(place, "rb") as file:
            kept = opened(key.encode(), file.read())
        config, warnings = _value(kept)
        return Loaded(config, warnings)
    except (OSError, ValueError, TypeError, IndexError):
        return None


def _keep(state: str, place: str, key: str, known: Loaded) -> None:
    """Keep it for the next time; where that cannot be, there is just no next time."""
    if not os.path.isdir(state):
        return
    fresh = f"{place}.{os.getpid()}"
    try:
        os.makedirs(os.path.dirname(place), mode=0o700, exist_ok=True)
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with open(handle, "wb") as file:
            file.write(seal(key.encode(), _plain((known.config, known.warnings))))
        os.replace(fresh, place)
    except OSError:
        with suppress(OSError):
            os.unlink(fresh)


def _plain(value: Any) -> Any:
    """Return it as nested plain tuples, each behind the number of its kind."""
    kind = type(value)
    if kind.__module__ in OUTER:
        number = len(KINDS) + _rare().index(kind)
        return (number, *([str(value)] if issubclass(kind, str) else map(_plain, value)))
    if not isinstance(value, tuple):
        return value
    return (KINDS.index(kind) if kind in KINDS else -1, *map(_plain, value))


def _rare() -> tuple[Any, ...]:
    from innerloop.core import ci, outer  # noqa: PLC0415 - most have none

    return (*outer.NOUNS, *ci.NOUNS, *outer.CHOICES)


def _value(plain: Any) -> Any:
    if type(plain) is not tuple:
        return plain
    parts = [_value(part) for part in plain[1:]]
    if plain[0] >= len(KINDS):
        kind = _rare()[plain[0] - len(KINDS)]
        return kind(*parts) if issubclass(kind, str) else kind._make(parts)
    return tuple(parts) if plain[0] < 0 else KINDS[plain[0]]._make(parts)
