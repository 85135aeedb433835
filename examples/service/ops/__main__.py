"""The commands that the stages of loops.yaml run, and two for people."""

from __future__ import annotations

import os
import sys

from ops.place import NAMES, OpsError, Place

LIVE, ABSENT = 0, 3
ORDER = {"shirt": 2, "socks": 1}
TOTAL = 2750


def deploy(place: Place) -> int:
    """Serve LOOP_VERSION there."""
    version = os.environ["LOOP_VERSION"]
    place.note(f"deploy {version} {os.environ['LOOP_IDEMPOTENCY_KEY']}")
    place.start(version)
    print(f"{place.name}: {version[:12]} at {place.url}")
    return 0


def rollback(place: Place) -> int:
    """Serve LOOP_PREVIOUS_VERSION there again."""
    version = os.environ["LOOP_PREVIOUS_VERSION"]
    place.note(f"rollback {version} {os.environ['LOOP_IDEMPOTENCY_KEY']}")
    place.start(version)
    print(f"{place.name}: {version[:12]} again at {place.url}")
    return 0


def verify(place: Place) -> int:
    """Whether LOOP_VERSION is what answers there."""
    return LIVE if place.live() == os.environ["LOOP_VERSION"] else ABSENT


def monitor(place: Place) -> int:
    """Be a customer: fail unless it is well, and sells at the price it should."""
    place.ask("/health")
    for _ in range(3):
        receipt = place.ask("/orders", ORDER)
        if receipt["total"] != TOTAL:
            raise OpsError(f"{place.name}/orders: {receipt['total']}, and not {TOTAL}")
    print(f"{place.name}: well, and sells")
    return 0


COMMANDS = {"deploy": deploy, "rollback": rollback, "verify": verify, "monitor": monitor}


def main(words: list[str]) -> int:
    """Do one thing to LOOP_ENVIRONMENT; or say of all of them how they are, or stop them."""
    places = [Place(name) for name in NAMES]
    match words:
        case [command] if command in COMMANDS:
            return COMMANDS[command](Place(os.environ["LOOP_ENVIRONMENT"]))
        case ["status"]:
            for place in places:
                print(f"{place.name:8} {place.live()[:12] or '-':12}  {place.url}".rstrip())
        case ["stop"]:
            for place in places:
                print(f"{place.name:8} {'stopped' if place.stop() else 'was not running'}")
        case _:
            print("usage: python -m ops deploy|verify|rollback|monitor|status|stop")
            return 2
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except OpsError as error:
        print(f"error: {error}")
        sys.exit(1)
