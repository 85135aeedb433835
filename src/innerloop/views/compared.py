"""Two results side by side, on one page."""

from __future__ import annotations

from innerloop.core.figures import figure
from innerloop.core.text import plural, visible
from innerloop.views.lines import painted
from innerloop.views.numbers import difference, metric
from innerloop.views.tables import aligned

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from innerloop.core.compared import Comparison, File, Pair
    from innerloop.core.flips import Flip

_GOOD, _BAD, _HEAD = "\x1b[32m", "\x1b[31m", "\x1b[1m"
_SHORT = 60


def page(found: Comparison, most: int, *, colour: bool) -> str:
    """All that differs; of long lists the first `most`."""
    head = painted(visible(f"{found.loop}: {found.before} -> {found.after}"), _HEAD, colour=colour)
    lines = [head, *_heads(found), *_metrics(found)]
    lines += _examples(found, most, colour=colour)
    lines += _pairs("params", found.params, most)
    lines += _pairs("data", found.data, most)
    lines += _code(found.code, most)
    lines += _pairs("environment", found.environment, most)
    lines += _pairs("settings", found.settings, most)
    lines += [f"not known   {visible(text)}" for text in found.unknown]
    if found.same:
        lines.append("nothing that it depends on differs")
    return "\n".join(lines) + "\n"


def _heads(found: Comparison) -> Iterator[str]:
    for pair in (found.verdicts, found.commits):
        yield f"{visible(pair.name):11} {visible(_arrow(pair))}"


def _arrow(pair: Pair) -> str:
    before, after = (_cut(one) or "none" for one in (pair.before, pair.after))
    return before if before == after else f"{before} -> {after}"


def _cut(text: str) -> str:
    return text if len(text) <= _SHORT else f"{text[: _SHORT - 3]}..."


def _metrics(found: Comparison) -> Iterator[str]:
    if found.metrics:
        rows = [("metrics", found.before, found.after, "difference")]
        rows += [
            (
                f"  {visible(one.name)}",
                metric(one.before),
                metric(one.after),
                difference(one.difference),
            )
            for one in found.metrics
        ]
        yield from aligned(rows)


def _examples(found: Comparison, most: int, *, colour: bool) -> Iterator[str]:
    flips = found.examples
    if flips is None:
        return
    alone = [
        f"{count} only in {visible(name)}"
        for count, name in ((flips.only_before, found.before), (flips.only_after, found.after))
        if count
    ]
    what = f"{len(flips.lost)} lost, {len(flips.won)} won of {flips.both}"
    yield f"{'examples':11} {'; '.join((what, *alone))}"
    yield from _flipped("lost", flips.lost, most, _BAD if colour else "")
    yield from _flipped("won", flips.won, most, _GOOD if colour else "")


def _flipped(verb: str, flips: Sequence[Flip], most: int, code: str) -> Iterator[str]:
    for one in flips[:most]:
        text = (
            f"{visible(one.id)}  {visible(one.score)} {figure(one.before)} -> {figure(one.after)}"
        )
        yield painted(f"  {verb:4}  {text}", code, colour=bool(code))
    yield from _more(len(flips) - most, f"{verb}")


def _pairs(name: str, pairs: Sequence[Pair], most: int) -> Iterator[str]:
    if pairs:
        yield f"{name:11} {plural(len(pairs), 'difference')}"
        yield from (f"  {visible(one.name)}: {visible(_arrow(one))}" for one in pairs[:most])
        yield from _more(len(pairs) - most)


def _code(files: Sequence[File], most: int) -> Iterator[str]:
    if files:
        yield f"{'code':11} {plural(len(files), 'file')}"
        rows = [(f"  {visible(_name(one))}", one.change, _counts(one)) for one in files[:most]]
        yield from aligned(rows)
        yield from _more(len(files) - most)


def _name(one: File) -> str:
    return f"{one.moved_from} => {one.path}" if one.moved_from else one.path


def _counts(one: File) -> str:
    if one.added is None or one.removed is None:
        return ""
    return f"+{one.added} -{one.removed}"


def _more(count: int, verb: str = "") -> Iterator[str]:
    if count > 0:
        yield f"  ... and {count} more{f' {verb}' if verb else ''}"
