"""What a user names is read whether it is a file or a pipe; nothing waits for a pipe without a writer."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from storepact.model import files
from storepact.model.errors import StorepactError
from storepact.openapi.yaml import read_file
from storepact.pacts.read import load_contract
from storepact.record.acceptance import load_acceptances
from storepact.record.store import load_drift, load_record
from storepact.run.detections import read_detections
from storepact.run.traffic_files import read_traffic
from storepact.run.twin import load_transcript
from storepact.transport.credentials import TokenSource

READERS: dict[str, Callable[[Path], object]] = {
    "a token": lambda path: TokenSource(file=path).fetch(),
    "a document": read_file,
    "a pact": load_contract,
    "a record": load_record,
    "drift": load_drift,
    "acceptances": load_acceptances,
    "detections": read_detections,
    "traffic": lambda path: list(read_traffic([path])),
    "a transcript": lambda path: load_transcript(path, 1),
}


@pytest.mark.parametrize("name", READERS)
def test_pipe_without_a_writer_is_refused(tmp_path, monkeypatch, name):
    """Opening it would wait for ever, and Ctrl-C would not end that."""
    monkeypatch.setattr(files, "_PATIENCE", 20)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(StorepactError, match="pipe"):
        READERS[name](tmp_path / "pipe")


def test_pipe_is_read_to_its_end(tmp_path):
    """A writer may come later, and write in pieces."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    writer = threading.Thread(target=lambda: path.write_bytes(b"a\r\n" + b"x" * 200_000))
    writer.start()
    assert files.read_text(path) == "a\n" + "x" * 200_000
    writer.join()


def test_pipe_of_a_shell_is_read():
    """Such as `--token-file <(echo …)`."""
    reader, writer = os.pipe()
    os.write(writer, b"token")
    os.close(writer)
    assert files.read_bytes(Path(f"/dev/fd/{reader}")) == b"token"
    files.check_no_named_pipe(Path(f"/dev/fd/{reader}"))
    os.close(reader)
