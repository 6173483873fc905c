"""Whatever is wrong with a call, a file or the target: one clear line, the right exit code, no traceback."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from commands import call, run
from pact_files import interaction, write_pact
from storepact import __main__ as main_module
from storepact.mock.serve import serve
from storepact.model.paths import data_path

CONFORMS, USAGE, UNDETERMINED = 0, 2, 3
LIMIT = 60.0
TOKEN = "api-0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9"
LISTING = "/api/v2/integration-capabilities/big-segment-store"
PROVIDER = json.loads(next(data_path("contracts").glob("*.json")).read_text(encoding="utf-8"))["provider"][
    "name"
]


def clean_environment(**more: str) -> dict[str, str]:
    """The environment of this process without storepact, pytest and proxy variables, and with `more`."""
    steering = ("STOREPACT_", "PYTEST_", "COLUMNS", "NO_COLOR", "FORCE_COLOR")
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(steering) and "proxy" not in name.lower()
    }
    return {**kept, "NO_PROXY": "127.0.0.1,localhost", **more}


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "storepact", *map(str, arguments)]


def storepact(folder: Path, *arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command line to its end, in a folder."""
    return subprocess.run(
        command(*arguments),
        cwd=folder,
        env=clean_environment(**environment),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=False,
    )


def the_line(done: subprocess.CompletedProcess[str], code: int) -> str:
    """The one line that says what is wrong."""
    message = done.stdout + done.stderr
    assert "Traceback" not in message, message
    assert done.returncode == code, f"exit code {done.returncode}, not {code}:\n{message}"
    lines = [line for line in message.splitlines() if line.startswith("storepact: ")]
    assert len(lines) == 1, f"not one line that says what is wrong, but {len(lines)}:\n{message}"
    return lines[0]


def refuse(folder: Path, code: int, *arguments: object, **environment: str) -> str:
    """Run `verify` in this process, expect that exit code, and return the one line that says why."""
    return the_line(call("verify", *arguments, cwd=folder, environment=environment), code)


def record_in(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "storepact-report" / "run.json").read_text(encoding="utf-8"))


# documents


MINIMAL = (
    "openapi: 3.1.0\ninfo: {title: t, version: '1'}\n"
    "paths:\n  /things:\n    get:\n      responses:\n        '200':\n"
)


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        pytest.param("openapi: 3.1.0\ninfo: {title: t\npaths: [\n", 3, "not valid YAML", id="malformed-yaml"),
        pytest.param("name: orders\nversion: 7\n", None, "not an OpenAPI document", id="other-yaml"),
        pytest.param("", None, "not an OpenAPI document", id="empty"),
        pytest.param("openapi: 3.1.0\npaths: {}\n", 2, "no paths", id="no-paths"),
        pytest.param(
            MINIMAL + "          $ref: '#/components/responses/Absent'\n",
            8,
            "#/components/responses/Absent",
            id="ref",
        ),
        pytest.param(
            MINIMAL + "          $ref: 'other.yaml#/Absent'\n",
            8,
            "other.yaml#/Absent",
            id="ref-to-other-file",
        ),
        pytest.param(
            "openapi: 3.1.0\npaths:\n  /things: [1, 2]\n",
            None,
            "not a valid OpenAPI document",
            id="path-is-a-list",
        ),
    ],
)
def test_a_document_that_cannot_be_used_is_named_with_its_line(
    tmp_path: Path, text: str, line: int | None, words: str
) -> None:
    (tmp_path / "api.yaml").write_text(text, encoding="utf-8")
    message = refuse(tmp_path, USAGE, "--openapi", "api.yaml")
    assert words in message
    assert message.startswith(f"storepact: api.yaml:{line}: " if line else "storepact: api.yaml")
    assert not (tmp_path / "storepact-report" / "run.json").exists()


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        pytest.param(lambda path: None, "No such file", id="missing"),
        pytest.param(lambda path: path.mkdir(), "Is a directory", id="a-folder"),
        pytest.param(
            lambda path: path.write_bytes(b"openapi: \xff\xfe\x00"), "is not a text in UTF-8", id="bytes"
        ),
    ],
)
def test_a_document_that_cannot_be_read_is_named(
    tmp_path: Path, make: Callable[[Path], object], reason: str
) -> None:
    make(tmp_path / "api.yaml")
    message = refuse(tmp_path, USAGE, "--openapi", "api.yaml")
    assert message.startswith("storepact: api.yaml")
    assert reason in message


