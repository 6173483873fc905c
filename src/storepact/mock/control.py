"""The control interface of a mock that a run or a test has started: tokens, settings, an empty storage."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import TypeVar

import msgspec

from storepact.mock.definition import MockService
from storepact.mock.exchange import MockRefusal, MockRequest, MockResponse
from storepact.model.errors import UnknownName
from storepact.model.values import lean_value

PREFIX = "/_storepact/"

#: Below it are the commands of the API's own.
API_PREFIX = "/__mock__/"

Command = TypeVar("Command", bound=msgspec.Struct)


class IssueTokens(msgspec.Struct):
    """Body of `tokens`: the conditions to issue a token for."""

    conditions: tuple[str, ...] = ()


class Configure(msgspec.Struct):
    """Body of `settings`: choices, faults, and calls per 10 s by limit; defaults for what is missing."""

    choices: Mapping[str, str] = {}
    faults: tuple[str, ...] = ()
    limits: Mapping[str, int] = {}
    keep: bool = False
    """Whether what was created stays."""


@lean_value(frozen=True, repr=False)
class ControlledHandler:
    """A mock with a control interface; without a key there is none. Implements `mock.app.Handler`."""

    service: MockService
    key: str | None = None

    def on_request(self, request: MockRequest) -> float:
        """Observe a request, unless it is for the control interface."""
        return 0.0 if self._is_command(request) else self.service.on_request(request)

    def _is_command(self, request: MockRequest) -> bool:
        """Whether a request is for the control interface."""
        return self.key is not None and request.path.startswith((PREFIX, API_PREFIX))

    def respond(self, request: MockRequest) -> MockResponse:
        """Run a command of the control interface, or let the mock respond."""
        if self.key is None or not self._is_command(request):
            return self.service.respond(request)
        try:
            if request.method != "POST" or not hmac.compare_digest(request.token.encode(), self.key.encode()):
                raise MockRefusal(403, "forbidden", "the control interface needs the control key")
            if request.path.startswith(API_PREFIX):
                return self.service.run_command(request.path.removeprefix(API_PREFIX), request.body)
            return self._run(request.path.removeprefix(PREFIX), request.body)
        except MockRefusal as refusal:
            return refusal.response()

    def _run(self, command: str, body: bytes) -> MockResponse:
        match command:
            case "tokens":
                return self._issue_tokens(_decode(body, IssueTokens))
            case "reset":
                self.service.provider.clear()
                return MockResponse(204)
            case "settings":
                return self._configure(_decode(body, Configure))
        raise MockRefusal(
            404, "not_found", "the control interface has the commands tokens, reset and settings"
        )

    def _issue_tokens(self, command: IssueTokens) -> MockResponse:
        try:
            tokens = {condition: self.service.tokens.issue(condition) for condition in command.conditions}
        except KeyError as error:
            raise MockRefusal(400, "invalid_request", f"there is no condition {error}") from None
        return MockResponse(201, tokens)

    def _configure(self, command: Configure) -> MockResponse:
        try:
            self.service.configure(command.choices, command.faults, command.limits)
        except UnknownName as error:
            raise MockRefusal(400, "invalid_request", str(error)) from None
        if not command.keep:
            self.service.provider.clear()
        return MockResponse(204)


def _decode(body: bytes, kind: type[Command]) -> Command:
    try:
        return msgspec.json.decode(body or b"{}", type=kind)
    except msgspec.MsgspecError as error:
        raise MockRefusal(400, "invalid_request", f"the command cannot be read: {error}") from None
