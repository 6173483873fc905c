"""`storepact drift` against the published document, and changed copies of it."""

from __future__ import annotations

import json
import os
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

import commands
from published_documents import PUBLISHED, write_changed
from storepact.model.paths import data_path


def run_drift(folder, *arguments):
    result = commands.call("drift", *arguments, cwd=folder)
    assert "Traceback" not in result.stderr
    return result


def test_every_known_difference_is_explained(tmp_path):
    """Each difference of the published document has a decision, and no entry of the list is unused."""
    result = run_drift(tmp_path, PUBLISHED, "--json", "--report-dir", "out")
    report = json.loads(result.stdout)
    assert (result.returncode, report["breaking"]) == (0, 0), result.stdout
    unexplained = [difference for difference in report["differences"] if not difference["decision"]]
    assert [item["rule"] for item in unexplained] == []
    decisions = data_path("openapi", "DECISIONS.md").read_text(encoding="utf-8")
    assert all(f"## {item['decision']} " in decisions for item in report["differences"])
    assert [item for item in report["unused"] if "D33" not in item] == []
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"drift.html", "drift.json", "drift.md"}


@pytest.mark.parametrize("kind", ["json", "yaml"])
def test_planted_changes_are_named(tmp_path, kind):
    """Planted changes, and nothing else, are reported with the consumers that they affect; exit code 1."""
    result = run_drift(tmp_path, write_changed(tmp_path, kind), "--json")
    report = json.loads(result.stdout)
    new = {
        (difference["rule"], difference["where"]): difference
        for difference in report["differences"]
        if not difference["decision"]
    }
    assert result.returncode == 1
    assert set(new) == {
        ("request-member-added-required", "/owner"),
        ("response-member-became-optional", "/version"),
        ("response-enum-value-removed", "/integrationKey"),
    }
    assert (
        "store-operator" not in new["request-member-added-required", "/owner"]["consumers"]
    )  # it creates nothing
    assert "terraform-provider-launchdarkly" in new["request-member-added-required", "/owner"]["consumers"]
    assert "store-operator" in new["response-member-became-optional", "/version"]["consumers"]
    assert len(new["response-enum-value-removed", "/integrationKey"]["consumers"]) == 4
    plain = run_drift(tmp_path, write_changed(tmp_path, kind))
    assert "Breaking for consumers (2):" in plain.stdout.splitlines()
    assert "3 unexplained breaking changes; affects launchdarkly-api-python" in " ".join(plain.stdout.split())


def test_a_known_kind_of_difference_elsewhere_is_not_known(tmp_path):
    """`config` may be absent where one reading allows it (D2); elsewhere its absence is drift."""
    document = json.loads(PUBLISHED.read_text(encoding="utf-8"))
    document["components"]["schemas"]["BigSegmentStoreIntegration"]["required"].remove("config")
    (tmp_path / "p.json").write_text(json.dumps(document))
    result = run_drift(tmp_path, "p.json", "--json")
    new = [
        difference for difference in json.loads(result.stdout)["differences"] if not difference["decision"]
    ]
    assert [(item["rule"], [place["operation"] for place in item["places"]]) for item in new] == [
        ("response-member-became-optional", ["getIntegration"])
    ]


