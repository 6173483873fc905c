"""Kill a writing run at random moments, and clean up from another folder: nothing of it may be left.

`python benchmarks/kill.py 20` makes twenty runs against a mock in a process of its own, which also holds
integrations of others. Each run is ended by SIGKILL; `storepact cleanup` then runs in a folder that knows
nothing of it.
"""

from __future__ import annotations

import argparse
import hashlib
import http.client
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

from storepact.families.persistent_store.api import BASE
from storepact.mock.serve import RunningMock, serve
from storepact.model.run_mark import find_run_marks

#: How many integrations of others there are.
_FOREIGN = 5

#: Seconds that a run may need before its first create, and seconds after it within which it is killed.
_SLOWEST_START, _LONGEST_RUN = 60.0, 8.0


def request(mock: RunningMock, method: str, path: str, body: object = None) -> object:
    """Send a request to the mock; returns the body of the response."""
    parts = urlsplit(mock.url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
    headers = mock.headers() | ({} if body is None else {"Content-Type": "application/json"})
    try:
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        response = connection.getresponse()
        return json.loads(response.read() or b"null")
    finally:
        connection.close()


def look(mock: RunningMock) -> tuple[int, str]:
    """How many integrations carry the mark of a run, and a hash of all others."""
    listing = request(mock, "GET", BASE)
    items = listing["items"] if isinstance(listing, dict) else []
    marked = [item for item in items if any(True for _ in find_run_marks(json.dumps(item)))]
    others = [item for item in items if item not in marked]
    return len(marked), hashlib.sha256(json.dumps(others, sort_keys=True).encode()).hexdigest()


def environment_of(mock: RunningMock) -> dict[str, str]:
    """The environment of a command: the writer's token."""
    return {**os.environ, "STOREPACT_TOKEN": mock.tokens["writer"], "NO_COLOR": "1"}


def kill_run(mock: RunningMock, delay: float) -> int:
    """Begin a run, and kill it so many seconds after its first create; returns how much it leaves."""
    with tempfile.TemporaryDirectory(prefix="storepact-killed-") as folder:
        words = ["verify", "--target", mock.url, "--allow-writes", "--allow-enable", "--history", "none"]
        suites = [word for name in ("lifecycle", "protection", "conformance") for word in ("--suite", name)]
        process = subprocess.Popen(
            [sys.executable, "-m", "storepact", *words, *suites],
            cwd=folder,
            env=environment_of(mock),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        journal, began = Path(folder) / "storepact-report" / "journal", time.monotonic()
        while process.poll() is None and not journal.exists() and time.monotonic() - began < _SLOWEST_START:
            time.sleep(0.05)
        time.sleep(delay)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        time.sleep(0.2)  # the mock may still be at the last request
        return look(mock)[0]


def clean_up(mock: RunningMock) -> subprocess.CompletedProcess[str]:
    """Run `storepact cleanup` in a new folder."""
    with tempfile.TemporaryDirectory(prefix="storepact-fresh-") as folder:
        words = ["cleanup", "--target", mock.url]
        return subprocess.run(
            [sys.executable, "-m", "storepact", *words],
            cwd=folder,
            env=environment_of(mock),
            capture_output=True,
            text=True,
            check=False,
        )


def main() -> int:
    """Print a line for each run; returns 1 if anything was left or lost."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("runs", type=int, nargs="?", default=20)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    moments, failures, with_leftovers = random.Random(options.seed), 0, 0
    with serve() as mock:
        for number in range(_FOREIGN):
            body = {"name": f"cache {number}", "config": {"host": f"cache-{number}.example.com"}}
            request(mock, "POST", f"{BASE}/default/test/redis", body)
        foreign = look(mock)[1]
        for number in range(1, options.runs + 1):
            delay = moments.uniform(0.0, _LONGEST_RUN)
            left = kill_run(mock, delay)
            done = clean_up(mock)
            after = look(mock)
            is_clean = after == (0, foreign) and done.returncode == 0
            failures, with_leftovers = failures + (not is_clean), with_leftovers + (left > 0)
            result = "clean" if is_clean else f"NOT CLEAN: {after[0]} left, {done.stdout}{done.stderr}"
            print(f"{number:3}. killed after {delay:4.1f} s with {left} left; {result}", flush=True)
    print(f"{options.runs} runs killed, {with_leftovers} had left something; {failures} not clean")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
