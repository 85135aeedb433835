"""GitLab's API, asked over HTTP as a job of its CI may: no program has to be there for that."""

from __future__ import annotations

import os
from typing import NamedTuple

_MOST = 1 << 24
_PATIENCE = 30.0
_SAID = 200
READS = "set GITLAB_TOKEN to a token that may read the API (read_api)"


class Said(NamedTuple):
    """What a forge answered; `missing`: why that is nothing."""

    out: str = ""
    missing: str = ""


def reachable() -> bool:
    """Whether this is a job that GitLab has told where its API is, with a token for it."""
    return bool(os.environ.get("CI_API_V4_URL", "").startswith(("https://", "http://")) and _key())


def _key() -> tuple[str, str] | None:
    """The header that a token goes into: what somebody gave the job, else the job's own."""
    for name, header in (("GITLAB_TOKEN", "PRIVATE-TOKEN"), ("CI_JOB_TOKEN", "JOB-TOKEN")):
        if token := os.environ.get(name):
            return header, token
    return None


def get(path: str) -> Said:
    """What the API says to a path below it; errors are told with the token that would help."""
    import ssl  # noqa: PLC0415 - 20 ms, and few are in a job of GitLab's
    from http.client import HTTPException  # noqa: PLC0415 - as above
    from urllib.error import HTTPError, URLError  # noqa: PLC0415 - as above
    from urllib.request import Request, urlopen  # noqa: PLC0415 - as above

    key = _key()
    request = Request(f"{os.environ['CI_API_V4_URL'].rstrip('/')}/{path}")  # noqa: S310 - see above
    if key:
        # An artifact is somewhere else, where the token has no business.
        request.add_unredirected_header(*key)
    try:
        trusted = ssl.create_default_context()
        if own := os.environ.get("CI_SERVER_TLS_CA_FILE"):
            trusted.load_verify_locations(own)
        with urlopen(request, timeout=_PATIENCE, context=trusted) as answer:  # noqa: S310
            data = answer.read(_MOST + 1)
    except HTTPError as error:
        with error:
            said = error.read(_SAID).decode("utf-8", "replace").strip()
        where = path.partition("?")[0]
        return Said(missing=f"GitLab says {error.code} to {where} ({said}): {READS}")
    except (URLError, HTTPException, OSError, ValueError) as error:
        return Said(missing=f"GitLab does not answer: {getattr(error, 'reason', error)}")
    if len(data) > _MOST:
        return Said(missing="GitLab says more than can be read")
    return Said(data.decode("utf-8", "replace"))
