"""The data file of the mock: what is in it survives, and a file of another program is not changed."""

from __future__ import annotations

import signal
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from commands import call
from mock_client import COLLECTION, REDIS, client_of, path_of
from storepact.families.persistent_store.provider.file_storage import FileStorage
from storepact.mock.options import MockOptions
from storepact.mock.serve import serve


def test_data_outlives_the_process(tmp_path):
    """An integration is there after a restart, secrets included; only the owner can read the file."""
    options = MockOptions(data=tmp_path / "mock.db")
    with (
        serve(options) as running,
        client_of(running) as client,
    ):
        item = client.post(COLLECTION, json=REDIS).json()
    with (
        serve(options) as running,
        client_of(running) as client,
    ):
        assert client.get(path_of(item)).json() == item
    assert (tmp_path / "mock.db").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("round_", range(6))
def test_kill_loses_no_confirmed_write(tmp_path, round_):
    """`kill -9` under load, each time a little later: every write that got a response is there."""
    options = MockOptions(data=tmp_path / "mock.db")
    confirmed, lock = {}, threading.Lock()

    def load(running, number):
        with client_of(running) as client:
            try:
                while True:
                    new = client.post(COLLECTION, json={**REDIS, "name": f"{number}"}).json()
                    with lock:
                        confirmed[new["_id"]] = new
                    renamed = client.patch(
                        path_of(new), json=[{"op": "replace", "path": "/name", "value": "renamed"}]
                    ).json()
                    with lock:
                        confirmed[new["_id"]] = renamed
                        if len(confirmed) >= 20 + 15 * round_:
                            running.process.send_signal(signal.SIGKILL)
            except httpx.TransportError:
                return

    with serve(options) as running, ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda number: load(running, number), range(3)))
    stored = {integration.id: integration for integration in FileStorage(options.data).all()}
    for identifier, item in confirmed.items():  # an update without a response may have been applied
        assert stored[identifier].version >= item["version"]
    assert all(item.name == "renamed" for item in stored.values() if item.version == 2)


@pytest.mark.parametrize(
    "content", [b"not a database, whatever it is, and long enough to be read as one" * 40, b"x"]
)
def test_foreign_data_file_is_left_alone(tmp_path, content):
    """A file that the mock did not write is refused and not changed."""
    path = tmp_path / "other.db"
    path.write_bytes(content)
    done = call("mock", "--port", 0, "--data", path)
    assert (done.returncode, path.read_bytes() == content) == (2, True), done.stderr


def test_newer_data_file_is_left_alone(tmp_path):
    """A file of a later format is refused."""
    path = tmp_path / "mock.db"
    FileStorage(path)
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    assert "newer storepact" in call("mock", "--port", 0, "--data", path).stderr
