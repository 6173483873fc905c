"""Start the mock in a process of its own, for a run or for the tests of a consumer."""

from __future__ import annotations

import http.client
import json
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import field, replace
from typing import Any
from urllib.parse import urlsplit

from storepact.mock.options import CONTROL_VARIABLE, TOKENS_VARIABLE, MockOptions
from storepact.model.errors import Undetermined, UsageError
from storepact.model.values import lean_value

#: The module that the child process runs: without the command line it starts in half the time.
_PROCESS = "storepact.run.mock_process"


@lean_value(frozen=True, repr=False)
class RunningMock:
    """A mock in a process of its own.

    `tokens` has a token by condition, `control` is the key of the control interface, `request_headers` are
    those that every request of the API has beside the token.
    """

    url: str
    tokens: Mapping[str, str]
    control: str
    process: subprocess.Popen[str]
    request_headers: Mapping[str, str] = field(default_factory=dict)
    siblings: tuple[RunningMock, ...] = ()
    """Further mocks of the same process, with the same tokens and with data of their own."""

    def __repr__(self) -> str:
        return f"RunningMock({self.url})"

    def headers(self, condition: str = "writer") -> dict[str, str]:
        """Return the headers of an ordinary request with the token in that condition."""
        return {"Authorization": self.tokens[condition], **self.request_headers}

    def issue(self, *conditions: str) -> dict[str, str]:
        """Return new tokens by condition: writer, reader, exhausted, contended, orphaned.

        Raises:
            UsageError: there is no such condition.

        """
        tokens: dict[str, str] = self._send("tokens", {"conditions": conditions})
        return tokens

    def reset(self) -> None:
        """Delete everything that was created."""
        self._send("reset", {})

    def configure(
        self,
        *,
        choices: Mapping[str, str] | None = None,
        faults: Sequence[str] = (),
        limits: Mapping[str, int] | None = None,
    ) -> None:
        """Replace choices, faults and limits (calls per 10 s: global, route, token), and delete everything.

        Raises:
            UsageError: no such choice, value, fault or limit; nothing has changed then.

        """
        self._replace_settings(choices, faults, limits, keep=False)

    def become(
        self,
        *,
        choices: Mapping[str, str] | None = None,
        faults: Sequence[str] = (),
        limits: Mapping[str, int] | None = None,
    ) -> None:
        """Replace choices, faults and limits as `configure` does; what was created stays.

        Raises:
            UsageError: as `configure`.

        """
        self._replace_settings(choices, faults, limits, keep=True)

    def _replace_settings(
        self,
        choices: Mapping[str, str] | None,
        faults: Sequence[str],
        limits: Mapping[str, int] | None,
        *,
        keep: bool,
    ) -> None:
        settings = {"choices": choices or {}, "faults": list(faults), "limits": limits or {}, "keep": keep}
        self._send("settings", settings)

    def send_command(self, name: str, body: Mapping[str, Any]) -> Any:
        """Send a command of the API's own, such as `segments`; returns the response's body.

        Raises:
            UsageError: there is no such command, or it cannot be run.

        """
        return self._send(f"/__mock__/{name}", body)

    def _send(self, command: str, body: Mapping[str, Any]) -> Any:
        path = command if command.startswith("/") else f"/_storepact/{command}"
        parts = urlsplit(self.url)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=10)
        try:
            headers = {"Authorization": self.control}
            connection.request("POST", path, json.dumps(body), headers)
            response = connection.getresponse()
            content = json.loads(response.read() or b"null")
        except OSError as error:
            raise Undetermined(f"the mock at {self.url} does not respond any more: {error}") from None
        finally:
            connection.close()
        if response.status >= 400:
            raise UsageError(content["message"])
        return content


@lean_value(frozen=True, repr=False)
class StartingMock:
    """A mock whose process was started and may not listen yet."""

    process: subprocess.Popen[str]
    tokens: Mapping[str, str]
    control: str

    def wait(self) -> RunningMock:
        """Return the mock as soon as it listens.

        Raises:
            Undetermined: it did not start; the message has the reason.

        """
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        try:
            ready = json.loads(line)
        except ValueError:
            ready = {"error": _last_line(self.process, line)}
        if "error" in ready:
            raise Undetermined(f"the mock did not start: {ready['error']}")
        headers = ready["request_headers"]
        first, *others = (
            RunningMock(url, self.tokens, self.control, self.process, headers) for url in ready["urls"]
        )
        return replace(first, siblings=tuple(others))


@contextmanager
def serve(
    options: MockOptions | None = None, *, conditions: Sequence[str] = ("writer", "reader")
) -> Iterator[RunningMock]:
    """Run a mock on a free port of loopback until the block ends or this process does.

    `conditions` are those of the tokens that it begins with.

    Raises:
        Undetermined: it did not start; the message has the reason.

    """
    with launch(options, conditions=conditions) as starting:
        yield starting.wait()


@contextmanager
def launch(
    options: MockOptions | None = None, *, conditions: Sequence[str] = ("writer", "reader")
) -> Iterator[StartingMock]:
    """Start the process of a mock as `serve` does, and do not wait until it listens."""
    control = secrets.token_hex(16)
    tokens = {condition: f"api-{secrets.token_hex(16)}" for condition in conditions}
    environment = {
        **os.environ,
        CONTROL_VARIABLE: control,
        TOKENS_VARIABLE: json.dumps({token: condition for condition, token in tokens.items()}),
    }
    process = subprocess.Popen(
        [sys.executable, "-m", _PROCESS, (options or MockOptions()).to_json()],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
        start_new_session=True,
    )
    try:
        yield StartingMock(process, tokens, control)
    finally:
        _stop(process)


def _last_line(process: subprocess.Popen[str], begun: str) -> str:
    """Return the last line that a process printed before it ended, for people to read."""
    _, errors = process.communicate(timeout=10)
    return ((begun + errors).strip().splitlines() or ["it printed nothing"])[-1]


def _stop(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.communicate(timeout=5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
