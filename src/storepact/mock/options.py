"""The options of a mock in a process of its own, and the variables that its secrets are in."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import field

from storepact.model.values import lean_value

#: The environment variables by which a parent passes secrets to the child process.
CONTROL_VARIABLE = "STOREPACT_MOCK_CONTROL"
TOKENS_VARIABLE = "STOREPACT_MOCK_TOKENS"


@lean_value(frozen=True)
class MockOptions:
    """The options of a mock that is started by `serve`."""

    choices: Mapping[str, str] = field(default_factory=dict)
    faults: Sequence[str] = ()
    limits: Mapping[str, int] = field(default_factory=dict)
    """Calls per 10 s, by scope: global, route, token."""
    data: str | os.PathLike[str] | None = None
    latency_ms: float = 0.0
    openapi: str | os.PathLike[str] | None = None
    sync: bool = False
    """Whether the stores of resources that are on are written."""
    sync_interval: float = 30.0
    """Seconds between two heartbeats in a store."""
    only_loopback: bool = False
    """Whether no store of another machine is contacted."""
    count: int = 1
    """How many mocks with data of their own the process serves, each on a port of its own."""

    def to_json(self) -> str:
        """Return the options as JSON for the process of the mock."""
        paths = {"data": self.data, "openapi": self.openapi}
        return json.dumps(
            {
                "choices": dict(self.choices),
                "faults": list(self.faults),
                "limits": dict(self.limits),
                "latency_ms": self.latency_ms,
                "sync": self.sync,
                "sync_interval": self.sync_interval,
                "only_loopback": self.only_loopback,
                "count": self.count,
                **{name: None if path is None else os.fspath(path) for name, path in paths.items()},
            }
        )
