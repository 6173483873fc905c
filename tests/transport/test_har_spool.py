"""`verify --save-har`: the exchanges of a run as a HAR file that `check` reads again."""

from __future__ import annotations

import json
import stat

from commands import call
from har_files import COLLECTION, resource
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
