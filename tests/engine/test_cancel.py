from __future__ import annotations

import os
import signal
import threading
from functools import partial

import pytest

from innerloop.engine.cancel import Cancel


def test_nothing_is_asked_at_first() -> None:
    cancel = Cancel()

    assert not cancel
    assert not cancel.killed
    assert cancel.reason == ""


def test_the_first_reason_is_the_one_that_stays() -> None:
    cancel = Cancel()

    cancel.set("interrupted")
    cancel.set("hangup")

    assert cancel
    assert cancel.reason == "interrupted"


def test_a_hook_runs_once_however_often_stopping_is_asked_for() -> None:
    cancel, calls = Cancel(), []
    cancel.attach(lambda: calls.append("hook"))

    cancel.set()
    cancel.set()
    cancel.kill()

    assert calls == ["hook"]


def test_a_hook_attached_too_late_runs_at_once_and_only_then() -> None:
    cancel, calls = Cancel(), []
    cancel.set()

    cancel.attach(lambda: calls.append("hook"))
    cancel.set()

    assert calls == ["hook"]


def test_a_detached_hook_does_not_run() -> None:
    cancel, calls = Cancel(), []
    detach = cancel.attach(lambda: calls.append("gone"))
    cancel.attach(lambda: calls.append("stays"))

    detach()
    detach()
    cancel.set()

    assert calls == ["stays"]


def test_detaching_after_the_hook_ran_is_harmless() -> None:
    cancel = Cancel()
    detach = cancel.attach(lambda: None)
    cancel.set()

    detach()


def test_kill_is_asked_for_before_the_hooks_run() -> None:
    cancel, seen = Cancel(), []
    cancel.attach(lambda: seen.append(cancel.killed))

    cancel.kill("interrupted")

    assert seen == [True]
    assert cancel.reason == "interrupted"


def test_a_hook_that_raises_keeps_no_other_from_running() -> None:
    cancel, calls = Cancel(), []

    def fail() -> None:
        raise ValueError("a hook of ours is broken")

    cancel.attach(lambda: calls.append("first"))
    cancel.attach(fail)
    cancel.attach(lambda: calls.append("last"))

    with pytest.raises(ValueError, match="broken"):
        cancel.set()

    assert sorted(calls) == ["first", "last"]


def test_a_hook_may_ask_attach_and_detach_itself() -> None:
    cancel, calls = Cancel(), []

    def hook() -> None:
        calls.append("outer")
        cancel.set("again")
        cancel.attach(lambda: calls.append("inner"))()

    cancel.attach(hook)
    cancel.set("first")

    assert calls == ["outer", "inner"]
    assert cancel.reason == "first"


def test_a_signal_handler_may_ask_while_its_own_thread_does() -> None:
    cancel, calls = Cancel(), []

    def interrupted_by_a_signal() -> None:
        calls.append("first")
        os.kill(os.getpid(), signal.SIGUSR1)

    old = signal.signal(signal.SIGUSR1, lambda *_: cancel.kill("signal"))
    try:
        cancel.attach(lambda: calls.append("second"))
        cancel.attach(interrupted_by_a_signal)
        cancel.set("person")
    finally:
        signal.signal(signal.SIGUSR1, old)

    assert calls == ["first", "second"]
    assert cancel.killed


def race() -> list[int]:
    cancel, start = Cancel(), threading.Barrier(4)
    calls: list[int] = []

    def ask() -> None:
        start.wait()
        cancel.set()

    def attach() -> None:
        start.wait()
        for number in range(20):
            cancel.attach(partial(calls.append, number))

    threads = [threading.Thread(target=each) for each in (ask, ask, attach, attach)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(calls)


def test_of_many_threads_one_runs_each_hook() -> None:
    for _ in range(50):
        assert race() == sorted([*range(20), *range(20)])
