"""How tests call the command line: in a process of its own, in this process, or started and left running.

`run` is for what needs a process (signals, an environment, a whole run of the gate), `call` for all that only
parses, reads and prints: it is about twenty times faster.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from subprocess import CompletedProcess
from unittest import mock

#: Variables of the caller that would change what a command does.
UNWANTED = ("STOREPACT_", "PACT_BROKER_", "GITHUB_", "PYTEST_")

TIMEOUT = 300


def clean_environment(environment: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment without storepact's variables, and with those that are given."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(UNWANTED)}
    return {**inherited, "COLUMNS": "100", "NO_COLOR": "1", **(environment or {})}


def command(*arguments: object) -> list[str]:
    """The command line as a list of words."""
    return [sys.executable, "-m", "storepact", *map(str, arguments)]


def run(
    *arguments: object, cwd: Path | None = None, environment: Mapping[str, str] | None = None
) -> CompletedProcess[str]:
    """Run a command in a process of its own, to its end."""
    return subprocess.run(
        command(*arguments),
        cwd=cwd,
        env=clean_environment(environment),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=False,
    )


@contextlib.contextmanager
def usual_signals() -> Iterator[None]:
    """Ctrl-C and SIGTERM are as at the start of a process, and behind the block as before it."""
    numbers = (signal.SIGINT, signal.SIGTERM)
    handlers = [signal.getsignal(number) for number in numbers]
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    try:
        yield
    finally:
        for number, handler in zip(numbers, handlers, strict=True):
            signal.signal(number, handler)


def call(
    *arguments: object, cwd: Path | None = None, environment: Mapping[str, str] | None = None
) -> CompletedProcess[str]:
    """Run a command in this process: arguments, folder, environment, output and exit code are as in `run`.

    Its embedded mock is in this process, too, unless several processes send requests.
    """
    from embedded_mock import OF_SEVERAL_PROCESSES, embedded_mock_here
    from storepact.cli.main import main

    words = [str(argument) for argument in arguments]
    is_alone = not any(word.startswith(OF_SEVERAL_PROCESSES) for word in words)
    if is_alone and words[:1] == ["verify"]:
        environment = {"STOREPACT_WORKERS": "1", **(environment or {})}
    with (
        embedded_mock_here() if is_alone else contextlib.nullcontext(),
        tempfile.TemporaryFile("w+", encoding="utf-8") as stdout,
        tempfile.TemporaryFile("w+", encoding="utf-8") as stderr,
        contextlib.chdir(cwd or Path.cwd()),
        mock.patch.dict(os.environ, clean_environment(environment), clear=True),
        mock.patch.object(sys, "argv", ["storepact", *words]),
        contextlib.redirect_stdout(stdout),
        contextlib.redirect_stderr(stderr),
        usual_signals(),
    ):
        code = 0
        try:
            main()
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
        texts = []
        for stream in (stdout, stderr):
            stream.flush()
            stream.seek(0)
            texts.append(stream.read())
    return CompletedProcess(words, code, *texts)


@contextlib.contextmanager
def start(
    *arguments: object, cwd: Path | None = None, environment: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[str]]:
    """Start a command; it is killed at the end of the block if it still runs."""
    process = subprocess.Popen(
        command(*arguments),
        cwd=cwd,
        env=clean_environment(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()
