"""Settings: which client answers, from the environment; without any, the offline one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, cast, get_args
from urllib.parse import urlsplit

from rag import ProblemError

if TYPE_CHECKING:
    from collections.abc import Mapping

Llm = Literal["offline", "openai"]
LOOPBACK = ("localhost", "127.0.0.1", "::1")


class Price(NamedTuple):
    """What a million tokens cost, sent and received."""

    sent: float
    received: float


class Settings(NamedTuple):
    """Who rewrites and who answers."""

    llm: Llm = "offline"
    url: str = "https://api.openai.com/v1"
    model: str = "gpt-4o-mini"
    key: str = ""
    price: Price | None = None
    """None: nobody has said"""


def read(environment: Mapping[str, str]) -> Settings:
    """The settings that variables make.

    RAG_LLM         offline (the default), or openai: any server that speaks its chat completions
    OPENAI_API_KEY  the key; a server on this machine needs none
    RAG_LLM_URL     another server, as far as `/v1`
    RAG_LLM_MODEL   another model
    RAG_LLM_PRICE   what a million tokens cost, sent and received: 0.15/0.60
    """
    given = Settings()
    llm = environment.get("RAG_LLM") or given.llm
    if llm not in get_args(Llm):
        raise ProblemError(f'RAG_LLM is "{llm}": offline or openai expected')
    found = Settings(
        llm=cast("Llm", llm),
        url=(environment.get("RAG_LLM_URL") or given.url).rstrip("/"),
        model=environment.get("RAG_LLM_MODEL") or given.model,
        key=environment.get("OPENAI_API_KEY", ""),
        price=_price(environment.get("RAG_LLM_PRICE", "")),
    )
    return found if found.llm == "offline" else _reachable(found)


def _reachable(found: Settings) -> Settings:
    """A server that may be sent the key, and a key where one is needed."""
    parts = urlsplit(found.url)
    here = parts.hostname in LOOPBACK
    if parts.scheme != "https" and not (parts.scheme == "http" and here):
        raise ProblemError(f"RAG_LLM_URL is {found.url}: https:// expected, or http:// on loopback")
    if not found.key and not here:
        raise ProblemError("RAG_LLM is openai, and OPENAI_API_KEY is not set")
    return found


def _price(text: str) -> Price | None:
    if not text:
        return None
    try:
        sent, received = map(float, text.split("/"))
    except ValueError:
        raise ProblemError(f'RAG_LLM_PRICE is "{text}": two numbers as in 0.15/0.60') from None
    if not (0 <= sent < float("inf") and 0 <= received < float("inf")):
        raise ProblemError(f'RAG_LLM_PRICE is "{text}": prices are not less than nothing')
    return Price(sent, received)
