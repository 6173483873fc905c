"""`verify --save-har`: the exchanges of a run as a HAR file that `check` reads again."""

from __future__ import annotations

import errno
import json
import os
import stat

import pytest

from commands import call
from har_files import COLLECTION, resource
from storepact.model.errors import UsageError
from storepact.model.exchange import Exchange, Request, Response
from storepact.run.traffic_files import read_traffic
from storepact.transport.har_spool import Spool, begin_har, finish_har, spool_of


def exchange(seconds):
    body = json.dumps(resource()).encode()
    request = Request("POST", COLLECTION, (("Authorization", "$STOREPACT_TOKEN"),), b'{"name": "\xc3\xa9"}')
    return Exchange(request, Response(201, (("Content-Type", "application/json"),), body, seconds))


def test_entries_of_several_processes_are_read_in_the_order_of_their_begin(tmp_path):
    """Two spools of one file; what was begun first comes first, and the file is its owner's alone."""
    path = tmp_path / "run.har"
    begin_har(path)
    Spool(path, "http://127.0.0.1:1").add(exchange(0.1), 1_000.6)
    Spool(path, "http://127.0.0.1:1").add(exchange(0.5), 1_000.8)
    finish_har(path)
    (traffic,) = read_traffic([path])
    assert traffic.complete
    assert [entry.number for entry in traffic.entries] == [2, 1]
    assert traffic.entries[0].request.request.body == exchange(0).request.body
    assert traffic.entries[0].response.response.body == exchange(0).response.body
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not spool_of(path).exists()


def test_file_that_cannot_be_written_is_refused_first(tmp_path):
    """A folder that does not exist, and a folder itself: exit code 2 before anything is sent."""
    for name in ("nowhere/run.har", "."):
        done = call("verify", "--suite", "lifecycle", "--save-har", name, "--history", "none", cwd=tmp_path)
        assert (done.returncode, "--save-har" in done.stderr) == (2, True), done.stderr


@pytest.mark.parametrize("accepted", [0, 10])
def test_exchange_that_cannot_be_added_ends_the_file_and_not_the_run(accepted, tmp_path, monkeypatch):
    """As on a full disk: nothing is raised before the end, and no part is left."""
    path = tmp_path / "run.har"
    begin_har(path)
    spools = Spool(path, "http://127.0.0.1:1"), Spool(path, "http://127.0.0.1:1")
    spools[0].add(exchange(0.1), 1_000.6)

    def write(handle, data):
        if not accepted:
            raise OSError(errno.ENOSPC, "No space left on device")
        return len(data[:accepted])

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", write)
        spools[0].add(exchange(0.1), 1_000.7)
    for spool in spools:
        spool.add(exchange(0.1), 1_000.8)
    with pytest.raises(UsageError, match="cannot be written"):
        finish_har(path)
    assert list(tmp_path.iterdir()) == []


def test_full_disk_takes_no_verdict_away(tmp_path, monkeypatch):
    """The verdict is printed, then why there is no HAR file; nothing is left on the target."""

    def fail(self, exchange, ended):
        spool_of(tmp_path / "run.har").unlink(missing_ok=True)

    monkeypatch.setattr(Spool, "add", fail)
    arguments = (
        "--suite",
        "document",
        "--suite",
        "pacts",
        "--history",
        "none",
        "--report-dir",
        tmp_path / "r",
    )
    done = call("verify", *arguments, "--save-har", tmp_path / "run.har", "--workers", "1")
    assert (done.returncode, "CONFORMS" in done.stdout) == (2, True), done.stderr
    assert "--save-har" in done.stderr.splitlines()[-1]