# contracts


def pact(provider: str = PROVIDER, interactions: object = ()) -> str:
    """A pact of specification 2."""
    parts = {
        "consumer": {"name": "orders"},
        "provider": {"name": provider},
        "interactions": list(interactions),
    }  # type: ignore[call-overload]
    return json.dumps({**parts, "metadata": {"pactSpecification": {"version": "2.0.0"}}})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("{'consumer': 'orders'", "is not JSON", id="not-json"),
        pytest.param('{"name": "orders", "version": 7}', "is not a pact", id="other-json"),
        pytest.param(
            pact(interactions=[{"request": {}}]), "is not a pact", id="interaction-without-description"
        ),
    ],
)
def test_a_file_that_is_no_pact_is_named(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "pacts").mkdir()
    (tmp_path / "pacts" / "orders.json").write_text(text, encoding="utf-8")
    message = refuse(tmp_path, USAGE, "--contracts", "pacts")
    assert re.match(r"storepact: pacts/orders\.json:(1: | is not a pact: it has no)", message)
    assert words in message


def test_a_missing_contracts_folder_is_wrong_usage(tmp_path: Path) -> None:
    message = refuse(tmp_path, USAGE, "--contracts", "pacts")
    assert message.startswith(("storepact: pacts is not a folder", "storepact: pacts: is not a folder"))
    assert "--contracts" in message


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param(None, "no pact in", id="empty-folder"),
        pytest.param(
            pact("warehouse", [{"description": "one", "request": {}, "response": {}}]),
            "'warehouse'",
            id="other-provider",
        ),
        pytest.param(pact(), "no interactions", id="no-interactions"),
    ],
)
def test_contracts_that_ask_nothing_leave_the_verdict_open(
    tmp_path: Path, text: str | None, words: str
) -> None:
    """A gate that asked nothing must not be green."""
    (tmp_path / "pacts").mkdir()
    if text is not None:
        (tmp_path / "pacts" / "orders.json").write_text(text, encoding="utf-8")
    assert words in refuse(tmp_path, UNDETERMINED, "--contracts", "pacts")
    assert record_in(tmp_path)["verdict"] == "undetermined"


# targets


