"""`storepact mock` on the command line: options, banner, tokens, log and tables."""

from __future__ import annotations

import re
import shlex
import signal
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import httpx
import pytest

from commands import call, run, start
from storepact.families import mock_definition
from storepact.families.persistent_store.api import BASE
from storepact.mock.access_log import AccessLog
from storepact.mock.exchange import MockRequest, MockResponse
from storepact.mock.options import MockOptions
from storepact.mock.serve import serve
from storepact.mock.tokens import Tokens
from storepact.model.paths import data_path


@contextmanager
def start_mock(*arguments, **environment):
    """Start `storepact mock`; yields the process and its banner."""
    with start("mock", "--port", 0, *arguments, environment=environment) as process:
        lines = []
        for line in process.stdout:
            lines.append(line)
            if line.startswith("stop:"):
                break
        yield process, "".join(lines)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--choice", "failed-test"], "NAME=VALUE"),
        (["--choice", "failed-tests=400"], "did you mean 'failed-test'?"),
        (["--choice", "failed-test=never"], "choose one of: 409, 400, 422"),
        (["--choice", "ids=hex", "--choice", "ids=uuid"], "given twice"),
        (["--fault", "stale-reed"], "did you mean 'stale-read'?"),
        (["--fault", "xyzzy-42"], "storepact mock --list-faults"),
        (["--token", "ci"], "NAME=ROLE:TOKENENV"),
        (["--token", "ci=wrider:HOME"], "did you mean 'writer'?"),
        (["--token", "ci=writer:NOT_SET_ANYWHERE"], "NOT_SET_ANYWHERE is not set"),
        (["--rate-limit", "many"], "number of calls per 10 s"),
        (["--rate-limit", "tokens=5"], "did you mean 'token'?"),
        (["--rate-limit", "0"], "number of calls per 10 s"),
        (["--rate-limit", "9" * 5_000], "number of calls per 10 s"),
        (["--sync", "--sync-interval", "0"], "--sync-interval"),
        (["--sync-interval", "often"], "--sync-interval"),
        (["--openapi", "no-such-file.yaml"], "no-such-file.yaml"),
        (["--data", "/"], "choose another file"),
        (["--data", "/no/such/folder/x.db"], "choose another file"),
    ],
)
def test_wrong_option_gets_one_line(arguments, message):
    """Exit code 2 and one line with what to do."""
    done = call("mock", "--port", 0, *arguments)
    lines = done.stderr.strip().splitlines()
    assert (done.returncode, len(lines), message in lines[0]) == (2, 1, True), done.stderr


@pytest.fixture(scope="module")
def banner():
    """The banner of a mock that was started without options."""
    with start_mock() as (_, text):
        yield text


def test_mock_on_the_command_line_has_no_control_interface(banner):
    """A mock that no other process controls has nothing at the paths of the control interface."""
    url = re.search(r"http://\S+", banner)[0]
    response = httpx.post(f"{url}/_storepact/reset", headers={"Authorization": ""}, trust_env=False)
    assert response.status_code == 404


def test_banner_has_a_curl_line_that_works(banner):
    """Without options two tokens are printed, and a curl line that works as it is."""
    line = next(line for line in banner.splitlines() if line.startswith("try:"))
    headers = dict(re.findall(r'-H "([\w-]+): ([^"]+)"', line))
    assert httpx.get(line.split()[-1], headers=headers, trust_env=False).json()["items"] == []
    assert len(re.findall(r"api-[0-9a-f]{32}", banner)) == 5  # the list, curl, and both variables of the test


def test_banner_has_a_line_that_tests_the_mock(tmp_path):
    """It sets both tokens, and names the mock as a target that may be written to."""
    with start_mock() as (_, banner):
        line = next(line for line in banner.splitlines() if line.startswith("test:"))
        tokens = dict(re.findall(r"(STOREPACT_\w+)=(api-[0-9a-f]{32})", line))
        words = shlex.split(line.partition("; storepact ")[2])
        few = (
            "--suite",
            "pacts",
            "--contracts",
            data_path("contracts/store-operator.json"),
            "--history",
            "none",
        )
        done = run(*words, *few, cwd=tmp_path, environment=tokens)
    assert (len(tokens), done.returncode) == (2, 0), done.stderr


