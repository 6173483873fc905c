"""Secrets in every member and header of a request, repeated by the provider, are in no output."""

from __future__ import annotations

import json
import threading
from base64 import b64encode
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import msgspec
import pytest

from storepact.engines.options import EngineOptions
from storepact.engines.preflight import NoLog
from storepact.engines.workspace import Workspace
from storepact.families import DEFAULT_FAMILY
from storepact.model.api import Scope
from storepact.model.case import Auth, Case
from storepact.model.outcome import Status
from storepact.model.paths import data_path
from storepact.openapi.load import load_document
from storepact.record.comparison import compare_runs
from storepact.record.recorder import Recorder
from storepact.record.store import dump
from storepact.record.values import Outcome
from storepact.report import FORMATS, RenderOptions, compare
from storepact.run.assemble import assemble_record
from storepact.run.engine_options import engine_options
from storepact.run.run_data import RunData
from storepact.run.session import PreparedRun
from storepact.run.settings import Settings
from storepact.transport.credentials import Credentials
from storepact.transport.encodings import CANARY
from storepact.transport.readings import LETTERS, decode

DOCUMENT = load_document(data_path("openapi", DEFAULT_FAMILY.document))
TOKEN = "api-0f1e2d3c4b5a69788796a5b4c3d2e1f0"
ORDINARY = {
    "name": "x", "on": True, "tags": ["x", "x"],
    "config": {"host": "x", "port": "x", "username": "x", "password": "x", "tlsEnabled": True},
    "extra": {"deep": ["x"]},
}  # fmt: skip
HEADERS = ("X-Trace", "User-Agent", "Cookie", "X-Request-Id", "Referer")


class Echo(BaseHTTPRequestHandler):
    """Repeats everything that a request holds: in the body, in headers, in an error's message."""

    status = 201

    def answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        reply = json.dumps(
            {
                "message": body,
                "headers": dict(self.headers.items()),
                "again": b64encode(body.encode()).decode(),
                "capitals": body.upper(),
                "spaced": " ".join(body),
                "entities": "".join(f"&#{ord(character)};" for character in body),
                "characters": list(body),
            }
        )
        escaped = "".join(f"\\u{ord(character):04x}" for character in body)
        reply = f'{{"escaped": "{escaped}", {reply[1:]}'.encode()
        self.send_response(self.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(reply)))
        self.send_header("X-Debug", " ".join(body.split())[:2_000])
        token = (self.headers.get("Authorization") or "").encode()
        self.send_header("X-Token", token.decode())
        self.send_header("X-Hex", token.hex())
        self.send_header("X-Percent", "".join(f"%{byte:02X}" for byte in token))
        self.send_header("X-Most", b64encode(token[:-1]).decode())
        self.end_headers()
        self.wfile.write(reply)

    do_GET = do_POST = do_PATCH = do_DELETE = answer

    def log_message(self, *_):
        pass


@contextmanager
def echoing(status):
    handler = type("Echoing", (Echo,), {"status": status})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def everywhere(value, secret):
    """A body with a secret in place of every string."""
    if isinstance(value, dict):
        return {name: everywhere(member, secret) for name, member in value.items()}
    if isinstance(value, list):
        return [everywhere(member, secret) for member in value]
    return secret() if isinstance(value, str) else value


def findings(url, recorder):
    """Record the findings of a create and an update that are full of secrets."""
    family = replace(DEFAULT_FAMILY, plant_secrets=everywhere, mark_body=lambda value, mark: value)
    credentials = Credentials({Auth.WRITER: TOKEN, Auth.READER: TOKEN[::-1]})
    scope = Scope(("default", "test"))
    options = EngineOptions(url, (scope,), is_mock=True, writable=True, seed=1)
    with Workspace(options, family, credentials, DOCUMENT, scope, NoLog()) as workspace:
        headers = tuple((name, workspace.preparer.new_secret()) for name in HEADERS)
        patch = [
            {"op": "replace", "path": "/config", "value": ORDINARY["config"]},
            {"op": "add", "path": "/tags/-", "value": "x"},
        ]
        for operation, body in (
            ("createIntegration", ORDINARY),
            ("updateIntegration", patch),
            ("getIntegration", None),
        ):
            aimed = (
                () if operation == "createIntegration" else (("integrationId", "12ab3c4d5ef1a2345bcde67f"),)
            )
            case = Case(operation, "redis", headers=headers, path_parameters=aimed)
            prepared = workspace.prepare(case.with_body(body) if body is not None else case)
            exchange, found, _ = workspace.repeat_lost_requests(
                lambda prepared=prepared: workspace.sender.send(prepared, "conformance")
            )
            recorder.count(operation, exchange)
            recorder.observe(operation, exchange)
            for finding in found:
                recorder.find(finding)
        return workspace.target.secrets.canary_count


@pytest.mark.parametrize("status", [200, 201, 400, 500])
def test_no_secret_in_any_output(status, tmp_path):
    """No output holds a secret, whole or in part, plain, in base64, hexadecimal or percent-encoded."""
    outcome = Outcome(suite="conformance", name="q", status=Status.FAILED, reason="", seconds=0.1)
    recorder = Recorder(outcomes=[outcome])
    with echoing(status) as url:
        planted = findings(url, recorder)
    assert planted > 20
    settings = Settings(report_dir=tmp_path)
    prepared = PreparedRun(settings, DOCUMENT, (), engine_options(settings, url), Credentials())
    record = assemble_record(RunData(prepared, recorder), [])
    assert any(finding.code == "SP301" for finding in record.findings)
    empty = msgspec.structs.replace(record, findings=(), causes=())
    comparison = compare_runs([empty], record)
    texts = {row.name: row.render(record, RenderOptions(width=80)) for row in FORMATS}
    texts |= compare.render_files(comparison) | {"run.json": dump(record)}
    texts |= {"compare": compare.render(comparison, 80), "snapshot": recorder.snapshot().encode()}
    for name, text in texts.items():
        assert CANARY not in text, name
        assert "spcanary" not in LETTERS(decode(text.decode() if isinstance(text, bytes) else text)), name
        assert b64encode(CANARY.encode()).decode().rstrip("=")[:-1] not in text, name
        assert TOKEN not in text, name
        assert TOKEN[::-1] not in text, name
        spelt = (
            TOKEN.encode().hex(),
            "".join(f"%{byte:02X}" for byte in TOKEN.encode()),
            b64encode(TOKEN[:-1].encode()).decode(),
        )
        assert not [spelling for spelling in spelt if spelling in text], name