@contextmanager
def serve_silence() -> Iterator[str]:
    """The address of a socket that accepts connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


@contextmanager
def serve_response(status: int, media: str, body: str) -> Iterator[str]:
    """The address of a server that gives one answer to everything."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self.send_response(status)
            self.send_header("Content-Type", media)
            self.send_header("Content-Length", str(len(body.encode())))
            self.end_headers()
            self.wfile.write(body.encode())

        do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = answer

        def log_message(self, format: str, *arguments: Any) -> None:
            """Nothing on stderr."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def verify_undetermined(folder: Path, url: str, *arguments: object) -> str:
    """Verify a live target that cannot be judged: exit 3, and the same in the record; returns the line."""
    message = refuse(folder, UNDETERMINED, "--target", url, *arguments, STOREPACT_TOKEN=TOKEN)
    assert url in message
    record = record_in(folder)
    assert (record["verdict"], record["exit_code"]) == ("undetermined", UNDETERMINED)
    for path in (folder / "storepact-report").iterdir():
        assert TOKEN not in path.read_text(encoding="utf-8")
    return message


WRITING = pytest.mark.parametrize("writing", [(), ("--allow-writes",)], ids=["read-only", "writing"])


def test_a_target_that_refuses_connections_is_undetermined(tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{closed_port()}"
    assert "cannot reach" in verify_undetermined(tmp_path, url)


@WRITING
def test_a_target_that_never_answers_is_undetermined(tmp_path: Path, writing: tuple[str, ...]) -> None:
    with serve_silence() as url:
        assert "0.5 s" in verify_undetermined(tmp_path, url, "--timeout", "0.5", *writing)


@WRITING
def test_a_web_site_is_not_this_api(tmp_path: Path, writing: tuple[str, ...]) -> None:
    """HTML and 200 to everything must never pass."""
    with serve_response(200, "text/html; charset=utf-8", "<!doctype html><title>Welcome</title>") as url:
        assert "text/html" in verify_undetermined(tmp_path, url, *writing)


NOT_FOUND = json.dumps(
    {"code": "not_found", "message": "no such page", "id": "00000000-0000-4000-8000-000000000000"}
)
UNAUTHORIZED = json.dumps(
    {"code": "unauthorized", "message": "who are you?", "id": "00000000-0000-4000-8000-000000000000"}
)


@WRITING
def test_an_api_that_answers_404_to_everything_is_not_this_one(
    tmp_path: Path, writing: tuple[str, ...]
) -> None:
    with serve_response(404, "application/json", NOT_FOUND) as url:
        assert "404" in verify_undetermined(tmp_path, url, *writing)


@WRITING
def test_a_target_that_does_not_know_the_token_is_undetermined(
    tmp_path: Path, writing: tuple[str, ...]
) -> None:
    with serve_response(401, "application/json", UNAUTHORIZED) as url:
        message = verify_undetermined(tmp_path, url, *writing)
    assert "401" in message
    assert "STOREPACT_TOKEN" in message


@pytest.mark.parametrize("token", [{}, {"STOREPACT_READER_TOKEN": TOKEN}], ids=["none", "reader-only"])
def test_a_live_target_needs_a_token(tmp_path: Path, token: dict[str, str]) -> None:
    message = refuse(tmp_path, USAGE, "--target", f"http://127.0.0.1:{closed_port()}", **token)
    assert "STOREPACT_TOKEN" in message


@pytest.mark.parametrize(
    "target",
    ["nonsense", "ftp://localhost/", "http://localhost:port", "http://[::1", ""],
)
def test_a_target_that_is_no_url_is_wrong_usage(tmp_path: Path, target: str) -> None:
    message = refuse(tmp_path, USAGE, "--target", target, STOREPACT_TOKEN=TOKEN)
    assert repr(target) in message


def test_credentials_in_the_url_are_refused_and_not_repeated(tmp_path: Path) -> None:
    done = storepact(
        tmp_path, "verify", "--target", "http://alice:open-sesame@127.0.0.1:9", STOREPACT_TOKEN=TOKEN
    )
    assert "STOREPACT_TOKEN" in the_line(done, USAGE)
    assert "open-sesame" not in done.stdout + done.stderr


# the call itself


def test_a_report_folder_that_cannot_be_written_is_wrong_usage(tmp_path: Path) -> None:
    """A file stands in the folder's place."""
    (tmp_path / "taken").write_text("mine", encoding="utf-8")
    message = refuse(tmp_path, USAGE, "--report-dir", "taken")
    assert "taken" in message
    assert "--report-dir" in message
    assert (tmp_path / "taken").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param(("--suite", "conformanse"), "'conformance'", id="suite"),
        pytest.param(
            ("--suite", "xyzzy"), "document, pacts, lifecycle, protection, conformance", id="suite-like-none"
        ),
        pytest.param(("--profile", "explor"), "'explore'", id="profile"),
        pytest.param(("--target", "comercial"), "commercial", id="target"),
    ],
)
def test_a_misspelt_name_is_answered_with_the_nearest(
    tmp_path: Path, arguments: tuple[str, ...], words: str
) -> None:
    assert words in refuse(tmp_path, USAGE, *arguments, STOREPACT_TOKEN=TOKEN)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param(("verify", "--allow-write"), "--allow-write", id="unknown-option"),
        pytest.param(("verify", "--timeout", "soon"), "--timeout", id="no-number"),
        pytest.param(("verify", "--timeout", "0"), "--timeout", id="number-out-of-range"),
        pytest.param(("verify", "--workers"), "--workers", id="value-missing"),
        pytest.param(("verify", "stray"), "stray", id="stray-argument"),
        pytest.param(("verfy",), "verfy", id="unknown-verb"),
        pytest.param(("mock", "--port", "70000"), "--port", id="port-out-of-range"),
    ],
)
def test_a_wrong_call_gets_the_usage(tmp_path: Path, arguments: tuple[str, ...], words: str) -> None:
    done = call(*arguments, cwd=tmp_path)
    assert words in the_line(done, USAGE)
    assert done.stdout == ""
    assert not list(tmp_path.iterdir())


