"""A real language model, over plain HTTP: any server that speaks OpenAI's chat completions."""

from __future__ import annotations

import json
import re
import time
from http.client import HTTPException
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError, URLError
from urllib.request import HTTPRedirectHandler, Request, build_opener

from rag import ProblemError, cache
from rag.cache import Reply
from rag.extract import Found

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from rag.documents import Passage
    from rag.settings import Settings

SECONDS = 60
TRIES = 3
BUSY = frozenset({429, 500, 502, 503, 504})
"""what a server says that may do better in a moment"""
TOKENS_A_PRICE = 1_000_000

REWRITE = """Rewrite the last question so that it can be understood without those before it.
Keep its language. Reply with the question alone; if it needs no change, repeat it.

Before:
{history}

Last: {question}"""

ANSWER = """Answer the question from the passages below, in as few words as you can, copied from
the passages word for word. Then write, on a line of its own, "source: " and the passage's number.
If no passage has the answer, reply with "none".

{passages}

Question: {question}"""


class _NoRedirects(HTTPRedirectHandler):
    """The key is for the server that was named, and for no other."""

    def redirect_request(self, *_: object, **__: object) -> None:
        return None


class Remote:
    """A client that asks a server, and never the same thing twice."""

    def __init__(
        self, settings: Settings, folder: Path | None, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._settings = settings
        self._folder = folder
        self._sleep = sleep
        self._open = build_opener(_NoRedirects()).open
        self._paid = Reply("", 0, 0)

    def rewrite(self, question: str, history: Sequence[str]) -> str:
        """In the model's words; a question without history is its own rewriting."""
        if not history:
            return question
        lines = "\n".join(f"- {each}" for each in history)
        return self._ask(REWRITE.format(history=lines, question=question)).strip() or question

    def answer(self, question: str, passages: Sequence[Passage]) -> Found:
        """In the model's words; the source is the passage that it names."""
        shown = "\n\n".join(f"[{n}] {each.whole}" for n, each in enumerate(passages, start=1))
        return told(self._ask(ANSWER.format(passages=shown, question=question)), passages)

    @property
    def cost(self) -> float | None:
        """Of what was not in the cache."""
        price = self._settings.price
        if price is None:
            return None
        paid = self._paid.sent * price.sent + self._paid.received * price.received
        return round(paid / TOKENS_A_PRICE, 6)

    def _ask(self, prompt: str) -> str:
        key = cache.name(self._settings.url, self._settings.model, prompt)
        kept = cache.load(self._folder, key) if self._folder else None
        if kept:
            return kept.text
        reply = self._sent(prompt)
        sent, received = self._paid.sent + reply.sent, self._paid.received + reply.received
        self._paid = Reply("", sent, received)
        if self._folder:
            cache.keep(self._folder, key, reply)
        return reply.text

    def _sent(self, prompt: str) -> Reply:
        url = f"{self._settings.url}/chat/completions"
        body = {
            "model": self._settings.model,
            "temperature": 0,
            "messages": [{"role": "user", "content": prompt}],
        }
        headers = {"Content-Type": "application/json"}
        if self._settings.key:
            headers["Authorization"] = f"Bearer {self._settings.key}"
        # Only https, or http on loopback: `rag.settings` has seen to it.
        request = Request(url, json.dumps(body).encode(), headers)  # noqa: S310
        for wait in range(TRIES - 1):
            try:
                return self._once(request)
            except HTTPError as problem:
                if problem.code not in BUSY:
                    raise _said(url, problem) from None
                problem.close()
                self._sleep(2.0**wait)
        try:
            return self._once(request)
        except HTTPError as problem:
            raise _said(url, problem) from None

    def _once(self, request: Request) -> Reply:
        try:
            with self._open(request, timeout=SECONDS) as response:
                return _reply(json.load(response))
        except HTTPError:
            raise
        except (URLError, HTTPException, TimeoutError, ConnectionError) as problem:
            raise ProblemError(f"{request.full_url} cannot be reached: {problem}") from None
        except (ValueError, LookupError, TypeError, AttributeError) as problem:
            raise ProblemError(f"{request.full_url} has not answered as asked: {problem}") from None


def told(reply: str, passages: Sequence[Passage]) -> Found:
    """The answer in a reply, and its source: the first passage where the reply names none."""
    text, _, number = reply.strip().partition("\nsource:")
    if not passages or re.fullmatch(r"none\.?", text.strip(), re.IGNORECASE):
        return Found()
    digits = re.sub(r"\D", "", number)
    place = int(digits) - 1 if digits else 0
    return Found(text.strip(), passages[place if 0 <= place < len(passages) else 0].document)


def _reply(found: Any) -> Reply:  # noqa: ANN401 - JSON
    usage = found.get("usage") or {}
    text = str(found["choices"][0]["message"]["content"])
    return Reply(text, int(usage.get("prompt_tokens", 0)), int(usage.get("completion_tokens", 0)))


def _said(url: str, problem: HTTPError) -> ProblemError:
    with problem:
        said = problem.read(400).decode(errors="replace")
    return ProblemError(f"{url} said {problem.code}: {' '.join(said.split())[:300]}")
