"""HAR files as tools write them: entries by hand, and whole stories that a mock has answered."""

from __future__ import annotations

import http.client
import json
from urllib.parse import urlsplit

BASE = "/api/v2/integration-capabilities/big-segment-store"
HOST = "https://app.example.com"
CONFIG = {"host": "redis.example.com", "port": "6379", "password": "swordfish-9981"}
BODY = {"name": "Orders", "tags": ["a"], "config": CONFIG}


def entry(
    method,
    path,
    status,
    answer=None,
    body=None,
    *,
    headers=None,
    at=None,
    took=5.0,
    redirected=None,
    **changes,
):
    """One entry; `headers` replace the ordinary ones, `changes` are further members of the response.

    `redirected` is where its Location names.
    """
    sent = {"Authorization": "api-token-4711", "LD-API-Version": "beta"} if headers is None else headers
    request = {"method": method, "url": path if "://" in path else HOST + path, "bodySize": 0}
    request["headers"] = [{"name": name, "value": value} for name, value in sent.items()]
    if body is not None:
        request["headers"].append({"name": "content-type", "value": "application/json"})
        request["postData"] = {"mimeType": "application/json", "text": json.dumps(body)}
    text = {} if answer is None else {"text": answer if isinstance(answer, str) else json.dumps(answer)}
    response = {
        "status": status,
        "headers": [{"name": "content-type", "value": "application/json"}] if text else [],
        "content": {"size": len(text.get("text", "")), **text},
        "bodySize": 0 if not text else -1,
        **changes,
    }
    if redirected is not None:
        response["headers"] = [*response["headers"], {"name": "location", "value": redirected}]
    times = {} if at is None else {"startedDateTime": f"2026-11-27T04:00:{at:06.3f}Z", "time": took}
    return {**times, "request": request, "response": response}


def har(*entries):
    """A file of these entries."""
    return {
        "log": {
            "version": "1.2",
            "creator": {"name": "WebInspector", "version": "1"},
            "entries": list(entries),
        }
    }


def resource(number=1, **changes):
    """An integration as the provider shows it."""
    identifier = f"{number:024x}"
    links = {
        "self": f"{BASE}/default/test/redis/{identifier}", "parent": BASE,
        "project": "/api/v2/projects/default", "environment": "/api/v2/projects/default/environments/test",
    }  # fmt: skip
    return {
        "_id": identifier, "integrationKey": "redis", "projectKey": "default", "environmentKey": "test",
        "config": {"host": "redis.example.com", "port": "6379", "password": "swo********981"},
        "on": False, "tags": ["a"], "name": "Orders", "version": 1, "_status": {},
        "_links": {name: {"href": href, "type": "application/json"} for name, href in links.items()},
        **changes,
    }  # fmt: skip


def path_of(item):
    """The path of an integration."""
    return f"{BASE}/default/test/redis/{item['_id']}"


COLLECTION = f"{BASE}/default/test/redis"


class Client:
    """A client of a running mock that keeps what it sends and gets as entries."""

    def __init__(self, running):
        self.url, self.token, self.entries = running.url, running.tokens["writer"], []

    def send(self, method, path, body=None, **headers):
        """Send a request; returns the status and the parsed body."""
        sent = {"Authorization": self.token, "LD-API-Version": "beta", **headers}
        text = None if body is None else json.dumps(body)
        if text is not None:
            sent["Content-Type"] = "application/json"
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc)
        connection.request(method, path, text, sent)
        response = connection.getresponse()
        content = response.read().decode()
        connection.close()
        made = entry(method, self.url + path, response.status, content or None, body, headers=sent)
        made["response"]["headers"] = [
            {"name": name, "value": value} for name, value in response.getheaders()
        ]
        self.entries.append(made)
        return response.status, json.loads(content) if content else None

    def story(self, name="Orders"):
        """Create, read, change, list, delete, read."""
        _, item = self.send("POST", COLLECTION, {**BODY, "name": name})
        path = path_of(item)
        self.send("GET", path)
        for number in range(3):
            self.send("PATCH", path, [{"op": "replace", "path": "/name", "value": f"{name} {number}"}])
            self.send("GET", path)
        self.send("GET", BASE)
        self.send("DELETE", path)
        self.send("GET", path)
        self.send("GET", BASE)
