"""Raw connections to a running mock: no library changes what is sent."""

from __future__ import annotations

import json
import socket
from urllib.parse import urlsplit

from storepact.families.persistent_store.api import BASE

CREATE = f"{BASE}/default/test/redis"
GOOD = b'{"config": {"host": "redis.example.com"}, "name": "orders"}'


class Wire:
    """One connection. Use as a context manager."""

    def __init__(self, running):
        parts = urlsplit(running.url)
        self.socket = socket.create_connection((parts.hostname, parts.port), timeout=15)
        self.stream = self.socket.makefile("rb")
        self.token = running.tokens["writer"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stream.close()
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def head(self, method="POST", path=CREATE, **headers):
        """Return the head of a request with the ordinary headers; None removes one."""
        ordinary = {"Host": "mock", "Authorization": self.token, "LD-API-Version": "beta"}
        ordinary |= {"Content-Type": "application/json"} if method != "GET" else {}
        ordinary |= {name.replace("_", "-"): value for name, value in headers.items()}
        lines = [
            f"{method} {path} HTTP/1.1",
            *(f"{name}: {value}" for name, value in ordinary.items() if value is not None),
        ]
        return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"

    def request(self, body=GOOD, method="POST", path=CREATE, **headers):
        """Return a whole request."""
        return self.head(method, path, **{"Content-Length": str(len(body)), **headers}) + body

    def receive(self):
        """Return status, headers and JSON body of the next response; None if the connection has ended."""
        line = self.stream.readline()
        if not line:
            return None
        status = int(line.split()[1])
        headers = {}
        while (line := self.stream.readline().strip()) != b"":
            name, _, value = line.partition(b":")
            headers[name.decode().lower()] = value.strip().decode("latin-1")
        body = self.stream.read(int(headers.get("content-length", 0)))
        return status, headers, json.loads(body) if body else None
