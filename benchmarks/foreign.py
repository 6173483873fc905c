"""How does a run fare where others have created thousands of integrations?

    python benchmarks/foreign.py [NUMBER ...] [--all]

Runs the suites of scenarios on a mock without and with that many integrations of others (20,000 by default),
as on a live target; with `--all` every suite. Prints seconds, the CPU seconds of the run alone, its largest
memory, its exit code, and whether those of others are as before. POSIX only.
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
from storepact.mock.options import MockOptions
from storepact.mock.serve import RunningMock, serve
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


def measure(number: int, suites: tuple[str, ...]) -> tuple[float, float]:
    """Run once beside so many integrations of others, print a line; returns the seconds, also of CPU."""
    with serve(MockOptions()) as mock, tempfile.TemporaryDirectory() as folder:
        create(mock, number)
        before = look(mock)
        words = ["verify", "--target", mock.url, "--allow-writes", "--history", "none"]
        words += ["--report-dir", folder, "--project", "default", "--environment", "test"]
        words += [word for suite in suites for word in ("--suite", suite)]
        begun = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-m", "storepact", *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, "STOREPACT_TOKEN": mock.tokens["writer"], "NO_COLOR": "1"},
        )
        assert process.stdout is not None
        output = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        seconds, cpu = time.perf_counter() - begun, usage.ru_utime + usage.ru_stime
        state = "untouched" if look(mock) == before else "CHANGED"
        code = os.waitstatus_to_exitcode(status)
        print(
            f"{number:6} of others: {seconds:6.1f} s, {cpu:5.1f} s of CPU, {usage.ru_maxrss // 1024} MB, "
            f"exit {code}, {state}",
            flush=True,
        )
        if code:
            print(output)
        return seconds, cpu


def main() -> None:
    """Measure without and with the given numbers of integrations."""
    words = [word for word in sys.argv[1:] if word != "--all"]
    suites = () if "--all" in sys.argv else _SUITES
    alone = measure(0, suites)
    for number in map(int, words or ["20000"]):
        beside = measure(number, suites)
        ratios = [large / small for large, small in zip(beside, alone, strict=True)]
        print(f"       {ratios[0]:.2f} times as long, {ratios[1]:.2f} times the CPU", flush=True)


if __name__ == "__main__":
    main()
