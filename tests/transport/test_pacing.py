"""Pacing: what headers ask for, what budgets allow, one pace for all processes of a run."""

from __future__ import annotations

import time
from email.utils import formatdate

import pytest

from storepact.model.errors import BudgetExhausted, LimitReached
from storepact.transport import pacing
from storepact.transport.limit_headers import limit_pause
from storepact.transport.pacing import Limits, Pacer

NOW = 1_800_000_000.0
DATE = formatdate(NOW, usegmt=True)
AHEAD = formatdate(NOW + 300, usegmt=True)


class Clock:
    """A clock that sleeping moves."""

    def __init__(self):
        self.now, self.slept = NOW, []

    def time(self):
        return self.now

    monotonic = time

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(pacing, "time", clock)
    return clock


def reset(seconds):
    """A reset header's value, so many seconds from now."""
    return str(round((NOW + seconds) * 1000))


PAUSES = {
    "seconds": ({"Retry-After": "7"}, 7),
    "a date": ({"Retry-After": formatdate(NOW + 8, usegmt=True)}, 8),
    "a date by a clock that is ahead": (
        {"Retry-After": formatdate(NOW + 308, usegmt=True), "Date": AHEAD},
        8,
    ),
    "a date that is over": ({"Retry-After": formatdate(NOW - 8, usegmt=True)}, 0.05),
    "the nearest reset": ({"X-Ratelimit-Reset": reset(4), "X-Ratelimit-Auth-Token-Reset": reset(3)}, 3.05),
    "a reset by a clock that is ahead": ({"X-Ratelimit-Reset": reset(304), "Date": AHEAD}, 4.05),
    "a reset that is over": ({"X-Ratelimit-Reset": reset(-4)}, 1),
    "words": ({"Retry-After": "soon"}, 1),
    "a digit that is no number": ({"Retry-After": "²"}, 1),
    "a very long number": ({"Retry-After": "9" * 400}, 1),
    "a reset that is no number": ({"X-Ratelimit-Reset": "٣"}, 1),
    "nothing": ({}, 1),
}


@pytest.mark.parametrize("name", PAUSES)
def test_what_a_429_asks_for(name):
    """Retry-After in seconds or as a date, else the nearest reset, by the provider's own clock."""
    headers, seconds = PAUSES[name]
    assert limit_pause(tuple(headers.items()), NOW) == pytest.approx(seconds, abs=0.01)


def test_no_headers_mean_longer_and_longer_waits(clock):
    """A 429 that says nothing is waited out twice as long each time, up to the run's patience."""
    pacer = Pacer(Limits(patience=10))
    for least in (1, 2, 4):
        assert least <= pacer.wait_out((), NOW + 1_000) <= 1.1 * least
    with pytest.raises(LimitReached):
        pacer.wait_out((), clock.now + 5)


def test_rate(clock):
    """`rate` spaces requests out."""
    pacer = Pacer(Limits(rate=20))
    for _ in range(41):
        pacer.admit("list")
    assert clock.now - NOW == pytest.approx(2.0, abs=0.06)


def provider_headers(clock, used, limit=100, window=10):
    """The headers of a provider that counts calls in windows; None if it refuses."""
    start = clock.now - clock.now % window
    used[start] = used.get(start, 0) + 1
    left = limit - used[start]
    values = {"limit": limit, "remaining": max(left, 0), "reset": round((start + window) * 1000)}
    return left >= 0, tuple((f"X-Ratelimit-Route-{name}", str(value)) for name, value in values.items())


@pytest.mark.parametrize("limit", [3, 10, 100, 250])
def test_no_limit_is_hit(clock, limit):
    """Calls are spread before a limit, and wait for its reset: not one is refused, and few are lost."""
    pacer, used = Pacer(Limits()), {}
    for _ in range(3 * limit):
        pacer.admit("list")
        clock.now += 0.01
        allowed, headers = provider_headers(clock, used, limit)
        assert allowed
        pacer.observe("list", 200, headers)
    assert clock.now - NOW <= 10 * (3 * limit / max(limit - 1, 1) + 1)


