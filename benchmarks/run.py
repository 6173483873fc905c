"""Measures storepact beside other tools and writes docs/performance.md: one command for all its figures.

    npm install @stoplight/prism-cli dredd specmatic
    python benchmarks/run.py --npm node_modules/.bin --page docs/performance.md

Run it with the interpreter of an environment that contains storepact, on a machine that does nothing else.
Every tool gets the same document and a mock of its own; the tools take turns (A B C A B C), the figures are
medians. A tool that is not installed is left out and named. POSIX only.
"""

from __future__ import annotations

import argparse
import datetime
import io
import json
import os
import platform
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import exploration
import growth
import httpx
import mock_speed
import peers
import yaml

from gate import DOCUMENT, Failed, complaint, entries, say, spend, st_path, verify
from storepact.mock.serve import RunningMock, serve
from storepact.transport.connections import Connections
from storepact.transport.route import Route
from storepact.transport.wire_requests import make_request

#: Seconds after which one run of a tool is given up.
LIMIT = 90.0

#: … of a tool that does not get along with the document.
LIMIT_OF_OTHERS = 40.0

#: Most runs of the tools of others, which take longest.
ROUNDS_OF_OTHERS = 3

#: The limit: the requests of a run of storepact without everything else, by its own client and by httpx.
ONLY_SENT, SENT_BY_HTTPX = "the same requests, only sent", "the same requests, only sent by httpx"

#: Members of a document that Specmatic takes for tests of its own and refuses where they are not complete.
EXAMPLES = ("example", "examples")


@dataclass(frozen=True)
class Run:
    """One run of one tool. `peak` is in MiB."""

    exchanges: int
    wall: float
    cpu: float
    peak: float

    @property
    def rate(self) -> float:
        """Exchanges per second of the whole process."""
        return self.exchanges / self.wall


@dataclass(frozen=True)
class Tools:
    """Where the programs of other projects are; None where one is not installed."""

    folder: Path | None

    def find(self, name: str) -> str | None:
        """The path of a program in the folder or on the PATH."""
        path = os.pathsep.join((*([str(self.folder.resolve())] if self.folder else []), os.environ["PATH"]))
        return shutil.which(name, path=path)


def run_storepact(*options: str) -> Run:
    """The whole gate on a mock that it starts itself."""
    with tempfile.TemporaryDirectory(prefix="storepact-bench-") as folder:
        measured = verify(["--history", "none", *options], Path(folder), LIMIT)
        return Run(measured.exchanges, measured.spent.wall, measured.spent.cpu, measured.spent.peak)


def run_schemathesis(*options: str) -> Run:
    """`st run` with its default phases and further options."""
    with tempfile.TemporaryDirectory(prefix="storepact-bench-") as name, serve() as mock:
        har = Path(name, "run.har")
        command = [st_path(), "run", str(DOCUMENT), "--url", mock.url]
        command += ["-H", f"Authorization: {mock.tokens['writer']}", "--no-color", *options]
        command += ["--generation-database", "none", "--report", "har", "--report-har-path", str(har)]
        spent = spend(command, Path(name), LIMIT)
        if spent.code not in (0, 1) or not har.exists():
            raise complaint("st did not run through", spent, mock)
        return Run(entries(har), spent.wall, spent.cpu, spent.peak)


def run_dredd(program: str) -> Run:
    """Dredd, with a copy of the document in JSON, since its YAML parser refuses patterns with colons."""
    return _run_other(
        lambda document, mock: [program, document, mock.url, "--header", _authorization(mock)], r"(\d+) total"
    )


def run_specmatic(program: str) -> Run:
    """`specmatic test`, with a copy of the document in JSON without examples."""

    def command(document: str, mock: RunningMock) -> list[str]:
        path = Path(document)
        data = json.loads(path.read_text(encoding="utf-8"))
        path.write_text(json.dumps(_without_examples(data)), encoding="utf-8")
        return [program, "test", f"--testBaseURL={mock.url}", document]

    return _run_other(command, r"Tests run: (\d+)")


def _authorization(mock: RunningMock) -> str:
    return f"Authorization: {mock.tokens['writer']}"


def _without_examples(node: Any) -> Any:
    if isinstance(node, list):
        return [_without_examples(item) for item in node]
    if not isinstance(node, dict):
        return node
    # Specmatic refuses a pattern that begins with a slash
    return {
        key: _without_examples(value)
        for key, value in node.items()
        if key not in EXAMPLES and not (key == "pattern" and str(value).startswith("/"))
    }


