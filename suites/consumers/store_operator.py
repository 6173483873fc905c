"""store-operator: rotates the password of Redis stores. A small example of a team's own consumer.

Secrets are redacted when they are read, so a rotation reads the other form variables, adds the new password
and writes the whole config; a `test` of the version keeps two operators from overwriting each other.
"""

from __future__ import annotations

from dataclasses import dataclass

import httpx

BASE = "/api/v2/integration-capabilities/big-segment-store"

#: Form variables of a Redis store that are read as they were written.
KEPT = ("host", "port", "username", "tlsEnabled")


class ChangedMeanwhile(Exception):
    """The integration was changed in between: read it again, then try again."""


class LimitReached(Exception):
    """The limit is used up; `seconds` is how long to wait, None if the provider does not say."""

    def __init__(self, seconds: float | None) -> None:
        self.seconds = seconds
        super().__init__(f"wait {seconds} s" if seconds is not None else "wait a while")


@dataclass(frozen=True)
class Store:
    """A Redis store as the list shows it. `path` is where its integration is."""

    name: str
    path: str


class StoreOperator:
    """Finds stores by name and rotates their passwords."""

    def __init__(self, url: str, token: str) -> None:
        self._http = httpx.Client(base_url=url, headers={"Authorization": token, "LD-API-Version": "beta"})

    def __enter__(self) -> StoreOperator:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def stores(self) -> list[Store]:
        """Every Redis store that is switched on."""
        items = self._send("GET", BASE).json()["items"]
        return [
            Store(item["name"], item["_links"]["self"]["href"])
            for item in items
            if item["integrationKey"] == "redis" and item["on"]
        ]

    def rotate(self, path: str, password: str) -> int:
        """Give a store a new password; returns the version that has it.

        Raises:
            ChangedMeanwhile: the integration was changed in between.

        """
        now = self._send("GET", path).json()
        config = {name: now["config"][name] for name in KEPT if name in now["config"]} | {
            "password": password
        }
        patch = [
            {"op": "test", "path": "/version", "value": now["version"]},
            {"op": "replace", "path": "/config", "value": config},
        ]
        return int(self._send("PATCH", path, patch).json()["version"])

    def is_healthy(self, path: str) -> bool:
        """Whether the provider reaches the store with its current config."""
        return bool(self._send("GET", path).json()["_status"]["available"])

    def _send(self, method: str, path: str, body: object = None) -> httpx.Response:
        response = (
            self._http.request(method, path, json=body)
            if body is not None
            else self._http.request(method, path)
        )
        if response.status_code == httpx.codes.CONFLICT:
            raise ChangedMeanwhile(response.json()["message"])
        if response.status_code == httpx.codes.TOO_MANY_REQUESTS:
            seconds = response.headers.get("Retry-After")
            raise LimitReached(float(seconds) if seconds is not None else None)
        return response.raise_for_status()
