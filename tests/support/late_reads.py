"""Providers whose reads are late: by a number of reads, or by seconds of a clock that tests turn."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from storepact.engines.settling import Clock
from storepact.families.persistent_store.api import BASE
from storepact.mock.exchange import MockRefusal, MockRequest, MockResponse, Responder

_READ = re.compile(rf"{BASE}(/[^/]+/[^/]+/[^/]+/([^/]+))?")


@dataclass
class TurnedClock:
    """A clock that only sleeping moves, and requests a little."""

    seconds: float = 0.0
    slept: list[float] = field(default_factory=list)

    def now(self) -> float:
        """The seconds so far."""
        return self.seconds

    def sleep(self, seconds: float) -> None:
        """Move the clock."""
        self.slept.append(seconds)
        self.seconds += seconds

    @property
    def clock(self) -> Clock:
        """As the engines take it."""
        return Clock(self.now, self.sleep)


@dataclass
class LateReads:
    """Answers a get or list as it would have been before the last write, until `is_over` says otherwise."""

    begin: Callable[[], Callable[[], bool]]
    """Called at a write: makes what decides at each read whether it is late no more."""
    only: str = "get list"

    def __post_init__(self) -> None:
        self._before: dict[str, tuple[MockResponse, Callable[[], bool]]] = {}
        self.late = 0

    def __call__(self, request: MockRequest, inner: Responder) -> MockResponse:
        """Respond."""
        match = _READ.fullmatch(request.path)
        if request.method in ("POST", "PATCH", "DELETE"):
            return self._write(request, inner)
        response = inner(request)
        role = "get" if match is not None and match.group(1) else "list"
        kept = self._before.get(request.path)
        if match is None or kept is None or response.status not in (200, 404) or role not in self.only:
            return response
        before, is_over = kept
        if is_over():
            del self._before[request.path]
            return response
        self.late += 1
        return before

    def _write(self, request: MockRequest, inner: Responder) -> MockResponse:
        paths = [BASE] if request.method == "POST" else [BASE, request.path]
        reads = {path: inner(MockRequest("GET", path, request.headers)) for path in paths}
        response = inner(request)
        if response.status not in (200, 201, 204):
            return response
        if response.status == 201:
            path = f"{request.path}/{response.body['_id']}"
            reads[path] = inner(MockRequest("GET", path.rpartition("/")[0] + "/" + "0" * 24, request.headers))
        for path, before in reads.items():
            if before.status in (200, 404):
                self._before[path] = (before, self.begin())
        return response


@dataclass
class LateReplica(LateReads):
    """Looks up a resource in a late replica before it changes or deletes it, too.

    What the replica lacks is answered with 404, what it still holds after a delete with success; a test of
    `/version` compares with the replica's. The answer to a patch of a resource whose earlier write is late
    lacks that write, where `answers` says so.
    """

    answers: bool = False

    def _write(self, request: MockRequest, inner: Responder) -> MockResponse:
        kept = self._before.get(request.path)
        if request.method == "POST" or kept is None or kept[1]():
            return super()._write(request, inner)
        shown = kept[0]
        self.late += 1
        if shown.status == 404:
            return shown
        present = inner(MockRequest("GET", request.path, request.headers))
        if present.status == 404:  # deleted already, and still there in the replica
            return MockResponse(204) if request.method == "DELETE" else shown
        if request.method == "PATCH" and _tests_other_version(request.body, shown.body):
            return MockRefusal(409, "optimistic_locking_error", "not this version").response()
        response = super()._write(request, inner)
        if not self.answers or response.status != 200 or request.method != "PATCH":
            return response
        patched = {path.strip("/") for path in _paths(request.body)}
        body = {
            name: value if name in patched else shown.body.get(name, value)
            for name, value in response.body.items()
        }
        raised = response.body["version"] - present.body["version"]
        return replace(response, body=body | {"version": shown.body["version"] + raised})


def _operations(body: bytes) -> list[dict]:
    value = json.loads(body or b"[]")
    return value.get("patch", []) if isinstance(value, dict) else value


def _paths(body: bytes) -> list[str]:
    return [operation["path"] for operation in _operations(body) if operation["op"] != "test"]


def _tests_other_version(body: bytes, shown) -> bool:
    tests = (operation for operation in _operations(body) if operation["op"] == "test")
    return any(test["path"] == "/version" and test["value"] != shown["version"] for test in tests)


def by_reads(count: int) -> Callable[[], Callable[[], bool]]:
    """Late for so many reads of one path after each write."""

    def begin() -> Callable[[], bool]:
        left = [count]

        def is_over() -> bool:
            left[0] -= 1
            return left[0] < 0

        return is_over

    return begin


def by_seconds(seconds: float, clock: TurnedClock) -> Callable[[], Callable[[], bool]]:
    """Late for so many seconds after each write."""

    def begin() -> Callable[[], bool]:
        end = clock.now() + seconds
        return lambda: clock.now() >= end

    return begin
