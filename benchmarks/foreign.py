"""How does a run fare where others have created thousands of integrations?

    python benchmarks/foreign.py [NUMBER ...]

Runs the suites of scenarios on a mock without and with that many integrations of others (6,000 by default),
as on a live target. Prints seconds, the largest memory of the run, its exit code, and whether those of
others are as before. The mock's list has 1.3 kB for each: above 12,000 it is larger than any body may be (16
MiB), and the run is undetermined. POSIX only.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time

import httpx

from storepact.families.persistent_store.api import BASE
from storepact.mock.serve import MockOptions, RunningMock, serve
from storepact.model.run_mark import find_run_marks

_SUITES = ("lifecycle", "protection")


def create(mock: RunningMock, number: int) -> None:
    """Create integrations of others."""
    with httpx.Client(base_url=mock.url, headers=mock.headers(), timeout=60) as client:
        for index in range(number):
            body = {"name": f"cache {index}", "config": {"host": f"cache-{index}.example.com"}}
            client.post(f"{BASE}/default/test/redis", json=body).raise_for_status()


def look(mock: RunningMock) -> tuple[int, str]:
    """How many integrations carry the mark of a run, and a hash of all others."""
    items = httpx.get(mock.url + BASE, headers=mock.headers(), timeout=60).json()["items"]
    marked = [item for item in items if any(True for _ in find_run_marks(json.dumps(item)))]
    others = [item for item in items if item not in marked] if marked else items
    return len(marked), hashlib.sha256(json.dumps(others, sort_keys=True).encode()).hexdigest()


def measure(number: int) -> float:
    """Run once beside so many integrations of others, print a line, and return the seconds."""
    with serve(MockOptions()) as mock, tempfile.TemporaryDirectory() as folder:
        create(mock, number)
        before = look(mock)
        words = [
            "verify",
            "--target",
            mock.url,
            "--allow-writes",
            "--history",
            "none",
            "--report-dir",
            folder,
        ]
        words += ["--project", "default", "--environment", "test", "--max-requests", "20000"]
        suites = [word for suite in _SUITES for word in ("--suite", suite)]
        begun = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-m", "storepact", *words, *suites],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, "STOREPACT_TOKEN": mock.tokens["writer"], "NO_COLOR": "1"},
        )
        assert process.stdout is not None
        output = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - begun
        state = "untouched" if look(mock) == before else "CHANGED"
        code = os.waitstatus_to_exitcode(status)
        print(f"{number:6} of others: {seconds:6.1f} s, {usage.ru_maxrss // 1024} MB, exit {code}, {state}")
        if code:
            print(output)
        return seconds


def main() -> None:
    """Measure without and with the given numbers of integrations."""
    alone = measure(0)
    for number in map(int, sys.argv[1:] or ["6000"]):
        print(f"       {measure(number) / alone:.2f} times as long", flush=True)


if __name__ == "__main__":
    main()
