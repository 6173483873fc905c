"""The access log: one line per request, secrets masked."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from urllib.parse import unquote

from storepact.mock.exchange import MockRequest, MockResponse
from storepact.mock.tokens import Tokens

_LONGEST_PATH = 160


class AccessLog:
    """Writes `time token verb path status ms [code: message]` to stderr, until stderr is closed."""

    def __init__(self, tokens: Tokens, is_secret: Callable[[str], bool]) -> None:
        self._tokens, self._is_secret = tokens, is_secret
        self._open = True

    def __call__(self, request: MockRequest, response: MockResponse, seconds: float) -> None:
        """Log one request."""
        if not self._open:
            return
        try:
            sys.stderr.write(self.line(request, response, seconds) + "\n")
            sys.stderr.flush()
        except (OSError, ValueError):
            self._open = False

    def line(self, request: MockRequest, response: MockResponse, seconds: float) -> str:
        """Return the line for one request, printable and without secrets."""
        token = self._tokens.find(request.token)
        name = token.name if token else "unknown" if request.token else "nobody"
        error = ""
        if response.status >= 400 and isinstance(response.body, dict):
            error = f"  {response.body.get('code')}: {response.body.get('message')}"
        text = f"{time.strftime('%H:%M:%S')} {name:8} {request.method:6} {self._path(request)}"
        text += f" {response.status} {seconds * 1000:.1f} ms{error}"
        return self._tokens.mask("".join(char if char.isprintable() else "?" for char in text))

    def _path(self, request: MockRequest) -> str:
        segments = request.path.split("/")
        path = "/".join("********" if self._is_secret(unquote(part)) else part for part in segments)
        path += "?…" if request.query else ""
        return path if len(path) <= _LONGEST_PATH else f"{path[:_LONGEST_PATH]}…"
