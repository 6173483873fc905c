# ruff: noqa: E501, D102
"""`storepact check` on 10,000 exchanges of ordinary traffic: seconds, and exchanges per second.

The traffic is of eight interleaved clients that create, read, change, list and delete, as a HAR file has it.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

BASE = "/api/v2/integration-capabilities/big-segment-store"
HOST = "https://app.example.com"


class Provider:
    """A conforming provider of a few lines."""

    def __init__(self) -> None:
        self.items: dict[str, dict] = {}
        self.random = random.Random(7)

    def create(self, scope: str, name: str) -> dict:
        identifier = f"{self.random.getrandbits(96):024x}"
        project, environment = scope.split("/")
        item = {
            "_id": identifier, "integrationKey": "redis", "projectKey": project, "environmentKey": environment,
            "config": {"host": f"{name}.example.com", "port": "6379", "username": "", "password": "sup********123",
                       "tlsEnabled": False},
            "on": False, "tags": ["a", "b"], "name": name, "version": 1, "_status": {"available": False},
            "_links": {key: {"href": href, "type": "application/json"} for key, href in (
                ("self", f"{BASE}/{scope}/redis/{identifier}"), ("parent", BASE),
                ("project", f"/api/v2/projects/{project}"),
                ("environment", f"/api/v2/projects/{project}/environments/{environment}"),
            )},
        }  # fmt: skip
        self.items[identifier] = item
        return item


def entries(count: int):
    """The entries of the traffic."""
    provider, clock = Provider(), 1_795_000_000.0
    clients = [[] for _ in range(8)]

    def entry(method, path, status, answer, body=None):
        nonlocal clock
        clock += 0.05
        moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(clock)) + f".{int(clock % 1 * 1000):03d}Z"
        text = {} if answer is None else {"text": json.dumps(answer)}
        headers = [{"name": ":method", "value": method}, {"name": "authorization", "value": "api-1234-secret-token"},
                   {"name": "ld-api-version", "value": "beta"}, {"name": "accept", "value": "*/*"},
                   {"name": "user-agent", "value": "client/1.0"}]  # fmt: skip
        request = {"method": method, "url": HOST + path, "headers": headers, "bodySize": 0}
        if body is not None:
            headers.append({"name": "content-type", "value": "application/json"})
            request["postData"] = {"mimeType": "application/json", "text": json.dumps(body)}
        answered = [{"name": "content-type", "value": "application/json"}, {"name": "date", "value": "now"}]
        response = {"status": status, "headers": answered if text else [], "content": {"size": 0, **text}}
        return {"startedDateTime": moment, "time": 12.5, "request": request, "response": response}

    for number in range(count):
        client = provider.random.choice(clients)
        step = provider.random.random()
        if not client or step < 0.1:
            scope = f"p{clients.index(client) % 3}/test"
            config = {"host": f"n{number}.example.com", "password": f"pa55-{number}-word"}
            item = provider.create(scope, f"n{number}")
            client.append(item)
            body = {"name": item["name"], "tags": ["a", "b"], "config": config}
            yield entry("POST", f"{BASE}/{scope}/redis", 201, item, body)
            continue
        item = provider.random.choice(client)
        path = f"{BASE}/{item['projectKey']}/{item['environmentKey']}/redis/{item['_id']}"
        if step < 0.6:
            yield entry("GET", path, 200, item)
        elif step < 0.8:
            item["name"], item["version"] = f"renamed-{number}", item["version"] + 1
            patch = [{"op": "replace", "path": "/name", "value": item["name"]}]
            yield entry("PATCH", path, 200, item, patch)
        elif step < 0.86:
            living = [item for client in clients for item in client]
            links = {"self": {"href": BASE, "type": "application/json"}}
            yield entry("GET", BASE, 200, {"_links": links, "items": living})
        else:
            client.remove(item)
            yield entry("DELETE", path, 204, None)


def main() -> None:
    """Write the traffic, judge it, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--exchanges", type=int, default=10_000)
    parser.add_argument("--keep", type=Path, help="keep the HAR file here")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = options.keep or Path(folder) / "traffic.har"
        log = {"version": "1.2", "creator": {"name": "benchmark", "version": "1"}}
        path.write_text(json.dumps({"log": {**log, "entries": list(entries(options.exchanges))}}))
        command = [sys.executable, "-m", "storepact", "check", str(path), "--report-dir", f"{folder}/reports"]
        started = time.monotonic()
        process = subprocess.run(command, capture_output=True, text=True, check=False)
        seconds = time.monotonic() - started
    print(process.stdout.strip().splitlines()[-1] if process.stdout else process.stderr)
    print(
        f"{options.exchanges:,} exchanges in {seconds:.1f} s: {options.exchanges / seconds:,.0f} per second"
    )


if __name__ == "__main__":
    main()
