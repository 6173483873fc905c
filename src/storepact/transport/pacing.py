"""The one place that decides when a request may leave: limits of the provider, budgets of the user.

All processes of a run share its state in a file, whose lock is held for some microseconds per request.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path
from random import SystemRandom

import msgspec
from filelock import FileLock

from storepact.model.errors import BudgetExhausted, LimitReached
from storepact.model.exchange import Headers
from storepact.transport.content import LARGEST_BODY
from storepact.transport.lists import LARGEST_LIST

#: Seconds to wait after a 429 whose headers say nothing, doubled each time up to the second number, and
#: beyond the moment that headers name.
_DEFAULT, _LONGEST_DEFAULT, _MARGIN = 1.0, 30.0, 0.05

#: A reset further ahead, in seconds, is not that of the limit that was hit.
_FARTHEST_RESET = 60

#: Calls that are left to others before a limit, and the share of a limit from which on calls are spread.
_RESERVE, _SPREAD = 1, 0.1

#: A provider's clock that is wrong by more seconds is set right with its Date header.
_SKEW = 2.0

_REMAINING = re.compile(r"x-ratelimit-(?:(.+)-)?remaining")
_NUMBER = re.compile(r"[0-9]{1,15}")

#: Names of limits with this word hold for one operation; the others for all of them.
_OF_ROUTE = "route"

_RANDOM = SystemRandom()


@dataclass(frozen=True)
class Limits:
    """What a run may take: of time, of requests, of failures."""

    timeout: float = 10.0
    """Seconds for a whole response."""
    patience: float = 60.0
    """Seconds that the run waits for a limit or an outage."""
    rate: float | None = None
    """Requests per second."""
    max_requests: int | None = None
    deadline: float | None = None
    """Seconds for the whole run."""
    max_network_errors: float = 1.0
    """Percent of the exchanges that may fail on the way."""
    largest_body: int = LARGEST_BODY
    largest_list: int = LARGEST_LIST
    """Bytes of the largest body, and of the largest list of resources, as they are sent and decoded."""


class _Window(msgspec.Struct):
    """What is left of one limit of the provider."""

    remaining: int
    limit: int
    reset: float
    """The Unix time at which it begins anew."""


class _State(msgspec.Struct):
    """The state of pacing that all processes of a run share. Times are Unix times."""

    started: float
    requests: int = 0
    slot: float = 0.0
    """The earliest time of the next request, by `--rate`."""
    blocked_until: float = 0.0
    """Nothing is sent before, after a 429."""
    waits_until: float = 0.0
    """Until when some process waits for a limit, for the user to see."""
    backoff: float = _DEFAULT
    windows: dict[str, _Window] = msgspec.field(default_factory=dict)


class Pacer:
    """Lets requests pass, one after the other, at a pace that the provider and the user allow."""

    def __init__(self, limits: Limits, shared: Path | None = None, *, reads_headers: bool = True) -> None:
        """`shared` is the file through which the processes of a run share the pace."""
        self.limits, self._reads_headers = limits, reads_headers
        self._path, self._mutex = shared, threading.Lock()
        self._file_lock = None if shared is None else FileLock(f"{shared}.lock", thread_local=False)
        self._state = _State(time.time())

    @contextmanager
    def _shared_state(self) -> Iterator[_State]:
        with self._mutex:
            if self._path is None or self._file_lock is None:
                yield self._state
                return
            with self._file_lock:
                state = read_state(self._path) or self._state
                yield state
                self._path.write_bytes(msgspec.json.encode(state))

    def admit(self, operation: str, *, exempt: bool = False) -> float:
        """Wait until a request to an operation may leave; returns for how long. `exempt`: no budget applies.

        Raises:
            BudgetExhausted: the requests or the time of the run are used up.
            LimitReached: the provider's limit asks for a wait beyond the run's patience.

        """
        waited = 0.0
        while True:
            with self._shared_state() as state:
                now = time.time()
                if not exempt:
                    self._check_budgets(state, now)
                pause, spread = _pause_before(state, operation, now)
                if pause > self.limits.patience:
                    raise LimitReached(pause, self.limits.patience)
                if pause <= 0:
                    pause = max(spread, self._take_slot(state, now + spread) - now)
                    _take(state, operation)
                    state.requests += 1
                    is_admitted = True
                else:
                    is_admitted = False
            waited += _sleep(pause)
            if is_admitted:
                return waited

    def _check_budgets(self, state: _State, now: float) -> None:
        limits = self.limits
        if limits.max_requests is not None and state.requests >= limits.max_requests:
            raise BudgetExhausted(f"the {limits.max_requests:,} requests of --max-requests are used up")
        if limits.deadline is not None and now - state.started >= limits.deadline:
            raise BudgetExhausted(f"the {limits.deadline:g} s of --deadline are over")

    def _take_slot(self, state: _State, now: float) -> float:
        """The time at which the next request may leave by `--rate`."""
        if self.limits.rate is None:
            return now
        slot = max(now, state.slot)
        state.slot = slot + 1 / self.limits.rate
        return slot

    def observe(self, operation: str, status: int, headers: Headers) -> None:
        """Learn from a response what is left of the provider's limits."""
        if not self._reads_headers:
            return
        if status != 429 and not any(name.lower().endswith("-remaining") for name, _ in headers):
            return
        values = {name.lower(): value for name, value in headers}
        now = time.time()
        with self._shared_state() as state:
            if status != 429:
                state.backoff = _DEFAULT
            for name, window in _windows_of(values, now):
                key = f"{name} {operation}" if _OF_ROUTE in name else name
                kept = state.windows.get(key)
                is_later = kept is None or window.reset > kept.reset + 1 or window.remaining < kept.remaining
                if is_later:
                    state.windows[key] = window

    def wait_out(self, headers: Headers, deadline: float, repetitions: int = 0) -> float:
        """Wait after a 429 until it may be over; returns for how long. `deadline` is a monotonic time.

        `repetitions` is how often the request was sent again before: then headers that allow it at once, or
        in a second, are not believed any more.

        Raises:
            LimitReached: that is beyond the deadline.

        """
        with self._shared_state() as state:
            pause = limit_pause(headers, time.time(), state.backoff)
            if repetitions:
                pause = max(pause, min(_DEFAULT / 4 * 2**repetitions, _LONGEST_DEFAULT))
            state.backoff = min(2 * state.backoff, _LONGEST_DEFAULT)
            if time.monotonic() + pause > deadline:
                raise LimitReached(pause, self.limits.patience)
            pause *= _RANDOM.uniform(1.0, 1.1)
            state.blocked_until = max(state.blocked_until, time.time() + pause)
            state.waits_until = max(state.waits_until, state.blocked_until)
        return _sleep(pause)


