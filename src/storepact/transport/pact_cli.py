"""The official pact command line, as a subprocess, for the broker's functions that we do not have."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from storepact.model.errors import BrokerFailed, UsageError
from storepact.transport.broker import Broker, broker_url_of
from storepact.transport.environment import BROKER_VARIABLE, mask_environment


def run(arguments: list[str], url: str | None, *, no: str = "") -> bool:
    """Run `pact broker`, pass its output on with secrets masked, and return whether it succeeded.

    A failure whose output contains `no` is a negative result, and returned; any other failure is an error.

    Raises:
        UsageError: no URL, or the command line is not installed.
        BrokerFailed: the broker cannot be reached or refuses the token, or the command failed.

    """
    if not url:
        raise UsageError(f"which broker? give --broker-url, or set {BROKER_VARIABLE}")
    url = broker_url_of(url)
    program = _find_program()
    with Broker(url) as broker:
        broker.greet()
    # the token stays in the environment, where the program reads it
    environment = {**os.environ, BROKER_VARIABLE: url, "PACT_DO_NOT_TRACK": "true"}
    process = subprocess.run(
        [program, "broker", *arguments],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    for stream, text in ((sys.stdout, process.stdout), (sys.stderr, process.stderr)):
        stream.write(mask_environment(text))
    if process.returncode != 0 and not (no and no in process.stdout + process.stderr):
        raise BrokerFailed(url, f"the pact command line ended with {process.returncode}, see above")
    return process.returncode == 0


def _find_program() -> str:
    """The path of the program, first of all that beside this Python.

    Raises:
        UsageError: it is not installed.

    """
    beside = Path(sys.executable).parent / "pact"
    program = str(beside) if os.access(beside, os.X_OK) else shutil.which("pact")
    if program is None:
        raise UsageError("the official pact command line is not installed: pip install 'storepact[broker]'")
    return program
