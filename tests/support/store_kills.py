"""Kill a store and the mock that writes it, again and again, while changes arrive and a reader looks."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import http.client
import json
import random
import shutil
import subprocess
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import redis

from redis_server import free_port
from storepact.families.persistent_store.api import BASE
from storepact.mock.options import MockOptions
from storepact.mock.serve import RunningMock, serve
from storepact.model.errors import Undetermined

INTERVAL = 0.2

#: Contexts of one change, and seconds within which everything has to be in step again.
CONTEXTS, PATIENCE = 40, 60.0


def key_of(context: str) -> str:
    digest = base64.b64encode(hashlib.sha256(context.encode()).digest()).decode()
    return f"launchdarkly:big_segment_include:{digest}"


@dataclass
class Figures:
    """What was seen."""

    kills: int = 0
    acknowledged: int = 0
    lost: int = 0
    """Changes with a response that the store lacks at the end."""
    reads: int = 0
    halves: int = 0
    """Reads that showed a part of a change."""
    slowest_status: float = 0.0
    """Seconds from the death of the store until `_status` said so."""


@dataclass
class Store:
    """A redis-server without persistence, always on one port."""

    folder: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        program = shutil.which("redis-server")
        assert program is not None, "redis-server is not installed"
        options = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self.process = subprocess.Popen([program, *options], cwd=self.folder, stdout=subprocess.DEVNULL)

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def client(self) -> redis.Redis:
        return redis.Redis(port=self.port, socket_timeout=5)


def request(mock: RunningMock, method: str, path: str, body: object = None):
    parts = urlsplit(mock.url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=10)
    headers = mock.headers() | ({} if body is None else {"Content-Type": "application/json"})
    try:
        connection.request(method, BASE + path, None if body is None else json.dumps(body), headers)
        return json.loads(connection.getresponse().read() or b"null")
    finally:
        connection.close()


def add_to_segment(mock: RunningMock, segment: str, contexts: list[str]) -> str:
    """Add contexts to a segment; returns the version of the change."""
    place = {"projectKey": "default", "environmentKey": "test", "segmentKey": segment}
    return str(mock.send_command("segments", {**place, "included": {"add": contexts}})["version"])


def wait_until(condition) -> float:
    """The seconds until a condition holds."""
    started = time.monotonic()
    while not condition():
        assert time.monotonic() - started < PATIENCE, "not in step within the time"
        time.sleep(0.01)
    return time.monotonic() - started


class Trial:
    """One store, one file of the mock, and everything that was acknowledged."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.store, self.data, self.random = Store(folder), folder / "mock.db", random.Random(seed)
        self.figures, self.changes, self.version = Figures(), [], ""
        self.acknowledged: list[int] = []
        self.ended = threading.Event()

    def mock(self):
        return serve(MockOptions(data=self.data, sync=True, sync_interval=INTERVAL, only_loopback=True))

    def read(self) -> None:
        """Look at the first and the last context of changes, in one transaction, until the end."""
        dice = random.Random(1)
        with self.store.client() as client:
            while not self.ended.is_set():
                if not self.changes:
                    time.sleep(0.01)
                    continue
                number = dice.choice(self.changes[-20:])
                with contextlib.suppress(redis.RedisError):
                    pipeline = client.pipeline(transaction=True)
                    for index in (0, CONTEXTS - 1):
                        pipeline.scard(key_of(f"c{number}-{index}"))
                    first, last = pipeline.execute()
                    self.figures.reads += 1
                    self.figures.halves += first != last

    def send(self, mock: RunningMock, seconds: float) -> None:
        """Send changes for some time, or until the mock is dead."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            number = len(self.changes)
            self.changes.append(number)
            try:
                keys = [f"c{number}-{index}" for index in range(CONTEXTS)]
                self.version = add_to_segment(mock, f"s{number}", keys)
            except (Undetermined, http.client.HTTPException, ValueError):
                return
            self.acknowledged.append(number)

    def kill_mock(self) -> None:
        with self.mock() as mock:
            killer = threading.Timer(self.random.uniform(0.05, 0.5), mock.process.kill)
            killer.start()
            self.send(mock, 10.0)
            killer.join()

    def kill_store(self, path: str) -> None:
        with self.mock() as mock:
            wait_until(lambda: request(mock, "GET", path)["_status"]["available"])
            killer = threading.Timer(self.random.uniform(0.05, 0.3), self.store.kill)
            killer.start()
            self.send(mock, 0.4)
            killer.join()
            seconds = wait_until(lambda: not request(mock, "GET", path)["_status"]["available"])
            self.figures.slowest_status = max(self.figures.slowest_status, seconds)
            self.store.start()
            wait_until(lambda: request(mock, "GET", path)["_status"]["available"])

    def begin(self) -> str:
        self.store.start()
        with self.mock() as mock:
            config = {"host": "127.0.0.1", "port": str(self.store.port)}
            created = request(mock, "POST", "/default/test/redis", {"config": config, "on": True})
            return str(created["_links"]["self"]["href"]).removeprefix(BASE)

    def finish(self) -> None:
        """Compare the store with what was acknowledged."""
        with self.mock() as mock, self.store.client() as client:
            version = add_to_segment(mock, "last", ["last"])
            wait_until(lambda: self.cursor(client) == version.encode())
            missing = set()
            for number in self.acknowledged:
                pipeline = client.pipeline(transaction=False)
                for index in range(CONTEXTS):
                    pipeline.sismember(key_of(f"c{number}-{index}"), f"s{number}.g1")
                if not all(pipeline.execute()):
                    missing.add(number)
        self.figures.acknowledged, self.figures.lost = len(self.acknowledged), len(missing)

    @staticmethod
    def cursor(client: redis.Redis) -> bytes | None:
        with contextlib.suppress(redis.RedisError):
            return client.get("launchdarkly:big_segments_cursor")
        return None


def run_kills(folder: Path, kills: int, seed: int = 1) -> Figures:
    """Kill mock and store in turn; returns what was seen."""
    trial = Trial(folder, seed)
    path = trial.begin()
    reader = threading.Thread(target=trial.read)
    reader.start()
    try:
        for number in range(kills):
            if number % 2:
                trial.kill_store(path)
            else:
                trial.kill_mock()
            trial.figures.kills += 1
        trial.finish()
    finally:
        trial.ended.set()
        reader.join()
        trial.store.kill()
    return trial.figures