def _sleep(seconds: float) -> float:
    if seconds > 0:
        time.sleep(seconds)
    return max(seconds, 0.0)


def read_state(path: Path) -> _State | None:
    """The state that the processes of a run share; None before the first request."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=_State)
    except (OSError, msgspec.DecodeError):
        return None


def blocked_seconds(path: Path) -> float:
    """How long the run waits for a limit of the provider from now on."""
    state = read_state(path)
    return 0.0 if state is None else max(0.0, state.waits_until - time.time())


def _own_windows(state: _State, operation: str) -> Iterator[_Window]:
    for name, window in state.windows.items():
        if " " not in name or name.endswith(f" {operation}"):
            yield window


def _pause_before(state: _State, operation: str, now: float) -> tuple[float, float]:
    """Seconds until limits allow a request at all, and seconds between requests near a limit."""
    pause, spread = state.blocked_until - now, 0.0
    for window in _own_windows(state, operation):
        left = window.reset - now
        if left <= 0:
            continue
        if window.remaining <= min(_RESERVE, window.limit // 10):
            pause = max(pause, left + _MARGIN * _RANDOM.uniform(1, 3))
            state.waits_until = max(state.waits_until, now + pause)
        elif window.remaining <= window.limit * _SPREAD:
            spread = max(spread, left / window.remaining)
    return pause, spread


def _take(state: _State, operation: str) -> None:
    for window in _own_windows(state, operation):
        window.remaining -= 1


def _windows_of(values: Mapping[str, str], now: float) -> Iterator[tuple[str, _Window]]:
    """The limits that the headers of a response name."""
    now += _clock_skew(values, now)
    for header, value in values.items():
        match = _REMAINING.fullmatch(header)
        if match is None or not _NUMBER.fullmatch(value):
            continue
        name = match[1] or ""
        prefix = f"x-ratelimit-{name}-" if name else "x-ratelimit-"
        reset = values.get(f"{prefix}reset", values.get("x-ratelimit-reset", ""))
        limit = values.get(f"{prefix}limit", "")
        if not _NUMBER.fullmatch(reset):
            continue
        left = float(reset) / 1000 - now
        if 0 < left <= _FARTHEST_RESET:
            size = int(limit) if _NUMBER.fullmatch(limit) else 0
            yield name, _Window(int(value), size, time.time() + left)


def _clock_skew(values: Mapping[str, str], now: float) -> float:
    """Seconds by which the provider's clock is ahead; 0 if the difference is none."""
    there = _date(values.get("date", ""))
    return 0.0 if there is None or abs(there - now) <= _SKEW else there - now


def _date(text: str) -> float | None:
    try:
        return parsedate_to_datetime(text).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None


def retry_after(headers: Headers, now: float) -> float | None:
    """The seconds that `Retry-After` names, as a number or as a date; None if it names none."""
    values = {name.lower(): value.strip() for name, value in headers}
    text = values.get("retry-after", "")
    if _NUMBER.fullmatch(text):
        return float(text)
    moment = _date(text)
    return None if moment is None else max(0.0, moment - now - _clock_skew(values, now))


def limit_pause(headers: Headers, now: float, default: float = _DEFAULT) -> float:
    """Seconds to wait after a 429: `Retry-After`, else until the nearest reset; `now` is a Unix time."""
    seconds = retry_after(headers, now)
    if seconds is not None:
        return max(_MARGIN, seconds)
    values = {name.lower(): value for name, value in headers}
    skew = _clock_skew(values, now)
    resets = [
        float(value) / 1000 - now - skew
        for name, value in values.items()
        if name.endswith("-reset") and _NUMBER.fullmatch(value)
    ]
    pauses = [pause for pause in resets if 0 <= pause <= _FARTHEST_RESET]
    return min(pauses) + _MARGIN if pauses else default


def backoff(attempt: int, first: float, longest: float) -> float:
    """Seconds before another attempt: doubled each time, with jitter."""
    return float(min(first * 2**attempt, longest) * _RANDOM.uniform(0.5, 1.0))
