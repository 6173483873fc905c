"""The mock in a process of its own, for a run of the gate or for anybody's tests."""

from __future__ import annotations

import http.client
import json
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from storepact.model.errors import Undetermined, UsageError

#: How a parent tells the child what must not stand in an argument list.
CONTROL_VARIABLE = "STOREPACT_MOCK_CONTROL"
TOKENS_VARIABLE = "STOREPACT_MOCK_TOKENS"
FOLLOW_VARIABLE = "STOREPACT_MOCK_FOLLOWS_STDIN"


@dataclass(frozen=True, repr=False)
class RunningMock:
    """A mock in a process of its own. `tokens` by condition; `control` opens its back door."""

    url: str
    tokens: Mapping[str, str]
    control: str
    process: subprocess.Popen[str]

    def __repr__(self) -> str:
        return f"Running({self.url})"

    def headers(self, condition: str = "writer") -> dict[str, str]:
        """The headers of an ordinary request with the token in that condition."""
        return {"Authorization": self.tokens[condition], "LD-API-Version": "beta"}

    def issue(self, *conditions: str) -> dict[str, str]:
        """New tokens, by condition: writer, reader, exhausted, contended, orphaned.

        Raises:
            UsageError: there is no such condition.

        """
        answer: dict[str, str] = self._asked("tokens", {"conditions": conditions})
        return answer

    def reset(self) -> None:
        """Forget every integration."""
        self._asked("reset", {})

    def configure(
        self,
        *,
        choices: Mapping[str, str] | None = None,
        faults: Sequence[str] = (),
        limits: Mapping[str, int] | None = None,
    ) -> None:
        """Take on other choices, faults and limits (calls per 10 s: global, route, token), and forget every integration.

        Raises:
            UsageError: no such choice, value or fault; nothing has changed then.

        """
        self._asked("settings", {"choices": choices or {}, "faults": list(faults), "limits": limits or {}})

    def _asked(self, what: str, body: Mapping[str, Any]) -> Any:
        parts = urlsplit(self.url)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=10)
        try:
            connection.request(
                "POST", f"/_storepact/{what}", json.dumps(body), {"Authorization": self.control}
            )
            answer = connection.getresponse()
            said = json.loads(answer.read() or b"null")
        except OSError as error:
            raise Undetermined(f"the mock at {self.url} does not answer any more: {error}") from None
        finally:
            connection.close()
        if answer.status >= 400:
            raise UsageError(said["message"])
        return said


@dataclass(frozen=True)
class MockOptions:
    """How a mock is to be started."""

    choices: Mapping[str, str] = field(default_factory=dict)
    faults: Sequence[str] = ()
    limits: Mapping[str, int] = field(default_factory=dict)
    """Calls per 10 s, by scope: global, route, token."""
    data: str | os.PathLike[str] | None = None
    latency_ms: float = 0.0
    openapi: str | os.PathLike[str] | None = None

    def arguments(self) -> list[str]:
        """The same as options of `storepact mock`."""
        options = [("--choice", f"{name}={value}") for name, value in self.choices.items()]
        options += [("--fault", name) for name in self.faults]
        options += [("--rate-limit", f"{scope}={count}") for scope, count in self.limits.items()]
        options += [("--data", str(self.data))] if self.data is not None else []
        options += [("--latency", str(self.latency_ms))] if self.latency_ms else []
        options += [("--openapi", str(self.openapi))] if self.openapi is not None else []
        return [part for option in options for part in option]


@contextmanager
def serve(
    order: MockOptions | None = None, *, conditions: Sequence[str] = ("writer", "reader")
) -> Iterator[RunningMock]:
    """A mock on a free port of loopback, gone when the block ends or this process does.

    Raises:
        Undetermined: it did not start; the reason is given.

    """
    control = secrets.token_hex(16)
    tokens = {condition: f"api-{secrets.token_hex(16)}" for condition in conditions}
    environment = {
        **os.environ,
        CONTROL_VARIABLE: control,
        TOKENS_VARIABLE: json.dumps({token: condition for condition, token in tokens.items()}),
        FOLLOW_VARIABLE: "1",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "storepact", "mock", "--port", "0", *(order or MockOptions()).arguments()],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
        start_new_session=True,
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line.startswith("ready "):
            _, complaint = process.communicate(timeout=10)
            said = (line + complaint).strip().splitlines() or ["it said nothing"]
            raise Undetermined(f"the mock did not start: {said[-1].removeprefix('storepact: ')}")
        yield RunningMock(line.split()[1], tokens, control, process)
    finally:
        _stop(process)


def _stop(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.communicate(timeout=5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
