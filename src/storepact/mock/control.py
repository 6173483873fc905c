"""The back door of a mock that was started by the gate or by a test: tokens in conditions, other choices, a clean table."""

from __future__ import annotations

import hmac
import json
from dataclasses import dataclass
from typing import Any

from storepact.mock.call import MockRefusal, MockRequest, MockResponse
from storepact.mock.definition import MockService
from storepact.model.errors import UnknownName

PREFIX = "/_storepact/"


@dataclass(frozen=True, repr=False)
class Controlled:
    """A stand-in with a back door; without a key the door is not there. Implements `mock.app.Desk`."""

    standin: MockService
    key: str | None = None

    def arrived(self, call: MockRequest) -> float:
        """Take note of a call, unless it comes by the back door."""
        return 0.0 if call.path.startswith(PREFIX) else self.standin.arrived(call)

    def answer(self, call: MockRequest) -> MockResponse:
        """Answer a call."""
        if self.key is None or not call.path.startswith(PREFIX):
            return self.standin.answer(call)
        try:
            if call.method != "POST" or not hmac.compare_digest(call.token.encode(), self.key.encode()):
                raise MockRefusal(403, "forbidden", "not for you")
            return self._done(call.path.removeprefix(PREFIX), _asked(call))
        except MockRefusal as refusal:
            return refusal.answer()

    def _done(self, what: str, asked: dict[str, Any]) -> MockResponse:
        match what:
            case "tokens":
                return self._tokens(asked.get("conditions", []))
            case "reset":
                self.standin.provider.clear()
                return MockResponse(204)
            case "settings":
                try:
                    self.standin.configure(
                        asked.get("choices", {}), asked.get("faults", []), asked.get("limits", {})
                    )
                except UnknownName as error:
                    raise MockRefusal(400, "invalid_request", str(error)) from None
                self.standin.provider.clear()
                return MockResponse(204)
        raise MockRefusal(404, "not_found", "the back door knows tokens, reset and settings")

    def _tokens(self, conditions: list[str]) -> MockResponse:
        try:
            return MockResponse(
                201, {condition: self.standin.tokens.issue(condition) for condition in conditions}
            )
        except KeyError as error:
            raise MockRefusal(400, "invalid_request", f"there is no condition {error}") from None


def _asked(call: MockRequest) -> dict[str, Any]:
    try:
        asked = json.loads(call.body or b"{}")
    except ValueError:
        asked = None
    if not isinstance(asked, dict):
        raise MockRefusal(400, "invalid_request", "send a JSON object")
    return asked
