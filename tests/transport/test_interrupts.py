"""Ctrl-C: when it is raised."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator

import pytest

from commands import usual_signals
from storepact.transport.interrupts import Interrupts


@pytest.fixture(autouse=True)
def _usual_signals() -> Iterator[None]:
    with usual_signals():
        yield


def press() -> None:
    """Press Ctrl-C."""
    os.kill(os.getpid(), signal.SIGINT)


def test_the_first_one_waits_for_a_safe_point() -> None:
    """It is noted, and raised by `check`, once."""
    interrupts = Interrupts()
    interrupts.install()
    press()
    with pytest.raises(KeyboardInterrupt):
        interrupts.check()
    interrupts.check()


def test_the_second_one_is_raised_at_once() -> None:
    """A user who presses again is not made to wait."""
    interrupts = Interrupts()
    interrupts.install()
    press()
    with pytest.raises(KeyboardInterrupt):
        press()


def test_a_controller_raises_the_first_one_at_once_and_again_at_the_next_report() -> None:
    """One that a callback dropped is not lost."""
    interrupts = Interrupts()
    interrupts.install(at_once=True)
    with pytest.raises(KeyboardInterrupt):
        press()
    with pytest.raises(KeyboardInterrupt):
        interrupts.check()


def test_later_ones_do_not_end_the_clean_up() -> None:
    """After the first one was raised, and after the second one."""
    for presses in (1, 2):
        interrupts = Interrupts()
        interrupts.install()
        for _ in range(presses):
            with contextlib.suppress(KeyboardInterrupt):
                press()
        with contextlib.suppress(KeyboardInterrupt):
            interrupts.check()
        press()
        interrupts.check()
        assert interrupts.pressed


def test_a_run_that_is_being_finished_goes_on() -> None:
    """It is noted all the same."""
    interrupts = Interrupts()
    interrupts.install()
    interrupts.hold()
    press()
    press()
    interrupts.check()
    assert interrupts.pressed


def test_a_block_notes_it_and_what_follows_does_not() -> None:
    """Within the block at safe points only, else at its end; behind it at once, as before."""
    interrupts = Interrupts()
    steps = []

    def press_without_a_safe_point() -> None:
        with interrupts.note():
            press()
            steps.append("a callback goes on")

    def press_while_cleaning_up() -> None:
        with interrupts.note():
            try:
                press()
                interrupts.check()
            finally:
                press()
                steps.append("the clean-up goes on")

    for block in (press_without_a_safe_point, press_while_cleaning_up, press):
        with pytest.raises(KeyboardInterrupt):
            block()
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert len(steps) == 2


def test_an_inner_block_keeps_what_the_outer_one_noted() -> None:
    """A run begins within the block of its command; pressed in either, it is raised in both."""
    interrupts = Interrupts()
    steps = []

    def press_before_a_run() -> None:
        with interrupts.note():
            press()
            interrupts.install()
            with contextlib.suppress(KeyboardInterrupt), interrupts.note(at_once=True):
                interrupts.check()
                steps.append("the run begins")
            interrupts.check()
            steps.append("the command goes on")

    with pytest.raises(KeyboardInterrupt):
        press_before_a_run()
    assert steps == []


def test_a_second_block_begins_without_what_the_first_one_noted() -> None:
    """A process may run twice."""
    interrupts = Interrupts()

    def press_within_a_block() -> None:
        with interrupts.note():
            press()
            interrupts.check()

    with pytest.raises(KeyboardInterrupt):
        press_within_a_block()
    with interrupts.note():
        interrupts.check()


def test_a_wait_ends_with_it() -> None:
    """A limit may make a run wait for a minute."""
    interrupts = Interrupts()
    waits: list[float] = []

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 3:
            press()

    def wait_for_a_limit() -> None:
        with interrupts.note():
            interrupts.wait(60, sleep)

    with pytest.raises(KeyboardInterrupt):
        wait_for_a_limit()
    assert len(waits) == 3
    with interrupts.note():
        interrupts.wait(0.5, waits.append)
    assert sum(waits[3:]) == pytest.approx(0.5)
