"""Run the gate again and again over a network that fails now and then: no wrong verdict, nothing left.

    python benchmarks/soak.py [MINUTES] [--share 0.02] [--seed 1]

A proxy between the runs and a mock of their own cuts, resets, delays, truncates and replaces that share of
the responses at random, before or after the request was done. The mock conforms: a run that is *broken* is
wrong; one that is *undetermined* has to give its reasons. Prints a line for each run, with the requests, the
failures that the run counted, its largest memory, and what it left. POSIX only.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "support"))

from fault_proxy import Effect, Exchange, FaultProxy, fault_proxy, passing, response
from network_faults import PAGE, changes, closes, hangs, in_chunks, resets, sends, with_larger_length
from storepact.families.persistent_store.api import BASE
from storepact.mock.options import MockOptions
from storepact.mock.serve import RunningMock, serve
from storepact.model.run_mark import find_run_marks
from storepact.run.target import MOCK_CONDITIONS, MOCK_LIMITS

#: What the network does to one request.
EFFECTS: tuple[Effect, ...] = (
    resets(),
    resets(done=True),
    resets(part=0.8),
    closes(),
    closes(done=True),
    closes(part=0.8),
    closes(b"HTTP/1.1 100 Continue\r\n\r\n"),
    changes(with_larger_length, stays=False),
    changes(in_chunks, stays=False),
    sends(response(502, PAGE)),
    sends(response(502, PAGE), done=True),
    sends(response(503, PAGE, ("Retry-After", "1"))),
    sends(response(504, b"")),
    hangs,
)

#: Integrations of others.
_FOREIGN = 5

_VERDICTS = {0: "conforms", 1: "BROKEN", 3: "undetermined"}


@contextmanager
def unreliable_network(mock: RunningMock, share: float, seed: int) -> Iterator[FaultProxy]:
    """A proxy that lets this share of the requests fail."""
    moments = random.Random(seed)

    def choose(exchange: Exchange) -> Effect:
        return moments.choice(EFFECTS) if moments.random() < share else passing

    with fault_proxy(mock.url, choose) as proxy:
        yield proxy


def look(mock: RunningMock) -> tuple[int, list[str]]:
    """How many integrations carry the mark of a run, and the names of all others."""
    items = httpx.get(mock.url + BASE, headers=mock.headers(), timeout=60).json()["items"]
    marked = [item for item in items if any(True for _ in find_run_marks(json.dumps(item)))]
    return len(marked), [item["name"] for item in items if item not in marked]


def run_once(mock: RunningMock, url: str, seed: int) -> tuple[int, int, dict[str, int], str]:
    """One run: its exit code, its memory in MB, the failures that it counted, and its output."""
    with tempfile.TemporaryDirectory(prefix="storepact-soak-") as folder:
        words = ["verify", "--target", url, "--allow-writes", "--history", "none", "--seed", str(seed)]
        words += ["--report-dir", folder, "--max-network-errors", "10", "--timeout", "1"]
        tokens = {"STOREPACT_TOKEN": mock.tokens["writer"], "STOREPACT_READER_TOKEN": mock.tokens["reader"]}
        process = subprocess.Popen(
            [sys.executable, "-m", "storepact", *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, **tokens, "NO_COLOR": "1"},
        )
        assert process.stdout is not None
        output = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        record = Path(folder) / "run.json"
        traffic = json.loads(record.read_text())["traffic"] if record.exists() else {}
        code = os.waitstatus_to_exitcode(status)
        return code, usage.ru_maxrss // 1024, traffic.get("failures") or {}, output


def main() -> int:
    """Print a line for each run; returns 1 if a verdict was wrong or anything was left."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("minutes", type=float, nargs="?", default=30.0)
    parser.add_argument("--share", type=float, default=0.02)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    end, number, verdicts, wrong = time.monotonic() + 60 * options.minutes, 0, Counter[str](), 0
    memory: list[int] = []
    limits = MockOptions(limits=MOCK_LIMITS)
    with serve(limits, conditions=MOCK_CONDITIONS) as mock:
        for index in range(_FOREIGN):
            body = {"name": f"cache {index}", "config": {"host": f"cache-{index}.example.com"}}
            httpx.post(f"{mock.url}{BASE}/default/test/redis", json=body, headers=mock.headers())
        foreign = look(mock)[1]
        with unreliable_network(mock, options.share, options.seed) as proxy:
            while time.monotonic() < end:
                number, before = number + 1, len(proxy.requests)
                code, megabytes, failures, output = run_once(mock, proxy.url, options.seed + number)
                left, others = look(mock)
                verdict = _VERDICTS.get(code, f"EXIT {code}")
                is_wrong = code not in (0, 3) or left > 0 or others != foreign
                verdicts[verdict], wrong = verdicts[verdict] + 1, wrong + is_wrong
                memory.append(megabytes)
                counted = sum(failures.values())
                sent = len(proxy.requests) - before
                print(
                    f"{number:3}. {verdict}: {sent} requests, {counted} failed, {megabytes} MB, {left} left",
                    flush=True,
                )
                if code:
                    print(output, flush=True)
        print(f"{number} runs: {dict(verdicts)}; {min(memory)} to {max(memory)} MB; {wrong} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
