"""A mock of a Pact Broker: the part of its HTTP API that storepact and the official command line use.

It keeps what it is given and answers from that; every request that it took is in `asked`.
"""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


class BrokerStandIn:
    """The state of a broker. `deployable` is what it says to can-i-deploy."""

    def __init__(self, token: str) -> None:
        self.token = token
        self.pacts: dict[str, dict[str, Any]] = {}
        self.pending: set[str] = set()
        self.asked: list[tuple[str, str]] = []
        self.selectors: list[Any] = []
        self.results: list[tuple[str, dict[str, Any]]] = []
        self.published: list[dict[str, Any]] = []
        self.branches: list[str] = []
        self.matrix: list[dict[str, list[str]]] = []
        self.deployable = True
        self.elsewhere = ""
        """An origin that links lead to instead of the broker's own."""
        self.url = ""

    def answer(self, method: str, path: str, body: Any) -> tuple[int, Any]:
        parts = urlsplit(path)
        match method, [part for part in parts.path.split("/") if part]:
            case "GET", []:
                return 200, {"_links": self._index()}
            case "POST", ["pacts", "provider", _, "for-verification"]:
                self.selectors.append(body)
                return 200, {"_embedded": {"pacts": [self._entry_of(consumer) for consumer in self.pacts]}}
            case "GET", ["pacts", "provider", _, "consumer", consumer, "version", _] if (
                consumer in self.pacts
            ):
                links = {"pb:publish-verification-results": {"href": f"{self.url}/results/{consumer}"}}
                return 200, {**self.pacts[consumer], "_links": links}
            case "POST", ["results", consumer]:
                self.results.append((consumer, body))
                return 201, {}
            case "PUT", ["pacticipants", _, "branches", branch, "versions", version]:
                self.branches.append(f"{branch} {version}")
                return 200, {}
            case "POST", ["contracts", "publish"]:
                self.published.append(body)
                for contract in body["contracts"]:
                    self.pacts[contract["consumerName"]] = json.loads(base64.b64decode(contract["content"]))
                embedded = {
                    "pacticipant": {"name": body["pacticipantName"]},
                    "version": {"number": body["pacticipantVersionNumber"]},
                }
                return 200, {
                    "notices": [{"type": "success", "text": "published"}],
                    "_links": {},
                    "_embedded": embedded,
                }
            case "GET", ["matrix"]:
                self.matrix.append(parse_qs(parts.query))
                return 200, self._matrix()
        return 404, {"error": "there is no such thing"}

    def _index(self) -> dict[str, Any]:
        at = self.elsewhere or self.url
        return {
            "self": {"href": self.url},
            "pb:publish-contracts": {"href": f"{self.url}/contracts/publish"},
            "pb:provider-pacts-for-verification": {"href": f"{at}/pacts/provider/{{provider}}/for-verification", "templated": True},  # noqa: E501
            "pb:pacticipant-branch-version": {
                "href": f"{self.url}/pacticipants/{{pacticipant}}/branches/{{branch}}/versions/{{version}}", "templated": True,  # noqa: E501
            },
            "pb:environments": {"href": f"{self.url}/environments"},
        }  # fmt: skip

    def _entry_of(self, consumer: str) -> dict[str, Any]:
        href = f"{self.url}/pacts/provider/persistent-store-integrations/consumer/{consumer}/version/1"
        return {
            "verificationProperties": {"pending": consumer in self.pending},
            "_links": {"self": {"href": href}},
        }

    def _matrix(self) -> dict[str, Any]:
        summary = {
            "deployable": self.deployable,
            "reason": "as it is told",
            "success": 1,
            "failed": 0,
            "unknown": 0,
        }
        return {"summary": summary, "notices": [{"type": "success", "text": "as it is told"}], "matrix": []}


@contextmanager
def broker_mock(token: str = "a-broker-token-for-tests") -> Iterator[BrokerStandIn]:
    """A broker on loopback, on a free port."""
    state = BrokerStandIn(token)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            raw = self.rfile.read(length) if length else b""
            state.asked.append((self.command, self.path))
            if self.headers.get("Authorization") != f"Bearer {state.token}":
                status, answer = 401, {"error": "no"}
            else:
                status, answer = state.answer(self.command, self.path, json.loads(raw) if raw else None)
            body = json.dumps(answer).encode()
            self.send_response_only(status)
            self.send_header("Content-Type", "application/hal+json;charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PUT = do_PATCH = _serve

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing: `asked` has it."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    state.url = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
