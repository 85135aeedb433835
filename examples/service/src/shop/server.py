"""The shop on a loopback port: GET /health, GET /version, POST /orders."""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import signal
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

from shop.orders import OrderError, Shop

if TYPE_CHECKING:
    from types import FrameType


class Server(ThreadingHTTPServer):
    """One version of the shop, listening."""

    daemon_threads = True

    def __init__(self, port: int, shop: Shop, version: str) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.shop = shop
        self.version = version


class Handler(BaseHTTPRequestHandler):
    """One request."""

    server: Server

    def do_GET(self) -> None:
        """Say how we are, or who we are."""
        match self.path:
            case "/health":
                self._answer(200, {"status": "ok"})
            case "/version":
                self._answer(200, {"version": self.server.version, "pid": os.getpid()})
            case _:
                self._answer(404, {"error": "there is nothing here"})

    def do_POST(self) -> None:
        """Take an order."""
        length = int(self.headers.get("Content-Length") or 0)
        try:
            order = json.loads(self.rfile.read(length))
            self._answer(200, self.server.shop.receipt(order))
        except (ValueError, AttributeError, OrderError) as error:
            self._answer(400, {"error": str(error)})
        except Exception as error:
            self._answer(500, {"error": repr(error)})
            raise

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
    parser = argparse.ArgumentParser(prog="shop.server", description=__doc__)
    parser.add_argument("--place", type=Path, required=True, help="the folder of the environment")
    parser.add_argument("--settings", type=Path, required=True)
    parser.add_argument("--version", required=True)
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, leave)
    shop = Shop(json.loads(asked.settings.read_text(encoding="utf-8")))
    with (asked.place / "lock").open("a+", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        port = asked.place / "port"
        # The first time any free port will do; from then on it is this environment's.
        with Server(int(port.read_text()) if port.exists() else 0, shop, asked.version) as server:
            port.write_text(f"{server.server_port}\n")
            server.serve_forever()


if __name__ == "__main__":
    main()