def test_from_a_url(tmp_path):
    """A document is fetched from a URL without showing its secrets; a server that fails is exit code 3."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            exists = self.path == "/openapi"
            body = PUBLISHED.read_bytes() if exists else b"no"
            self.send_response(200 if exists else 404)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        url = f"http://127.0.0.1:{server.server_port}"
        assert run_drift(tmp_path, f"{url}/openapi").returncode == 0
        secret = run_drift(
            tmp_path, f"{url.replace('//', '//me:SECRETWORD@')}/openapi", "--json", "--report-dir", "r"
        )
        texts = [
            secret.stdout,
            secret.stderr,
            *(item.read_text(encoding="utf-8") for item in (tmp_path / "r").iterdir()),
        ]
        assert (secret.returncode, [text for text in texts if "SECRETWORD" in text]) == (0, [])
        gone = run_drift(tmp_path, f"{url}/elsewhere?token=secret-thing")
        assert (gone.returncode, "it answers 404" in gone.stderr, "secret-thing" in gone.stderr) == (
            3,
            True,
            False,
        )
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert run_drift(tmp_path, f"{url}/openapi").returncode == 3


#: A published document whose one schema is a reference.
REFERRING = json.dumps(
    {
        "openapi": "3.0.3",
        "paths": {
            "/api/v2/integration-capabilities/big-segment-store": {
                "get": {
                    "responses": {
                        "200": {
                            "description": "x",
                            "content": {"application/json": {"schema": {"$ref": "AIM"}}},
                        }
                    }
                }
            }
        },
        "components": {"schemas": {"Round": {"$ref": "#/components/schemas/Round"}}},
    }
)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "cannot be read"),
        ("", "is not an OpenAPI document"),
        ("{", "p.json:1: is not valid JSON"),
        ('{"swagger": "2.0", "paths": {}}', "is Swagger 2.0"),
        ('{"openapi": "3.0.0"}', "it has no `paths`"),
        (
            REFERRING.replace("AIM", "#/components/schemas/Round"),
            "is circular: #/components/schemas/Round → ",
        ),
        (REFERRING.replace("AIM", "#/components/schemas/Gone"), "leads nowhere"),
        (REFERRING.replace("AIM", "other.json#/x"), "leaves the document"),
        (
            '{"openapi": "3.0.0", "paths": '
            '{"/api/v2/integration-capabilities/big-segment-store": {"get": 7, "post": {}}}}',
            "is not a valid OpenAPI document",
        ),
    ],
)
def test_bad_input(tmp_path, text, words):
    """A document that cannot be used is exit code 2 and one line."""
    path = tmp_path / "p.json"
    if text is not None:
        path.write_text(text)
    result = run_drift(tmp_path, path)
    assert (result.returncode, result.stdout) == (2, "")
    assert words in result.stderr


def test_an_unrelated_document_is_one_difference(tmp_path):
    """A document that describes none of our operations is told as that, once."""
    (tmp_path / "p.json").write_text('{"openapi": "3.0.0", "info": {}, "paths": {"/x": {}}}')
    result = run_drift(tmp_path, "p.json")
    assert result.returncode == 1
    assert "operation-removed" not in result.stdout
    assert result.stdout.count("document-unrelated") == 1


def test_timeout_bounds_the_whole_download(tmp_path):
    """A server that sends a byte now and then does not hold the command up: exit code 3."""
    stop = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            while not stop.wait(0.05):
                try:
                    self.wfile.write(b" ")
                    self.wfile.flush()
                except OSError:
                    return

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        begin = time.monotonic()
        result = run_drift(tmp_path, f"http://127.0.0.1:{server.server_port}/openapi", "--timeout", "0.5")
        assert (result.returncode, result.stdout) == (3, "")
        assert time.monotonic() - begin < 20  # the whole body would take 50 s
    finally:
        stop.set()
        server.shutdown()
        thread.join()
        server.server_close()


def test_print_acceptances(tmp_path):
    """The entries alone, which then explain everything; a value is refused, and so is a timeout of 0."""
    changed = write_changed(tmp_path, "json")
    result = run_drift(tmp_path, changed, "--print-acceptances")
    assert (result.returncode, "rule: request-member-added-required" in result.stdout) == (1, True)
    assert "Breaking for" not in result.stdout
    for wrong in (("--print-acceptances", "yes"), ("--print-acceptances=maybe",), ("--timeout", "0")):
        refused = run_drift(tmp_path, changed, *wrong)
        assert (refused.returncode, refused.stdout) == (2, "")
        assert refused.stderr


def test_print_acceptances_into_a_closed_pipe(tmp_path):
    """A reader that has gone is no error of the program: no traceback."""
    reading, writing = os.pipe()
    os.close(reading)
    command = commands.command("drift", write_changed(tmp_path, "json"), "--print-acceptances")
    try:
        done = subprocess.run(
            command, cwd=tmp_path, env=commands.clean_environment(), stdout=writing,
            stderr=subprocess.PIPE, text=True, check=False, timeout=commands.TIMEOUT,
        )  # fmt: skip
    finally:
        os.close(writing)
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr
