"""A mock in this process that writes stores."""

from __future__ import annotations

import base64
import hashlib
import json
import time

from mock_service import Mock
from storepact.mock.control import ControlledHandler
from storepact.mock.definition import SyncOptions
from storepact.mock.exchange import MockRequest

INTERVAL = 0.1
KEY = "control-key"


def sdk_hash(key):
    return base64.b64encode(hashlib.sha256(key.encode()).digest()).decode()


def eventually(condition, seconds=20.0):
    """Wait until a condition holds, and return its value."""
    end = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < end, "not within the time"
        time.sleep(0.01)
    return value


class SyncedMock(Mock):
    """A mock that writes stores, with its commands."""

    def __init__(self, **options):
        super().__init__(sync=SyncOptions(INTERVAL), **options)
        self.handler = ControlledHandler(self.service, KEY)

    def command(self, name, body, key=KEY, method="POST"):
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.handler.respond(MockRequest(method, f"/__mock__/{name}", (("authorization", key),), raw))

    def change(self, segment="beta", environment="test", **sets):
        place = {"projectKey": "default", "environmentKey": environment, "segmentKey": segment}
        response = self.command("segments", {**place, **sets})
        assert response.status == 201, response.body
        return response.body

    def status(self, path):
        return self.send("GET", path).body["_status"]

    def await_status(self, path, available):
        return eventually(lambda: (s := self.status(path))["available"] is available and s)