def _run_other(command: Callable[[str, RunningMock], list[str]], count: str) -> Run:
    with tempfile.TemporaryDirectory(prefix="storepact-bench-") as name, serve() as mock:
        document = Path(name, "document.json")
        document.write_text(
            json.dumps(yaml.safe_load(DOCUMENT.read_text(encoding="utf-8"))), encoding="utf-8"
        )
        words = command(str(document), mock)
        schemes = {"accessToken": mock.tokens["writer"]}  # Specmatic reads tokens by the scheme's name
        spent = spend(words, Path(name), LIMIT_OF_OTHERS, schemes)
        totals = re.findall(count, spent.output)
        if not totals:
            raise complaint(f"{Path(words[0]).name} did not run through", spent, mock)
        return Run(int(totals[-1]), spent.wall, spent.cpu, spent.peak)


def run_bare_loop(requests: Sequence[Mapping[str, Any]], *, by_httpx: bool = False) -> Run:
    """The requests of a gate run, sent one by one, without generation, judging and reports."""
    with serve() as mock, httpx.Client(base_url=mock.url, timeout=30) as client:
        prepared = [_prepare(client, request, mock.tokens["writer"]) for request in requests]
        connections = Connections(mock.url, Route())
        wire = [
            make_request(
                request.method,
                str(request.url),
                [header for header in request.headers.raw if header[0].lower() != b"connection"],
                request.content or None,
            )
            for request in prepared
        ]
        started, cpu = time.monotonic(), time.process_time()
        if by_httpx:
            for request in prepared:
                client.send(request).read()
        else:
            for sent in wire:
                connections.send(sent, 30.0)
        wall = time.monotonic() - started
        used = time.process_time() - cpu
        connections.close()
    return Run(len(prepared), wall, used, 0.0)


def _prepare(client: httpx.Client, request: Mapping[str, Any], token: str) -> httpx.Request:
    path = re.sub(r"^https?://[^/]+", "", request["url"]) or "/"
    body = (request.get("postData") or {}).get("text")
    names = ("content-type", "ld-api-version")
    headers = {h["name"]: h["value"] for h in request["headers"] if h["name"].lower() in names}
    content = body.encode("utf-8", "surrogatepass") if body is not None else None
    return client.build_request(
        request["method"], path, headers={**headers, "Authorization": token}, content=content
    )


def recorded_requests() -> list[Mapping[str, Any]]:
    """The requests of one gate run, from its HAR file."""
    with tempfile.TemporaryDirectory(prefix="storepact-bench-") as folder, serve() as mock:
        har = Path(folder, "run.har")
        verify(["--history", "none", "--save-har", str(har)], Path(folder), LIMIT, mock)
        recorded = json.loads(har.read_text(encoding="utf-8"))
        return [entry["request"] for entry in recorded["log"]["entries"]]


def compare_gates(rounds: int, tools: Tools) -> str:
    """The table of whole gates: storepact, the other tools and the bare loop, in turn."""
    say("the requests of one run, for the bare loop")
    requests = recorded_requests()
    contestants: dict[str, Callable[[], Run]] = {
        "storepact verify": run_storepact,
        "storepact verify --workers 1": lambda: run_storepact("--workers", "1"),
        "st run": run_schemathesis,
        "st run, tuned (2 workers, 15 examples)": lambda: run_schemathesis(
            "--workers", "2", "--max-examples", "15"
        ),
    }
    missing = []
    for name, run in (("dredd", run_dredd), ("specmatic", run_specmatic)):
        program = tools.find(name)
        if program is None:
            missing.append(name)
        else:
            contestants[name] = lambda run=run, program=program: run(program)
    contestants[ONLY_SENT] = lambda: run_bare_loop(requests)
    contestants[SENT_BY_HTTPX] = lambda: run_bare_loop(requests, by_httpx=True)
    runs: dict[str, list[Run]] = {name: [] for name in contestants}
    problems: dict[str, str] = {}
    for number in range(rounds):
        for name, measure in contestants.items():
            own = "storepact" in name or "only sent" in name
            if name in problems or (not own and number >= ROUNDS_OF_OTHERS):
                continue
            say(f"{name}, {number + 1} of {rounds}")
            try:
                runs[name].append(measure())
            except Failed as error:
                problems[name] = str(error).splitlines()[0]
    return _gate_table(runs, problems, missing)