# stopping


@contextmanager
def start_command(folder: Path, *arguments: object, **environment: str) -> Iterator[subprocess.Popen[str]]:
    """Start the command line; it is killed when the block ends, or after the limit."""
    process = subprocess.Popen(
        command(*arguments),
        cwd=folder,
        env=clean_environment(PYTHONUNBUFFERED="1", **environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    alarm = threading.Timer(LIMIT, process.kill)
    alarm.start()
    try:
        with process:
            try:
                yield process
            finally:
                process.kill()
    finally:
        alarm.cancel()
        alarm.join()


def interrupt(process: subprocess.Popen[str]) -> str:
    """Press Ctrl-C and wait for the end: exit code 3, no traceback; returns what was said."""
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=LIMIT)
    assert "Traceback" not in out + err, out + err
    assert process.returncode == UNDETERMINED, out + err
    return out + err


def wait_for_progress(process: subprocess.Popen[str]) -> None:
    assert process.stderr is not None
    line = next((line for line in process.stderr if " tests" in line), None)
    assert line is not None, "no progress was told"


def assert_record_of_an_interrupted_run(folder: Path) -> None:
    record = record_in(folder)
    assert record["verdict"] in ("undetermined", "broken")
    assert any("interrupted" in reason for reason in record["reasons"]), record["reasons"]


@pytest.mark.parametrize("workers", [1, 2])
def test_an_interrupted_run_is_undetermined_and_on_record(tmp_path: Path, workers: int) -> None:
    """Ctrl-C in the middle of a run against the mock, with and without workers."""
    with start_command(tmp_path, "verify", "--profile", "explore", "--workers", workers) as process:
        wait_for_progress(process)
        assert "interrupted" in interrupt(process)
    assert_record_of_an_interrupted_run(tmp_path)


def items_at(client: httpx.Client) -> list[dict[str, Any]]:
    answer = client.get(LISTING)
    answer.raise_for_status()
    return list(answer.json()["items"])


def test_an_interrupted_run_leaves_nothing_on_a_live_target(tmp_path: Path) -> None:
    """Ctrl-C while the run holds integrations there: they are deleted before it ends."""
    with serve() as running:
        headers = {"Authorization": running.tokens["writer"], "LD-API-Version": "beta"}
        with httpx.Client(base_url=running.url, headers=headers, trust_env=False) as client:
            call = ("verify", "--target", running.url, "--allow-writes", "--profile", "explore")
            with start_command(tmp_path, *call, STOREPACT_TOKEN=running.tokens["writer"]) as process:
                wait_for_progress(process)
                deadline = time.monotonic() + LIMIT / 2
                while not items_at(client):
                    assert time.monotonic() < deadline, "the run created nothing"
                    assert process.poll() is None, "the run ended by itself"
                interrupt(process)
            assert items_at(client) == []
    assert_record_of_an_interrupted_run(tmp_path)


# the mock


def test_a_port_that_is_taken_is_said_in_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        done = storepact(tmp_path, "mock", "--port", port)
    message = the_line(done, USAGE)
    assert str(port) in message
    assert "--port" in message
    assert (done.stdout + done.stderr).strip() == message


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM], ids=lambda stop_signal: stop_signal.name)
def test_the_mock_stops_cleanly(tmp_path: Path, stop: signal.Signals) -> None:
    with start_command(tmp_path, "mock", "--port", 0) as process:
        assert process.stdout is not None
        address = next(
            (found[0] for line in process.stdout if (found := re.search(r"http://127\.0\.0\.1:\d+", line))),
            None,
        )
        assert address is not None
        with httpx.Client(base_url=address, trust_env=False) as client:
            assert client.get(LISTING).status_code == 401
            process.send_signal(stop)
            out, err = process.communicate(timeout=LIMIT)
        assert (process.returncode, len(err.splitlines()), LISTING in err) == (CONFORMS, 1, True), out + err


