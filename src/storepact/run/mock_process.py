"""The process of a mock that `mock.serve.serve` has started: `python -m storepact.run.mock_process OPTIONS`.

`OPTIONS` is `MockOptions` as JSON; the tokens and the control key are in the environment. The process prints
one line of JSON when it listens, or when it cannot, and ends with its parent.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import socket
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from storepact.families.persistent_store.provider.definition import DEFINITION
from storepact.mock.app import MockApp
from storepact.mock.control import ControlledHandler
from storepact.mock.definition import MockService, SyncOptions
from storepact.mock.options import CONTROL_VARIABLE, TOKENS_VARIABLE, MockOptions
from storepact.mock.server import BACKLOG, bind_socket, run, url_of
from storepact.mock.tokens import Tokens
from storepact.model.errors import StorepactError
from storepact.model.paths import data_path
from storepact.openapi.load import load_document


def main() -> None:
    """Serve until stdin ends; after a wrong option, print an `error` and end with exit code 2."""
    try:
        _serve(MockOptions(**json.loads(sys.argv[1])))
    except StorepactError as error:
        print(json.dumps({"error": str(error)}), flush=True)
        sys.exit(2)


def _serve(options: MockOptions) -> None:
    definition = DEFINITION
    tokens = Tokens()
    for value, condition in json.loads(os.environ.pop(TOKENS_VARIABLE)).items():
        tokens.add(value, condition, condition)
    document = load_document(Path(options.openapi or data_path("openapi", definition.document)))
    sync = SyncOptions(options.sync_interval, options.only_loopback) if options.sync else None
    control = os.environ.pop(CONTROL_VARIABLE)

    def open_app() -> MockApp:
        backend = definition.open(Path(options.data) if options.data is not None else None, tokens, sync)
        service = MockService(
            definition, document, tokens, backend, options.choices, options.faults, options.limits
        )
        return MockApp(ControlledHandler(service, control), options.latency_ms / 1000)

    with ExitStack() as sockets:
        listeners = [sockets.enter_context(bind_socket(0)) for _ in range(options.count)]
        apps = {listener: open_app() for listener in listeners}
        gc.freeze()  # what is here now stays: no collection looks at it again
        for listener in listeners:
            listener.listen(BACKLOG)
        urls = [url_of(listener) for listener in listeners]

        def report_ready(*_: str) -> None:
            print(json.dumps({"urls": urls, "request_headers": dict(definition.request_headers)}), flush=True)

        with _divide(apps) as own:
            run(own, ready=report_ready, until_stdin_ends=True)


@contextmanager
def _divide(apps: Mapping[socket.socket, MockApp]) -> Iterator[Mapping[socket.socket, MockApp]]:
    """Have each application but the first served by a forked process within the block; yields the others.

    Applications that share a process wait for each other. The processes end with stdin, too.
    """
    if not hasattr(os, "fork"):
        yield apps
        return
    first, *others = apps.items()
    processes = [_serve_alone(listener, app) for listener, app in others]
    try:
        yield dict([first])
    finally:
        for process in processes:
            os.kill(process, signal.SIGTERM)  # one that has ended is there until it is waited for
            os.waitpid(process, 0)


def _serve_alone(listener: socket.socket, app: MockApp) -> int:
    """Serve an application by a forked process; returns its id."""
    process = os.fork()
    if process == 0:
        status = 1
        try:
            run({listener: app}, ready=lambda *_: None, until_stdin_ends=True)
            status = 0
        finally:
            os._exit(status)
    return process


if __name__ == "__main__":
    main()
