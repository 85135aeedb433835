"""What gates said, as history keeps it beside a result."""

from __future__ import annotations

from innerloop.core.judgement import Decision, Judgement

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


def packed(judgements: Sequence[Judgement]) -> str:
    """Judgements as text; empty where there are none."""
    if not judgements:
        return ""
    import json  # noqa: PLC0415 - only for loops with gates

    return json.dumps([list(one) for one in judgements], separators=(",", ":"))


def unpacked(text: str) -> tuple[Judgement, ...]:
    """Judgements again; none where the text cannot be read."""
    import json  # noqa: PLC0415 - as above

    try:
        rows = [Judgement(*row) for row in json.loads(text)]
        return tuple(one._replace(verdict=Decision(one.verdict)) for one in rows)
    except (ValueError, TypeError):
        return ()