def test_nothing_is_loaded_before_ctrl_c_is_caught():
    script = (
        "import os, sys; sys.path.insert(0, sys.argv[1]); loaded = set(sys.modules);"
        "import storepact.__main__; print(*sorted(set(sys.modules) - loaded))"
    )
    source = str(Path(main_module.__file__).parents[1])
    command = [sys.executable, "-S", "-c", script, source]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert output.split() == ["__future__", "storepact", "storepact.__main__"]


@pytest.mark.parametrize("option", ["--ca-file", "--client-cert", "--client-key", "SSL_CERT_FILE"])
def test_a_named_pipe_is_no_certificate(tmp_path, option):
    """OpenSSL opens the file by its name, and would wait for a writer: no signal ends that."""
    os.mkfifo(tmp_path / "pipe")
    given = {option: "pipe"} if option == "SSL_CERT_FILE" else {}
    options = [] if given else [option, "pipe"]
    if option == "--client-key":
        options += ["--client-cert", "pipe.pem"]
    target = ("--target", "https://127.0.0.1:1", "--suite", "pacts")
    done = storepact(tmp_path, "verify", *target, *options, STOREPACT_TOKEN=TOKEN, **given)
    assert (done.returncode, f"{option} pipe: it is a pipe, and no file" in done.stderr) == (USAGE, True)


IDLE = {
    "--allow-enable": (),
    "--max-resources": ("3",),
    "--isolation-scope": ("default/other",),
}


@pytest.mark.parametrize("option", IDLE)
@pytest.mark.parametrize("command_name", ["verify", "tripwire"])
def test_an_option_about_writes_needs_the_consent(tmp_path, command_name, option):
    """It would be ignored in silence; in a variable or a file it is for several calls."""
    live = (command_name, "--target", "http://127.0.0.1:1")
    environment = {"STOREPACT_TOKEN": TOKEN}
    typed = call(*live, option, *IDLE[option], cwd=tmp_path, environment=environment)
    assert f"{option} is for runs that write: give --allow-writes, too" in the_line(typed, USAGE)
    name = "STOREPACT" + option.upper().replace("-", "_").replace("__", "_")
    given = call(*live, cwd=tmp_path, environment={**environment, name: "".join(IDLE[option]) or "true"})
    assert (given.returncode, "cannot reach" in given.stdout + given.stderr) == (UNDETERMINED, True)
    allowed = call(*live, option, *IDLE[option], "--allow-writes", cwd=tmp_path, environment=environment)
    assert (allowed.returncode, "cannot reach" in allowed.stdout + allowed.stderr) == (UNDETERMINED, True)


@pytest.mark.parametrize("option", ["--timeout", "--patience", "--deadline", "--rate", "--settle"])
@pytest.mark.parametrize("value", ["inf", "1e30", "nan", "-1"])
def test_times_have_an_end(tmp_path, option, value):
    """No clock reaches them."""
    line = refuse(tmp_path, USAGE, "--target", "http://127.0.0.1:1", option, value, STOREPACT_TOKEN=TOKEN)
    assert option in line


def test_a_header_of_the_api_is_not_given_twice(tmp_path):
    """The provider would see two versions of the API."""
    line = refuse(tmp_path, USAGE, "--header", "ld-api-version: 20240415")
    assert "the run sends this header itself" in line


def test_files_whose_names_are_not_utf8(tmp_path):
    """A run, its reports, history and comparison work in a folder whose name has a byte of Latin-1."""
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9"))
    folder.mkdir()
    raw = interaction(body={"enabled": True})
    pact = write_pact(Path(os.fsdecode(os.fsencode(folder) + b"/pact\xe9.json")), raw)
    report, history = folder / "report", ("--history", folder / "history.db")
    done = run(
        "verify", "--suite", "pacts", "--contracts", pact, "--report-dir", report, *history, cwd=folder
    )
    assert done.returncode == 1, done.stderr
    for further in (
        ("history", *history),
        ("report", report),
        ("compare", report, report, "--report-dir", folder / "changed"),
        ("export", report, "--as", "curl", "--output", folder / "finding.sh", "--force"),
    ):
        done = run(*further, cwd=folder)
        assert done.returncode == 0, done.stderr
    assert "caf%E9/history.db" in run("verify", "--suite", "document", *history, cwd=folder).stderr
