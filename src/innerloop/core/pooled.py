"""What several files, repetitions and runs have measured, put together."""

from __future__ import annotations

from innerloop.core.metrics import computed
from innerloop.core.results import Example, Measured, Metric
from innerloop.core.statistics import Missing, interval
from innerloop.core.text import plural

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_ALIKE = 0.005


def together(parts: Sequence[Measured]) -> Measured:
    """Several files of one run: other examples, other metrics. What stands in two is a problem."""
    examples = tuple(one for part in parts for one in part.examples)
    problems = [said for part in parts for said in part.problems]
    keys: set[tuple[str, int]] = set()
    for one in examples:
        if (one.id, one.rep) in keys:
            problems.append(f"the example {one.id!r} stands in two of the files")
        keys.add((one.id, one.rep))
    written = [metric for part in parts for metric in part.metrics]
    names = [metric.name for metric in written]
    problems += [
        f"{name!r} stands in two of the files"
        for name in dict.fromkeys(names)
        if names.count(name) > 1
    ]
    params = dict(pair for part in parts for pair in part.params)
    return Measured(
        tuple(written),
        examples,
        tuple(params.items()),
        _sum([part.cost for part in parts]),
        parts[0].data if parts else "",
        tuple(dict.fromkeys(problems)),
    )


def again(parts: Sequence[Measured]) -> Measured:
    """Several runs of one thing: the same examples once more, each run's as repetitions.

    Of a metric that no example is behind, the mean; one that a run did not have is a problem.
    """
    if len(parts) == 1:
        return parts[0]
    examples: list[Example] = []
    above = 0
    for part in parts:
        examples += [one._replace(rep=one.rep + above) for one in part.examples]
        above += 1 + max((one.rep for one in part.examples), default=0)
    problems = [said for part in parts for said in part.problems]
    known = [{one.id for one in part.examples} for part in parts]
    if any(ids != known[0] for ids in known):
        problems.append("its repetitions are not of the same examples")
    return Measured(
        tuple(_means(parts, problems)),
        tuple(examples),
        parts[-1].params,
        _sum([part.cost for part in parts]),
        parts[-1].data,
        tuple(dict.fromkeys(problems)),
    )


def joined(latest: Measured, before: Sequence[Measured]) -> Measured:
    """The latest run with the earlier ones on just its content, oldest first.

    One of fewer examples was cut short, and does not count. Where one had others, chance alone
    has chosen them, and with them the verdict: that is a problem.
    """
    ids = _ids(latest)
    found = again((*(one for one in before if _ids(one) == ids), latest))
    lost = {one for part in before for one in _ids(part)} - ids
    if not lost:
        return found
    said = (
        f"{plural(len(lost), 'example')} that it measured before on the same content, such as "
        f"{min(lost)!r}, are missing: let a seed or a file choose them, not chance"
    )
    return found._replace(problems=(*found.problems, said))


def _ids(measured: Measured) -> frozenset[str]:
    return frozenset(one.id for one in measured.examples)


def _means(parts: Sequence[Measured], problems: list[str]) -> Iterator[Metric]:
    made = {name for name, _, _ in computed(parts[0].examples)}
    tables = [
        {one.name: one for one in part.metrics if one.n is None or one.name not in made}
        for part in parts
    ]
    for name in dict.fromkeys(name for table in tables for name in table):
        values = [table[name].value for table in tables if name in table]
        if len(values) < len(parts):
            problems.append(f"{name!r} was not measured in every repetition")
        else:
            yield Metric(name, sum(values) / len(values), tables[0][name].n)


def _sum(costs: Sequence[float | None]) -> float | None:
    told = [cost for cost in costs if cost is not None]
    return sum(told) if told else None


def spread(measured: Measured) -> Measured:
    """With every metric that its examples have, each with its n and its interval.

    What a tool has written under the same name stands beside it only where it says another thing.
    """
    made: list[Metric] = []
    of = len({one.id for one in measured.examples})
    for name, column, value in computed(measured.examples):
        try:
            found = interval(column)
        except Missing:
            found = None
        low, high = (found.low, found.high) if found else (None, None)
        n = len(column.ids)
        made.append(Metric(name, value, n, low, high, of if of > n else None))
    values = {one.name: one.value for one in made}
    written = [
        one
        for one in measured.metrics
        if one.name not in values or abs(one.value - values[one.name]) > _ALIKE
    ]
    return measured._replace(metrics=(*made, *written))
