"""GitLab's API as it is documented, over real HTTP, of what a forge of our own knows."""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from forge import Forge

TOKEN, JOB_TOKEN = "glpat-reads", "glcbt-job"
TOP = "/api/v4/"
_FOR_JOBS = ("deployments", "environments", "artifacts")
"""what a job's own token may read"""


class GitLab:
    """A server of it, for as long as a `with` lasts."""

    def __init__(self, forge: Forge) -> None:
        self.forge = forge
        self.asked: list[tuple[str, str]] = []
        """what it was asked for, and with which token"""
        self.down = 0
        """what it answers while it is broken"""
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._thread = Thread(target=self._server.serve_forever, args=(0.02,))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def env(self) -> dict[str, str]:
        """What a job is told of it."""
        url = f"http://127.0.0.1:{self._server.server_address[1]}{TOP.rstrip('/')}"
        return {"CI_API_V4_URL": url, "CI_JOB_TOKEN": JOB_TOKEN, "GITLAB_TOKEN": TOKEN}

    def answer(self, path: str, token: str, job_token: str) -> tuple[int, bytes]:
        self.asked.append((path, token or job_token))
        if self.down:
            return self.down, b"Bad Gateway"
        split = urlsplit(path)
        place = split.path.removeprefix(TOP)
        known = self.forge.said["api"].get(place)
        free = job_token == JOB_TOKEN and any(f"/{one}" in place for one in _FOR_JOBS)
        if token not in {"", TOKEN} or not (token or job_token):
            return 401, b'{"message":"401 Unauthorized"}'
        if known is None or not (token or free):
            return 404, b'{"message":"404 Not found"}'
        if isinstance(known, str):
            # What is kept in a store of objects is somewhere else.
            return 302 if known.startswith("/") else 200, known.encode()
        query = {key: values[-1] for key, values in parse_qs(split.query).items()}
        said = list(_rows(known, query)) if isinstance(known, list) else known
        return 200, json.dumps(said).encode()


def _rows(rows: list[Any], query: dict[str, str]) -> Iterator[Any]:
    """The first page, as the query wants it; by id, the oldest first, if it does not say."""
    if query.get("sort", "asc") == "desc":
        rows = sorted(rows, key=lambda row: row["id"], reverse=True)
    left = int(query.get("per_page", "20"))
    for row in rows:
        here = row.get("environment", {}).get("name")
        retried = row.get("retried") and "include_retried" not in query
        if left and query.get("environment", here) == here and not retried:
            left -= 1
            yield row


def _handler(gitlab: GitLab) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            tokens = (self.headers.get(one, "") for one in ("PRIVATE-TOKEN", "JOB-TOKEN"))
            code, body = gitlab.answer(self.path, *tokens)
            self.send_response(code)
            if code == 302:
                self.send_header("Location", body.decode())
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its own word
            pass

    return Handler
