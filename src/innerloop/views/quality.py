"""Findings as GitLab's code quality report: what stands where, recognised again when it moves."""

from __future__ import annotations

import json
from collections import Counter

from innerloop.core.digest import blake
from innerloop.core.text import visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from innerloop.views.site import Finding


def quality(found: Iterable[Finding]) -> str:
    """The report; an empty list where nothing is wrong that has a place."""
    seen: Counter[tuple[str, ...]] = Counter()
    report = []
    for one in found:
        if not one.path:
            continue
        said = visible(one.message)
        # Without the line: a finding that has only moved is the same one. With a count: of two
        # that are alike, GitLab would show one.
        key = (one.result.loop, one.tool, one.path, said)
        seen[key] += 1
        report.append(
            {
                "description": said,
                "check_name": f"{one.result.loop}/{one.tool}" if one.tool else one.result.loop,
                "fingerprint": blake("\0".join((*key, str(seen[key]))).encode("utf-8", "replace")),
                "severity": severity(one),
                "location": {"path": one.path, "lines": {"begin": max(1, one.line)}},
            }
        )
    return json.dumps(report, indent=1) + "\n"


def severity(finding: Finding) -> str:
    """How grave it is, in GitLab's words."""
    return "major" if finding.kind == "error" and finding.result.required else "minor"
