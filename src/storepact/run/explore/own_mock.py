"""A mock for each process of an exploration: what it answers then depends on the chunk alone."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from functools import cache

import msgspec

from storepact.run.target import MOCK_LIMITS, ResolvedTarget, start_mock
from storepact.run.workers import WorkerStart


def with_own_mock(message: WorkerStart) -> WorkerStart:
    """A worker's message with a mock of this process in place of the run's."""
    target, _ = _mock_of_process()
    options = replace(message.options, base_url=target.base_url)
    return msgspec.structs.replace(message, options=options, tokens=dict(target.credentials.tokens))


@cache
def _mock_of_process() -> tuple[ResolvedTarget, ExitStack]:
    """The mock of this process, and what stops it: kept, it ends with the process."""
    resources = ExitStack()
    return start_mock(resources, limits=MOCK_LIMITS), resources
