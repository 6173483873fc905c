"""The official pact command line, run beside us: it talks to a broker in the ways that we do not."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from storepact.model.errors import BrokerFailed, UsageError
from storepact.model.exchange import MASK
from storepact.transport.broker import TOKEN_VARIABLE, URL_VARIABLE, Broker, broker_url_of

_SECRETS = (TOKEN_VARIABLE, "PACT_BROKER_PASSWORD")


def run(arguments: list[str], url: str | None, *, no: str = "") -> bool:
    """Run `pact broker` with these arguments; its words go to our output, secrets masked. Returns whether it says yes.

    `no` are the words that it says no with; without them a failure is one.

    Raises:
        UsageError: no URL, or the command line is not installed.
        BrokerFailed: the broker cannot be reached, refuses the token, or does not do it.

    """
    if not url:
        raise UsageError(f"which broker? give --broker-url, or set {URL_VARIABLE}")
    url = broker_url_of(url)
    program = found()
    with Broker(url) as broker:
        broker.greet()
    # the token stays in the environment, where the program looks for it
    environment = {**os.environ, URL_VARIABLE: url, "PACT_DO_NOT_TRACK": "true"}
    done = subprocess.run(
        [program, "broker", *arguments],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    for stream, text in ((sys.stdout, done.stdout), (sys.stderr, done.stderr)):
        stream.write(masked(text))
    if done.returncode != 0 and not (no and no in done.stdout + done.stderr):
        raise BrokerFailed(url, f"the pact command line ended with {done.returncode}, see above")
    return done.returncode == 0


def found() -> str:
    """The program, from beside this Python first.

    Raises:
        UsageError: it is not there.

    """
    beside = Path(sys.executable).parent / "pact"
    program = str(beside) if os.access(beside, os.X_OK) else shutil.which("pact")
    if program is None:
        raise UsageError("the official pact command line is not installed: pip install 'storepact[broker]'")
    return program


def masked(text: str) -> str:
    """The text without what must not be told."""
    for name in _SECRETS:
        secret = os.environ.get(name, "").strip()
        if secret:
            text = text.replace(secret, MASK)
    return text
