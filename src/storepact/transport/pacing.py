"""The one place that decides when a request may leave: limits of the provider, budgets of the user.

All processes of a run share its state in a file, whose lock is held for some microseconds per request.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from random import SystemRandom

import msgspec

from storepact.model.errors import BudgetExhausted, LimitReached
from storepact.model.exchange import Headers
from storepact.model.values import lean_value
from storepact.transport.content import LARGEST_BODY
from storepact.transport.interrupts import INTERRUPTS
from storepact.transport.limit_headers import MARGIN, USUAL_PAUSE, Window, has_limits, limit_pause, windows_of
from storepact.transport.lists import LARGEST_LIST
from storepact.transport.pace_file import PaceFile
from storepact.transport.request_budget import CLEAN_UP, Allowance, RequestBudget

#: The longest wait in seconds after a 429 whose headers say nothing; the first is `USUAL_PAUSE`.
_LONGEST_DEFAULT = 30.0

#: Calls that are left to others before a limit, and the share of a limit from which on calls are spread.
_RESERVE, _SPREAD = 1, 0.1

#: Names of limits with this word hold for one operation; the others for all of them.
_OF_ROUTE = "route"

_RANDOM = SystemRandom()


@lean_value(frozen=True)
class Limits:
    """What a run may take: of time, of requests, of failures."""

    timeout: float = 10.0
    """Seconds for a whole response."""
    patience: float = 60.0
    """Seconds that the run waits for a limit or an outage."""
    rate: float | None = None
    """Requests per second."""
    max_requests: int | None = None
    reserve: int = 0
    """How many of these are left for the look at the end of a run."""
    deadline: float | None = None
    """Seconds for the whole run."""
    elapsed: float = 0.0
    """How many of these were over before, where processes share no file."""
    allowance: Allowance | None = None
    """Hands out the requests, where processes share no file."""
    max_network_errors: float = 1.0
    """Percent of the exchanges that may fail on the way."""
    largest_body: int = LARGEST_BODY
    largest_list: int = LARGEST_LIST
    """Bytes of the largest body, and of the largest list of resources, as they are sent and decoded."""


class _State(msgspec.Struct):
    """The state of pacing that all processes of a run share. Times are Unix times."""

    started: float
    requests: int = 0
    kept_back: int = 0
    slot: float = 0.0
    """The earliest time of the next request, by `--rate`."""
    blocked_until: float = 0.0
    """Nothing is sent before, after a 429."""
    waits_until: float = 0.0
    """Until when some process waits for a limit, for the user to see."""
    backoff: float = USUAL_PAUSE
    windows: dict[str, Window] = msgspec.field(default_factory=dict)


_DECODER = msgspec.json.Decoder(_State)


class Pacer:
    """Lets requests pass, one after the other, at a pace that the provider and the user allow."""

    def __init__(self, limits: Limits, shared: Path | None = None, *, reads_headers: bool = True) -> None:
        """`shared` is the file through which the processes of a run share the pace."""
        self.limits, self._reads_headers = limits, reads_headers
        self._budget = RequestBudget(limits.max_requests, limits.reserve, limits.allowance)
        self._file, self._mutex = None if shared is None else PaceFile(shared), threading.Lock()
        self._state, self._has_waited = _State(time.time() - limits.elapsed), False

    @contextmanager
    def _shared_state(self) -> Iterator[_State]:
        with self._mutex:
            if self._file is None:
                yield self._state
                return
            with self._file.hold() as file:
                self._state = _decode(file.read()) or self._state
                yield self._state
                with suppress(OSError):  # on a full disk each process keeps a pace of its own
                    file.write(msgspec.json.encode(self._state))

    def admit(self, operation: str, *, exempt: bool = False) -> float:
        """Wait until a request to an operation may leave. `exempt`: it is clean-up.

        Returns for how long the provider's limits made it wait; the user's own `--rate` does not count.

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
                    if exempt:
                        self._budget.draw(state)
                    state.requests += 1
                    is_admitted = True
                else:
                    is_admitted = False
            slept = _sleep(pause)
            waited += min(slept, spread) if is_admitted else slept
            if is_admitted:
                return waited

    def _check_budgets(self, state: _State, now: float) -> None:
        limits = self.limits
        self._budget.check(state)
        if limits.deadline is not None and now - state.started >= limits.deadline:
            raise BudgetExhausted(
                f"the {limits.deadline:g} s of --deadline are over: raise it, or test less at once"
            )

    def keep_back(self, creates: int) -> None:
        """Keep requests for the clean-up after so many creates of this process; the last one is sent yet.

        Raises:
            BudgetExhausted: not so many are left.

        """
        if self._budget.is_limited:
            with self._shared_state() as state:
                self._budget.keep_back(state, creates * CLEAN_UP)

    def let_go(self, creates: int) -> None:
        """Keep requests for the clean-up after no more than so many creates of this process."""
        if self._budget.is_limited:
            with self._shared_state() as state:
                self._budget.let_go(state, creates * CLEAN_UP)

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
        is_after_wait = status != 429 and self._has_waited
        if status != 429 and not is_after_wait and not has_limits(headers):
            return
        self._has_waited = self._has_waited and status == 429
        values = {name.lower(): value for name, value in headers}
        now = time.time()
        with self._shared_state() as state:
            if is_after_wait:  # the next 429 begins with about the time that was enough
                state.backoff = max(USUAL_PAUSE, state.backoff / 2)
            for name, window in windows_of(values, now):
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
                pause = max(pause, min(USUAL_PAUSE / 4 * 2**repetitions, _LONGEST_DEFAULT))
            state.backoff = min(2 * state.backoff, _LONGEST_DEFAULT)
            if time.monotonic() + pause > deadline:
                raise LimitReached(pause, self.limits.patience)
            pause *= _RANDOM.uniform(1.0, 1.1)
            state.blocked_until = max(state.blocked_until, time.time() + pause)
            state.waits_until = max(state.waits_until, state.blocked_until)
        self._has_waited = True
        return _sleep(pause)


def _sleep(seconds: float) -> float:
    INTERRUPTS.wait(seconds, time.sleep)
    return max(seconds, 0.0)


def read_state(path: Path) -> _State | None:
    """The state that the processes of a run share; None before the first request."""
    try:
        return _decode(path.read_bytes())
    except OSError:
        return None


def _decode(text: bytes) -> _State | None:
    """The state in a file; None if it holds none, or a process has ended while it wrote."""
    try:
        return _DECODER.decode(text)
    except msgspec.DecodeError:
        return None


def blocked_seconds(path: Path) -> float:
    """How long the run waits for a limit of the provider from now on."""
    state = read_state(path)
    return 0.0 if state is None else max(0.0, state.waits_until - time.time())


def _own_windows(state: _State, operation: str) -> Iterator[Window]:
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
            pause = max(pause, left + MARGIN * _RANDOM.uniform(1, 3))
            state.waits_until = max(state.waits_until, now + pause)
        elif window.remaining <= window.limit * _SPREAD:
            spread = max(spread, left / window.remaining)
    return pause, spread


def _take(state: _State, operation: str) -> None:
    for window in _own_windows(state, operation):
        window.remaining -= 1


def backoff(attempt: int, first: float, longest: float) -> float:
    """Seconds before another attempt: doubled each time, with jitter."""
    return float(min(first * 2**attempt, longest) * _RANDOM.uniform(0.5, 1.0))