def test_banner_exports_no_variable_that_is_there_already():
    """The token that a variable holds is not assigned to it again; without a writer nothing can be tested."""
    with start_mock("--token", "me=writer:STOREPACT_TOKEN", STOREPACT_TOKEN="mine-1") as (_, banner):
        assert re.search(
            r"(?m)^test:  storepact verify --target http://127.0.0.1:\d+ --allow-writes$", banner
        )
    with start_mock("--token", "me=reader:MINE", MINE="mine-1") as (_, banner):
        assert "test:" not in banner


def test_token_from_the_environment_is_not_printed():
    """A token from a variable is accepted, has its name in the log, and is not printed."""
    with start_mock("--token", "ci=reader:CI_TOKEN", CI_TOKEN="a-token-of-my-own") as (process, banner):
        url = re.search(r"http://\S+", banner)[0]
        headers = {"Authorization": "a-token-of-my-own", "LD-API-Version": "beta"}
        path = f"{url}{BASE}/default/test/redis/a-token-of-my-own"
        assert httpx.get(url + BASE, headers=headers, trust_env=False).status_code == 200
        assert httpx.get(path, headers=headers, trust_env=False).status_code == 404
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=10)
    assert "a-token-of-my-own" not in banner + out + err
    assert ("ci " in err, "$CI_TOKEN" in banner, process.returncode) == (True, True, 0)


def test_sync_has_commands_with_a_key():
    """With `--sync` there is a key, printed or from the environment; with it memberships are taken."""
    place = {"projectKey": "default", "environmentKey": "test", "segmentKey": "beta"}
    with start_mock("--sync", STOREPACT_MOCK_CONTROL="a-key-of-my-own") as (process, banner):
        url = re.search(r"http://\S+", banner)[0] + "/__mock__/segments"
        assert httpx.post(url, json=place, trust_env=False).status_code == 403
        headers = {"Authorization": "a-key-of-my-own"}
        done = httpx.post(url, json=place, headers=headers, trust_env=False)
        assert (done.status_code, done.json()["segmentRef"]) == (201, "beta.g1")
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=10)
    assert "a-key-of-my-own" not in banner + out + err
    assert "$STOREPACT_MOCK_CONTROL" in banner


def test_latency():
    """Each response is delayed, those of several clients at the same time."""
    with serve(MockOptions(latency_ms=300)) as running, ThreadPoolExecutor(4) as pool:

        def send(_):
            return httpx.get(
                running.url + BASE, headers=running.headers(), trust_env=False
            ).elapsed.total_seconds()

        waits = list(pool.map(send, range(4)))
    assert min(waits) >= 0.3


def test_log_masks_secrets():
    """A line has no token, no stored secret, no query and no control character."""
    tokens = Tokens()
    token = tokens.issue("writer")
    log = AccessLog(tokens, lambda text: text == "hunter-two")
    call = MockRequest("GET", f"/a/{token}/hunter-two/%1b", (("authorization", token),), query=f"t={token}")
    line = log.line(call, MockResponse(404, {"code": "x", "message": f"\x1b[31m{token}"}), 0.001)
    assert (token in line, "hunter" in line, "\x1b" in line, "writer" in line) == (False, False, False, True)


def test_list_faults_prints_the_table():
    """One line per fault: name, category, the check that must catch it, explanation."""
    rows = [line.split("\t") for line in call("mock", "--list-faults").stdout.splitlines()]
    faults = mock_definition().faults
    assert rows[1:] == [[fault.name, fault.category, fault.caught_by, fault.explanation] for fault in faults]
    assert len({fault.name for fault in faults}) == len(faults) >= 60


def test_list_choices_prints_the_table():
    """One line per choice, the default value first."""
    rows = [line.split("\t") for line in call("mock", "--list-choices").stdout.splitlines()]
    assert [row[0] for row in rows[1:]] == [choice.name for choice in mock_definition().choices]
    assert all(choice.default == choice.values[0] for choice in mock_definition().choices)
