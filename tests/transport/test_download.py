"""The published document from files and URLs, whatever their content is."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote

import pytest
import yaml

from storepact.model.errors import DocumentUnusable, NotThisApi, TargetUnreachable
from storepact.openapi.load import load_document
from storepact.transport import download as download_module
from storepact.transport.download import download

PUBLISHED = Path(__file__).parents[1] / "data" / "published.json"

MINIMAL = {"openapi": "3.0.3", "paths": {}}


def write(folder, content, name="p.yaml"):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize("name", ["p.json", "p.yaml", "a b%41ü.json"])
@pytest.mark.parametrize("start", ["file://", "file://localhost", "FILE://", ""])
def test_files_and_their_urls(tmp_path, name, start):
    """A `file:` URL is the file."""
    path = write(tmp_path, json.dumps(MINIMAL), name)
    assert download(start + quote(str(path)) if start else str(path)).data == MINIMAL


def test_a_server_that_is_not_there_is_named_without_numbers():
    """As a target that cannot be reached."""
    with pytest.raises(TargetUnreachable, match=r"127\.0\.0\.1:1/x: Connection refused;"):
        download("http://127.0.0.1:1/x")


@pytest.mark.parametrize(
    ("where", "words"),
    [
        ("file://elsewhere/p.json", "is a file of another machine"),
        ("", "is neither a file nor an http, https or file URL"),
        ("ftp://me:geheim@h/p.json", "is neither a file nor an http, https or file URL"),
        ("file:///nowhere/at/all.json", "cannot be read: No such file"),
        ("nul\0", "is not the name of a file"),
    ],
)
def test_places_that_have_no_document(where, words):
    """A place without a document is an error that does not repeat secrets of the URL."""
    with pytest.raises(DocumentUnusable, match=words) as caught:
        download(where)
    assert "geheim" not in str(caught.value)


WRONG = [
    (b"", "is not an OpenAPI document: it is empty"),
    (b" \n\xef\xbb\xbf"[:2], "is not an OpenAPI document: it is empty"),
    (b"\xef\xbb\xbf<!DOCTYPE html>\n<title>Sign in</title>", "is HTML, not an OpenAPI document"),
    (b"\n <html><body>no</body></html>", "is HTML, not an OpenAPI document"),
    (b"<?xml version='1.0'?><a/>", "is XML or HTML, not an OpenAPI document"),
    (b"[1]", "is not an OpenAPI document: it has no member `openapi`"),
    (b"openapi: 3.0.3", "is not an OpenAPI document: it has no `paths`"),
    (b'{"swagger": "2.0", "paths": {}}', "is Swagger 2.0; OpenAPI 3.0 to 3.2 is supported: convert it first"),
    (b'{"openapi": "4.0", "paths": {}}', "is OpenAPI 4.0; versions 3.0 to 3.2 are supported"),
    (b"\xff\xfe" + "<html/>".encode("utf-16-le"), "is HTML, not an OpenAPI document"),
    (b" " * 2_000, "is not an OpenAPI document: it is empty"),
    (b"[" * 100_000, "is nested too deeply"),
]


@pytest.mark.parametrize(("content", "words"), WRONG)
def test_files_that_hold_something_else(tmp_path, content, words):
    """The message names what the content is, whatever the file's name is."""
    for name in ("p.json", "p.yaml"):
        with pytest.raises(DocumentUnusable, match=words):
            download(str(write(tmp_path, content, name)))
        if "`paths`" not in words:
            with pytest.raises(DocumentUnusable, match=words):  # `contracts check` says the same as `drift`
                load_document(tmp_path / name)


@contextmanager
def serve_content(content=b"", status=200, endless=False):
    """A URL that serves `content`, and a list of how many bytes of an endless response were read."""
    taken = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(status)
            if not endless:
                self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            try:
                self.wfile.write(content)
                while endless:
                    self.wfile.write(b" " * 65_536)
                    taken.append(65_536)
            except OSError:
                pass

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/openapi", taken
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize("content", [json.dumps(MINIMAL).encode(), yaml.safe_dump(MINIMAL).encode()])
def test_from_a_url(content):
    """A URL may serve JSON or YAML."""
    with serve_content(content) as (url, _):
        assert download(url).data == MINIMAL


@pytest.mark.parametrize(("content", "words"), WRONG)
def test_urls_that_answer_something_else(content, words):
    """The message names what the content is, without secrets of the URL."""
    with serve_content(content) as (url, _), pytest.raises(DocumentUnusable, match=words) as caught:
        download(f"{url}?token=geheim")
    assert "geheim" not in str(caught.value)


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (
            404,
            r"the published document is not there: http://\S+: it answers 404 \(Not Found\); "
            r"check the address",
        ),
        (401, "the published document may not be read"),
        (503, "it answers 503 .Service Unavailable.; try again later"),
        (299, "it answers 299; try again later"),
    ],
)
def test_urls_without_a_document(status, words):
    """A host without the document is an error of its own, not an unreachable provider."""
    with (
        serve_content(b"<html>no</html>", status) as (url, _),
        pytest.raises(NotThisApi, match=words) as caught,
    ):
        download(f"{url}?token=geheim")
    assert "provider" not in str(caught.value)
    assert "geheim" not in str(caught.value)


def test_an_endless_answer_is_read_no_further_than_a_document_may_reach(monkeypatch):
    """A document that is too large is not read to its end."""
    monkeypatch.setattr(download_module, "LARGEST", 1_000_000)
    with (
        serve_content(endless=True) as (url, taken),
        pytest.raises(DocumentUnusable, match="has more than 1,000,000 bytes"),
    ):
        download(url)
    assert sum(taken) < 50_000_000


def test_a_large_file_is_read_no_further(tmp_path, monkeypatch):
    """A file that is too large is an error."""
    monkeypatch.setattr(download_module, "LARGEST", 1_000)
    with pytest.raises(DocumentUnusable, match="has more than 1,000 bytes"):
        download(str(write(tmp_path, b" " * 1_001)))


@pytest.mark.parametrize("url", ["https://me:ge/heim@h/x", "https://me:geheim@h:x/"])
def test_a_url_that_is_none_is_not_repeated(url):
    """An invalid URL, which may hold a part of a password, is not repeated."""
    with pytest.raises(TargetUnreachable, match="it is not a URL") as caught:
        download(url)
    assert "heim" not in str(caught.value)
