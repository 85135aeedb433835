"""The real client, against a server on this machine that speaks the same language."""

from __future__ import annotations

import json
from contextlib import closing
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from rag import ProblemError, answer, index, llm
from rag.extract import Found
from rag.remote import Remote, told
from rag.settings import Price, Settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from rag.documents import Document


class Seen(NamedTuple):
    """A request that reached the server."""

    path: str
    key: str | None
    body: dict[str, Any]


class Server:
    """Replies in turn, a status and a text each, and remembers what it was asked."""

    def __init__(self) -> None:
        self.replies: list[tuple[int, str]] = []
        self.seen: list[Seen] = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"] or 0)
                body = json.loads(self.rfile.read(length) or "{}")
                server.seen.append(Seen(self.path, self.headers["Authorization"], body))
                status, text = server.replies.pop(0)
                self.send_response(status)
                if status == 302:
                    self.send_header("Location", text)
                self.end_headers()
                self.wfile.write(text.encode())

            def do_GET(self) -> None:  # what a redirected POST becomes
                self.do_POST()

            def log_message(self, *_: object) -> None:
                """Not to the terminal."""

        self._http = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._http.server_port}/v1"
        self._thread = Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    def says(self, text: str, sent: int = 1000, received: int = 10) -> None:
        """The next reply."""
        usage = {"prompt_tokens": sent, "completion_tokens": received}
        message = {"choices": [{"message": {"content": text}}], "usage": usage}
        self.replies.append((200, json.dumps(message)))

    def close(self) -> None:
        """Stop, and let the port go."""
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A server on loopback, for as long as the test."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with closing(Server()) as started:
        yield started


def client(server: Server, folder: Path | None = None, price: Price | None = None) -> Remote:
    """A client of that server, which does not wait."""
    settings = Settings("openai", server.url, "small", "secret-key", price)
    return Remote(settings, folder, sleep=lambda _: None)


def test_one_setting_makes_the_whole_system_ask_it(server: Server, texts: list[Document]) -> None:
    asked = llm.client(Settings("openai", server.url, "small", "secret-key"))
    server.says("What is a return ticket for a child?")
    server.says("48 kr\nsource: 1")
    found = answer.answer(index.of(texts), asked, "And for a child?", ["A return for an adult?"])
    assert found.question == "What is a return ticket for a child?"
    assert found.found == Found("48 kr", "en/ferry")
    rewriting, answering = server.seen
    assert rewriting.path == "/v1/chat/completions"
    assert rewriting.key == "Bearer secret-key"
    assert rewriting.body["model"] == "small"
    assert "- A return for an adult?" in rewriting.body["messages"][0]["content"]
    assert "| Child | 48 kr |" in answering.body["messages"][0]["content"]


def test_a_question_without_history_is_not_sent_to_be_rewritten(server: Server) -> None:
    assert client(server).rewrite("How tall is the mill?", []) == "How tall is the mill?"
    assert server.seen == []


def test_what_was_asked_before_is_not_paid_again(server: Server, tmp_path: Path) -> None:
    server.says("How tall is the mill?", sent=1000, received=10)
    for paid in (0.002, 0.0):
        asked = client(server, tmp_path / "cache", Price(1, 100))
        assert asked.rewrite("How tall is it?", ["Where is the mill?"]) == "How tall is the mill?"
        assert asked.cost == paid
    assert len(server.seen) == 1


def test_the_key_is_not_in_the_cache(server: Server, tmp_path: Path) -> None:
    server.says("How tall is the mill?")
    client(server, tmp_path).rewrite("How tall is it?", ["Where is the mill?"])
    (kept,) = tmp_path.iterdir()
    assert "secret-key" not in kept.read_text() + kept.name


def test_a_cost_that_nobody_priced_is_not_called_nothing(server: Server) -> None:
    assert client(server).cost is None


def test_a_busy_server_is_asked_again(server: Server) -> None:
    server.replies += [(429, "slow down"), (503, "in a moment")]
    server.says("How tall is the mill?")
    assert client(server).rewrite("How tall is it?", ["The mill?"]) == "How tall is the mill?"


@pytest.mark.parametrize(
    ("replies", "problem"),
    [
        ([(401, "wrong key")], "said 401: wrong key"),
        ([(500, "a"), (500, "b"), (500, "c")], "said 500: c"),
        ([(200, "no json")], "has not answered as asked"),
        ([(200, "[]")], "has not answered as asked"),
        ([(200, '{"choices": []}')], "has not answered as asked"),
    ],
)
def test_what_goes_wrong_is_said(
    replies: list[tuple[int, str]], problem: str, server: Server
) -> None:
    server.replies += replies
    with pytest.raises(ProblemError, match=problem) as caught:
        client(server).rewrite("And it?", ["The mill?"])
    assert "secret-key" not in str(caught.value)
    assert server.replies == []


def test_the_key_does_not_follow_to_another_server(server: Server) -> None:
    with closing(Server()) as other:
        server.replies.append((302, f"{other.url}/chat/completions"))
        with pytest.raises(ProblemError, match="said 302"):
            client(server).rewrite("And it?", ["The mill?"])
        assert other.seen == []


def test_a_server_that_is_gone_is_said(server: Server) -> None:
    gone = client(server)
    server.close()
    with pytest.raises(ProblemError, match="cannot be reached"):
        gone.rewrite("And it?", ["The mill?"])


@pytest.mark.parametrize(
    ("reply", "place"),
    [("x\nsource: 2", 1), ("x", 0), ("x\nsource: [9]", 0), ("x\nsource: 0", 0), ("x\nsource:", 0)],
)
def test_the_source_is_the_passage_that_is_named(
    reply: str, place: int, texts: list[Document]
) -> None:
    passages = index.of(texts[:2]).passages[2:]
    assert told(reply, passages) == Found("x", passages[place].document)


@pytest.mark.parametrize("reply", ["none", "None.\n"])
def test_no_answer_is_none(reply: str, texts: list[Document]) -> None:
    assert told(reply, index.of(texts).passages) == Found()
