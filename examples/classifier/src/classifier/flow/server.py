"""The model server, on a loopback port: GET /version, POST /predict, POST /feedback."""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import signal
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from classifier import data, model
from classifier.data import Digits
from classifier.flow.drift import known

if TYPE_CHECKING:
    from types import FrameType


class Server(ThreadingHTTPServer):
    """One version of the model, listening."""

    daemon_threads = True

    def __init__(self, port: int, number: int, entry: Path, place: Path) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.number = number
        self.commit = json.loads((entry / "card.json").read_text())["commit"]
        self.model = model.load(entry / "model.json")
        self.known = known(data.read(entry / "taught.csv"))
        self.place = place

    def predict(self, asked: dict[str, Any]) -> dict[str, object]:
        """What the pictures show, and how many of them are new."""
        pixels = np.array(asked["pictures"], np.int64).reshape(-1, data.PIXELS)
        return {"labels": self.model.predict(pixels).tolist(), "new": self.known.new(pixels)}

    def feedback(self, asked: dict[str, Any]) -> dict[str, object]:
        """Keep what clerks say the pictures show: `taken` is a table of it."""
        pixels = np.array(asked["pictures"], np.int64).reshape(-1, data.PIXELS)
        said = Digits(np.array(asked["labels"], np.int64), pixels)
        folder = self.place / "feedback"
        folder.mkdir(exist_ok=True)
        number = len(list(folder.glob("*.csv"))) + 1
        data.write(said, folder / f"{number:04}.csv")
        return {"kept": len(said.labels)}


class Handler(BaseHTTPRequestHandler):
    """One request."""

    server: Server

    def do_GET(self) -> None:
        """Say which model this is."""
        if self.path != "/version":
            self._answer(404, {"error": "there is nothing here"})
            return
        self._answer(200, {"model": self.server.number, "commit": self.server.commit})

    def do_POST(self) -> None:
        """Answer, or learn what the answer should have been."""
        does = {"/predict": self.server.predict, "/feedback": self.server.feedback}
        try:
            asked = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)))
            self._answer(200, does[self.path](asked))
        except (ValueError, KeyError, TypeError) as error:
            self._answer(400, {"error": repr(error)})

    def _answer(self, status: int, said: dict[str, object]) -> None:
        body = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def leave(_number: int, _frame: FrameType | None) -> None:
    """End, as we are asked to."""
    sys.exit(0)


def main() -> None:
    """Serve until we are told to stop; while we do, `lock` is held, and has our pid in it."""
    parser = argparse.ArgumentParser(prog="classifier.flow.server", description=__doc__)
    parser.add_argument("--place", type=Path, required=True)
    parser.add_argument("--entry", type=Path, required=True, help="a folder of the registry")
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, leave)
    with (asked.place / "lock").open("a+", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        port = asked.place / "port"
        first = int(port.read_text()) if port.exists() else 0
        with Server(first, int(asked.entry.name), asked.entry, asked.place) as server:
            port.write_text(f"{server.server_port}\n")
            server.serve_forever()


if __name__ == "__main__":
    main()
