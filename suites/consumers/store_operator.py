"""store-operator: rotates the password of Redis stores. Small on purpose: an example of a team's own consumer.

What is read back is redacted, so a rotation reads the form variables that are no secret, puts the new password beside them and
writes the config whole; a `test` of the version keeps two operators from undoing each other.
"""

from __future__ import annotations

from dataclasses import dataclass

import httpx

BASE = "/api/v2/integration-capabilities/big-segment-store"

#: Form variables of a Redis store that come back as they were written.
KEPT = ("host", "port", "username", "tlsEnabled")


class ChangedMeanwhile(Exception):
    """Somebody else changed the integration: read it again, then try again."""


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
        items = self._answer("GET", BASE).json()["items"]
        return [
            Store(item["name"], item["_links"]["self"]["href"])
            for item in items
            if item["integrationKey"] == "redis" and item["on"]
        ]

    def rotate(self, path: str, password: str) -> int:
        """Give a store a new password; returns the version that has it.

        Raises:
            ChangedMeanwhile: somebody else was faster.

        """
        now = self._answer("GET", path).json()
        config = {name: now["config"][name] for name in KEPT if name in now["config"]} | {
            "password": password
        }
        patch = [
            {"op": "test", "path": "/version", "value": now["version"]},
            {"op": "replace", "path": "/config", "value": config},
        ]
        return int(self._answer("PATCH", path, patch).json()["version"])

    def is_healthy(self, path: str) -> bool:
        """Whether the provider reaches the store with what it has now."""
        return bool(self._answer("GET", path).json()["_status"]["available"])

    def _answer(self, method: str, path: str, body: object = None) -> httpx.Response:
        answer = (
            self._http.request(method, path, json=body)
            if body is not None
            else self._http.request(method, path)
        )
        if answer.status_code == httpx.codes.CONFLICT:
            raise ChangedMeanwhile(answer.json()["message"])
        if answer.status_code == httpx.codes.TOO_MANY_REQUESTS:
            told = answer.headers.get("Retry-After")
            raise LimitReached(float(told) if told is not None else None)
        return answer.raise_for_status()