def test_a_limit_of_one_operation_holds_no_other_back(clock):
    """A limit of a route is that of one operation; others hold for all of them."""
    pacer = Pacer(Limits())
    for header, waits in (("X-Ratelimit-Route", False), ("X-Ratelimit-Auth-Token", True)):
        values = {"Limit": "9", "Remaining": "0", "Reset": str(round((clock.now + 5) * 1000))}
        pacer.observe("list", 200, tuple((f"{header}-{name}", value) for name, value in values.items()))
        before = clock.now
        pacer.admit("create")
        assert (clock.now - before > 4) == waits


def test_a_wait_beyond_patience_ends_the_run(clock):
    """Where the limit begins anew later than the run may wait, it ends at once, with the time."""
    pacer = Pacer(Limits(patience=3))
    values = {"Limit": "9", "Remaining": "0", "Reset": reset(9)}
    pacer.observe("list", 200, tuple((f"X-Ratelimit-Global-{name}", value) for name, value in values.items()))
    with pytest.raises(LimitReached, match="a wait of 9 s"):
        pacer.admit("list")
    assert clock.slept == []


def test_a_limit_that_allows_the_next_request_at_once_is_not_believed_for_ever(clock):
    """`Retry-After: 0` after each repetition leads to fewer and fewer requests, not to a storm."""
    pacer, pauses = Pacer(Limits()), []
    for repetitions in range(8):
        pauses.append(pacer.wait_out((("Retry-After", "0"),), float("inf"), repetitions))
    assert pauses[0] < 0.1
    assert pauses[1:] == sorted(pauses[1:])
    assert sum(pauses) > 30


def test_the_pace_of_the_user_is_no_wait_for_a_limit(clock):
    """`--rate` makes requests wait, and is not reported as a limit; a limit beside it is."""
    pacer = Pacer(Limits(rate=2))
    assert [pacer.admit("list") for _ in range(4)] == [0, 0, 0, 0]
    assert sum(clock.slept) == pytest.approx(1.5)
    pacer.wait_out((("Retry-After", "3"),), float("inf"))
    clock.now -= 3
    assert 2.9 < pacer.admit("list") < 3.4


def test_budgets(clock):
    """Requests and time run out; clean-up goes on."""
    pacer = Pacer(Limits(max_requests=2))
    pacer.admit("list")
    pacer.admit("list")
    with pytest.raises(BudgetExhausted, match="--max-requests"):
        pacer.admit("list")
    pacer.admit("delete", exempt=True)
    pacer = Pacer(Limits(deadline=5))
    pacer.admit("list")
    clock.now += 5
    with pytest.raises(BudgetExhausted, match="--deadline"):
        pacer.admit("list")


def test_processes_share_their_pace(clock, tmp_path):
    """Two processes of a run have one budget, one rate, and wait for the same limit."""
    limits, shared = Limits(max_requests=4, rate=10), tmp_path / "pace.json"
    one, two = Pacer(limits, shared), Pacer(limits, shared)
    for pacer in (one, two, one, two):
        pacer.admit("list")
    assert clock.now - NOW == pytest.approx(0.3, abs=0.01)
    with pytest.raises(BudgetExhausted):
        one.admit("list")
    one.wait_out((("Retry-After", "2"),), NOW + 60)
    assert pacing.blocked_seconds(shared) == pytest.approx(0, abs=0.3)


def test_a_shared_file_that_is_none_is_begun_anew(tmp_path):
    """What another program has written over the file does not end a run."""
    shared = tmp_path / "pace.json"
    shared.write_text("{")
    Pacer(Limits(), shared).admit("list")
    assert shared.read_bytes().startswith(b'{"started"')


def test_admission_is_cheap():
    """Asking the pace costs little against an exchange."""
    pacer = Pacer(Limits())
    began = time.process_time()
    for _ in range(2_000):
        pacer.admit("list")
    assert time.process_time() - began < 0.5


def test_a_wait_without_headers_is_not_doubled_for_ever(clock):
    """A 429 long after another one begins with the time that was enough then, not with twice as much."""
    pacer = Pacer(Limits())
    for _ in range(8):
        pacer.wait_out((), clock.now + 60)
        pacer.observe("operation", 200, ())
    assert max(clock.slept) < 2
