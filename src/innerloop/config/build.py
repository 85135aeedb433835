"""Text to configuration: every problem of both files at once, in the order of their lines."""

from __future__ import annotations

from innerloop.config import ci, rules, stage_rules
from innerloop.config.find import LOCAL, NAME
from innerloop.config.local import ONLY, local, override
from innerloop.config.reader import Desk, Reader
from innerloop.config.rungs import climbed
from innerloop.config.schema import config as grammar
from innerloop.config.source import parse
from innerloop.core.errors import ConfigError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from innerloop.core.errors import Problem
    from innerloop.core.model import Config


def build(data: bytes, own: bytes | None) -> tuple[Config, tuple[Problem, ...]]:
    """Return the configuration and its warnings; ConfigError with all there is to mend."""
    main, found = _open(NAME, data)
    config = main.finish(grammar(main))
    rules.check(config, main.children, main)
    stage_rules.check(config, main)
    ci.check(config, main)
    if own is not None and own.strip():
        mine, faults = _open(LOCAL, own, ONLY)
        said = mine.finish(local(mine))
        config = override(config, said, main, mine)
        problems = (*_sorted(found, main), *_sorted(faults, mine))
        warnings = (*main.desk.warnings, *mine.desk.warnings)
    else:
        problems, warnings = _sorted(found, main), tuple(main.desk.warnings)
    if problems:
        raise ConfigError(problems)
    timed = {reader.name for reader in main.children if reader.has("timeout")}
    return climbed(config, timed), warnings


def _open(name: str, data: bytes, only: str = "") -> tuple[Reader, tuple[Problem, ...]]:
    page = parse(name, data)
    return Reader(Desk(page.source, only), page.table), page.problems


def _sorted(faults: tuple[Problem, ...], reader: Reader) -> tuple[Problem, ...]:
    # An anchor's contents are read once for each alias: said once is enough.
    unique = dict.fromkeys((*faults, *reader.desk.problems))
    return tuple(sorted(unique, key=_place))


def _place(problem: Problem) -> tuple[int, int]:
    return (problem.where.line, problem.where.column) if problem.where else (0, 0)