def _gate_table(
    runs: Mapping[str, Sequence[Run]], problems: Mapping[str, str], missing: Sequence[str]
) -> str:
    base = runs["st run"]
    lines = [
        "| | exchanges | wall s | CPU s | exchanges per s | over `st run` | peak MiB |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for name, measured in runs.items():
        if not measured:
            lines.append(f"| {name} | {problems[name]} | | | | | |")
            continue
        ratios = [a.rate / b.rate for a, b in zip(measured, base, strict=False)]
        cells = (
            f"{_median(measured, 'exchanges'):,.0f}",
            f"{_median(measured, 'wall'):.1f}",
            f"{_median(measured, 'cpu'):.1f}",
            f"{_median(measured, 'rate'):,.0f}",
            f"{statistics.median(ratios):.1f}" if ratios else "–",
            f"{_median(measured, 'peak'):,.0f}" if _median(measured, "peak") else "–",
        )
        lines.append(f"| {name} | {' | '.join(cells)} |")
    absent = [f"\nNot installed, so not measured: {', '.join(missing)}."] if missing else []
    share = _share_of_sending(runs)
    return "\n".join([*lines, *share, *absent])


def _share_of_sending(runs: Mapping[str, Sequence[Run]]) -> list[str]:
    """How much of the time of `storepact verify` it takes to send its requests."""
    own, httpx_, whole = (runs[name] for name in (ONLY_SENT, SENT_BY_HTTPX, "storepact verify"))
    if not own or not httpx_ or not whole:
        return []
    shares = [
        f"{statistics.median(a.wall / b.wall for a, b in zip(alone, whole, strict=False)):.0%}"
        for alone in (own, httpx_)
    ]
    return [
        f"\nOnly to send its requests takes {shares[0]} of the time of `storepact verify`, and "
        f"{shares[1]} by httpx."
    ]


def _median(runs: Sequence[Run], name: str) -> float:
    return statistics.median(getattr(run, name) for run in runs)


def measure_start(rounds: int) -> str:
    """Seconds to `--help` and to the first request of a run, and of an interpreter that does nothing."""
    rows = {
        "an interpreter that does nothing": lambda: _seconds([sys.executable, "-c", ""]),
        "`storepact --help`": lambda: _seconds([sys.executable, "-m", "storepact", "--help"]),
        "a wrong option": lambda: _seconds([sys.executable, "-m", "storepact", "verify", "--wrong"]),
        "`verify`: to its first request": _seconds_to_first_request,
        "`storepact mock`: to its first response": mock_speed.start_seconds,
    }
    lines = ["| | s |", "| --- | --- |"]
    for name, measure in rows.items():
        say(name)
        lines.append(f"| {name} | {statistics.median(measure() for _ in range(rounds)):.2f} |")
    return "\n".join(lines)


def _seconds(command: Sequence[str]) -> float:
    started = time.monotonic()
    subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.monotonic() - started


def _seconds_to_first_request() -> float:
    """From the start of the command until a connection arrives at its target."""
    with socket.create_server(("127.0.0.1", 0)) as server, tempfile.TemporaryDirectory() as folder:
        server.settimeout(60)
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        environment = {**os.environ, "STOREPACT_TOKEN": "an-example-only"}
        started = time.monotonic()
        process = subprocess.Popen(
            [sys.executable, "-m", "storepact", "verify", "--target", url, "--history", "none"],
            cwd=folder,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            server.accept()[0].close()
            return time.monotonic() - started
        finally:
            process.terminate()
            process.wait()


def measure_broken_runs() -> str:
    """What faults make of the time of a run."""
    say("broken runs")
    return "\n".join((growth.HEAD, *growth.measure_all(growth.LONG)))


def measure_detection() -> str:
    """How many faults a second of each tool's run detects, of some that are drawn."""
    options = argparse.Namespace(faults=8, examples=15, seed=1, limit=LIMIT)
    return peers.detect(options).render_rates()


def measure_mock(tools: Tools, rounds: int) -> str:
    """The mock beside Prism's."""
    program = tools.find("prism")
    if program is None:
        return "Not measured: prism is not installed."
    output = io.StringIO()
    with redirect_stdout(output):
        mock_speed.compare_with_prism(program, rounds, 2.0)
    return output.getvalue().strip()


def measure_history(runs: int) -> str:
    """The commands of a large history, as benchmarks/history.py prints them."""
    return _as_list(_output_of("history.py", "--runs", str(runs), "--seconds", "5"))


def measure_traffic() -> str:
    """What recorded, relayed and foreign traffic costs, as three scripts print it."""
    parts = (("check.py",), ("proxy.py",), ("foreign.py", "20000", "--all"))
    return "\n".join(_as_list(_output_of(*part)) for part in parts)


def _output_of(script: str, *options: str) -> list[str]:
    """The lines that a script of this folder prints."""
    say(script)
    command = [sys.executable, str(Path(__file__).with_name(script)), *options]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        raise Failed(f"{script} ended with {done.returncode}: {done.stderr.strip()[-500:]}")
    return done.stdout.splitlines()


def _as_list(lines: Sequence[str]) -> str:
    return "\n".join(f"- {line.strip().removeprefix('storepact ')}" for line in lines)


def describe_machine() -> str:
    """Date, processor, load and versions."""
    load = " ".join(f"{value:.1f}" for value in os.getloadavg())
    versions = ", ".join(
        f"{name} {version(name)}" for name in ("storepact", "schemathesis", "hypothesis", "httpx")
    )
    return (
        f"{datetime.date.today().isoformat()}, {platform.system()} on {platform.machine()}, "
        f"{os.cpu_count()} cores, "
        f"load at the start {load}; Python {platform.python_version()}, {versions}."
    )


PAGE = """# How fast

This page is written by `python benchmarks/run.py --page docs/performance.md`.

{machine}

## A run of the gate

Whole processes from start to end, reports and the mock included; medians of {rounds} runs (of other
tools {others}), the tools in turn. A run of storepact is all suites; the other tools ask less. Dredd and
Specmatic get copies of the document that they can read (in JSON; for Specmatic without examples). The last
line is the limit: the requests of one run of storepact, sent by the same HTTP client one after the other,
without making and judging them. The exchanges of storepact are those that it judges: what prepares them and
deletes what is left is in its time, and in the requests that are only sent.

{gate}

## Start

{start}

## Broken runs

The gate on a mock as on a live target, with one worker. The faults are those that make the longest runs of
the catalogue, one and three at once; `benchmarks/growth.py --singles 40 --triples 40` takes others.

{broken}

## A hundred times the cases, and two workers

{exploration}

## The proof

{proof}

## Faults detected per second

What a run detects of 8 faults that are drawn from the catalogue, divided by the seconds that it takes without
a fault: [which faults](peers.md), and what they say about each tool.

{detection}

## The mock beside Prism

{mock}

## A history of {runs:,} runs

{history}

## Recorded traffic, the proxy, and an account with 20,000 integrations of others

{traffic}

## Further measurements

Each script of `benchmarks/` prints its figures with what they mean: `gate.py` (pairs with `st run`),
`contracts_check.py`, `drift.py`, `growth.py` (broken runs), `kill.py` (killed runs), `scale.py` (many
machines, simulated), `soak.py` (half an hour behind a faulty network), `mock_package.py`.
"""


def parse_arguments() -> argparse.Namespace:
    """The options of the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5, help="runs of each tool (default: 5)")
    parser.add_argument("--runs", type=int, default=100_000, help="runs in the history (default: 100000)")
    parser.add_argument("--npm", type=Path, help="folder with prism, dredd and specmatic; else the PATH")
    parser.add_argument("--page", type=Path, help="write the page to this file; else print it")
    return parser.parse_args()


def main() -> int:
    """Measure and write; 0 if storepact and `st run` ran, 1 if not."""
    options = parse_arguments()
    tools = Tools(options.npm)
    machine = describe_machine()
    try:
        page = PAGE.format(
            machine=machine,
            rounds=options.rounds,
            others=min(options.rounds, ROUNDS_OF_OTHERS),
            runs=options.runs,
            gate=compare_gates(options.rounds, tools),
            start=measure_start(options.rounds),
            broken=measure_broken_runs(),
            exploration=exploration.measure_exploration(),
            proof=exploration.measure_proof(),
            detection=measure_detection(),
            mock=measure_mock(tools, min(options.rounds, 3)),
            history=measure_history(options.runs),
            traffic=measure_traffic(),
        )
    except Failed as error:
        print(f"run.py: {error}", file=sys.stderr)
        return 1
    if options.page:
        options.page.write_text(page, encoding="utf-8")
    else:
        print(page)
    return 0


if __name__ == "__main__":
    sys.exit(main())
