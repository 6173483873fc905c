"""A provider of a few lines in this process, which logs its requests: for what precedes tests."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


class SmallProvider:
    """Keeps what is created, lists and deletes it. `requests` are (method, path)."""

    def __init__(self, list_status: int = 200, create_status: int = 201) -> None:
        self.url, self.list_status, self.create_status = "", list_status, create_status
        self.requests: list[tuple[str, str]] = []
        self.resources: dict[str, dict[str, object]] = {}

    def respond(self, method: str, path: str, headers, body: bytes) -> tuple[int, object]:
        """The status and body of one response."""
        self.requests.append((method, path))
        key = path.rpartition("/")[2]
        if method == "POST":
            return self.create(path, body)
        if method == "GET" and path.endswith("big-segment-store"):
            return self.list_status, {"items": list(self.resources.values())}
        resource = self.resources.get(key)
        if resource is None:
            return 404, {"code": "not_found", "message": "not found"}
        if method == "DELETE":
            del self.resources[key]
            return 204, None
        return 200, resource

    def create(self, path: str, body: bytes) -> tuple[int, object]:
        """Create a resource at a collection's path."""
        if self.create_status != 201:
            return self.create_status, {"code": "refused", "message": "refused"}
        keys = zip(("projectKey", "environmentKey", "integrationKey"), path.split("/")[-3:], strict=True)
        identifier = f"id-{len(self.requests)}"
        try:
            members = dict(json.loads(body))
        except (ValueError, TypeError, RecursionError):
            return 400, {"code": "invalid_request", "message": "not an object"}
        self.resources[identifier] = {**members, **dict(keys), "_id": identifier}
        return 201, self.resources[identifier]


@contextmanager
def small_provider(**how: int) -> Iterator[SmallProvider]:
    """A running one."""
    provider = SmallProvider(**how)
    with serve_provider(provider) as url:
        provider.url = url
        yield provider


@contextmanager
def serve_provider(provider) -> Iterator[str]:
    """The URL of a server that sends what `provider.respond(method, path, headers, body)` returns."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler_for(provider))
    server.daemon_threads = True
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def handler_for(provider) -> type[BaseHTTPRequestHandler]:
    """A handler class for `served`."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def _respond(self) -> None:
            sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, body = provider.respond(self.command, self.path, self.headers, sent)
            content = b"" if body is None else json.dumps(body).encode()
            self.send_response_only(status)
            if content:
                self.send_header("Content-Type", "application/json")
            if status != 204:
                self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)
            self.wfile.flush()

        do_GET = do_POST = do_PATCH = do_DELETE = _respond

        def log_message(self, format, *args) -> None:
            """Log nothing: the provider keeps its requests."""

    return Handler
