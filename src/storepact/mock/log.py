"""The access log: one line a request, secrets masked."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from urllib.parse import unquote

from storepact.mock.call import MockRequest, MockResponse
from storepact.mock.tokens import Tokens

_LONGEST = 160


class AccessLog:
    """Writes `time who verb path status ms [code: message]` to a stream; a stream that is gone is forgotten."""

    def __init__(self, tokens: Tokens, is_secret: Callable[[str], bool]) -> None:
        self._tokens, self._is_secret = tokens, is_secret
        self._open = True

    def __call__(self, call: MockRequest, answer: MockResponse, seconds: float) -> None:
        """Log one request."""
        if not self._open:
            return
        try:
            sys.stderr.write(self.line(call, answer, seconds) + "\n")
            sys.stderr.flush()
        except (OSError, ValueError):
            self._open = False

    def line(self, call: MockRequest, answer: MockResponse, seconds: float) -> str:
        """One line, printable and short."""
        bearer = self._tokens.bearer(call.token)
        who = bearer.name if bearer else "unknown" if call.token else "nobody"
        refused = ""
        if answer.status >= 400 and isinstance(answer.body, dict):
            refused = f"  {answer.body.get('code')}: {answer.body.get('message')}"
        stamp = time.strftime("%H:%M:%S")
        shown = f"{stamp} {who:8} {call.method:6} {self._path(call)} {answer.status} {seconds * 1000:.1f} ms{refused}"
        return self._tokens.masked("".join(each if each.isprintable() else "?" for each in shown))

    def _path(self, call: MockRequest) -> str:
        segments = ["********" if self._is_secret(unquote(each)) else each for each in call.path.split("/")]
        path = "/".join(segments) + ("?…" if call.query else "")
        return path if len(path) <= _LONGEST else f"{path[:_LONGEST]}…"
