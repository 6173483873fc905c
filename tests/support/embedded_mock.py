"""The embedded mock of a command that is called in this process: in this process, too."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from unittest import mock

from local_mock import LocalMock, serve_locally
from storepact.mock.options import MockOptions
from storepact.mock.serve import launch
from storepact.run import target

#: Options of runs whose requests are sent by other processes; they cannot reach a mock of this one.
OF_SEVERAL_PROCESSES = ("--workers", "--scheduler")


@dataclass(frozen=True)
class StartedMock:
    """Stands for `StartingMock`."""

    running: LocalMock

    def wait(self) -> LocalMock:
        """The mock."""
        return self.running


@contextmanager
def launch_here(
    options: MockOptions | None = None, *, conditions: Sequence[str] = ("writer", "reader")
) -> Iterator[object]:
    """Stands for `launch`; a mock that writes stores, or serves several processes, has one of its own."""
    options = options or MockOptions()
    if options.sync or options.count > 1:
        with launch(options, conditions=conditions) as starting:
            yield starting
        return
    with serve_locally() as running:
        running.configure(choices=options.choices, faults=options.faults, limits=options.limits)
        yield StartedMock(running)


def embedded_mock_here() -> AbstractContextManager[object]:
    """Start the mocks of runs in this process, within the block."""
    return mock.patch.object(target, "launch", launch_here)
