"""The mock as its users meet it: over HTTP, from the command line, in their own tests."""

from __future__ import annotations

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import textwrap
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import httpx
import pytest

from storepact.checks import CHECKS
from storepact.families import mock_definition
from storepact.families.persistent_store.api import BASE
from storepact.families.persistent_store.provider.headers import RATE_LIMITS
from storepact.mock.access_log import AccessLog
from storepact.mock.exchange import MockRefusal, MockRequest, MockResponse
from storepact.mock.faults import select_faults
from storepact.mock.limits import Limits
from storepact.mock.serve import MockOptions, serve
from storepact.mock.tokens import Tokens
from storepact.model.errors import UnknownName, UsageError

REDIS = {"name": "orders", "config": {"host": "redis.example.com", "password": "correct-horse-battery"}}
COLLECTION = f"{BASE}/default/test/redis"


@pytest.fixture
def api(provider_mock):
    """A client of the mock with the writer's token."""
    with httpx.Client(
        base_url=provider_mock.url, headers=provider_mock.headers(), trust_env=False, timeout=20
    ) as client:
        client.mock = provider_mock
        yield client


def create(api, **body):
    response = api.post(COLLECTION, json={**REDIS, **body})
    assert response.status_code == 201, response.text
    return response.json()


def path_of(item):
    return item["_links"]["self"]["href"]


def patch(api, item, *operations, **more):
    return api.patch(path_of(item), json=list(operations), **more)


# what the documents say


def test_defaults(api):
    """Without on, port and tags it is off, at 6379 and without tags; its version is 1."""
    item = create(api)
    members = (
        item["on"],
        item["config"]["port"],
        item["config"]["tlsEnabled"],
        item["tags"],
        item["version"],
    )
    assert members == (False, "6379", False, [], 1)


def test_secret_is_redacted_everywhere(api):
    """No response has the password; the redacted form keeps three characters at either end."""
    item = create(api)
    responses = [
        api.get(path_of(item)),
        api.get(BASE),
        patch(api, item, {"op": "replace", "path": "/on", "value": True}),
    ]
    assert all("correct-horse" not in response.text for response in responses)
    assert responses[0].json()["config"]["password"] == "cor********ery"


def test_redacted_secret_written_back_is_left_alone(api):
    """Writing back the config of a response changes nothing, not even the version."""
    item = create(api)
    again = patch(api, item, {"op": "replace", "path": "/config", "value": item["config"]}).json()
    assert (again["version"], again["config"]) == (1, item["config"])
    other = patch(
        api, item, {"op": "replace", "path": "/config/password", "value": "another-good-secret"}
    ).json()
    assert (other["version"], other["config"]["password"]) == (2, "ano********ret")


def test_tags_keep_their_order(api):
    """Tags are an array, not a set."""
    assert create(api, tags=["b", "a", "b"])["tags"] == ["b", "a", "b"]


def test_version_counts_effective_updates(api):
    """A patch with an effect increases the version by 1, one without does not."""
    item = create(api)
    rename = {"op": "replace", "path": "/name", "value": "renamed"}
    versions = [
        patch(api, item, *operations).json()["version"]
        for operations in ([rename], [rename], [], [rename, rename])
    ]
    assert versions == [2, 2, 2, 2]


def test_patch_is_all_or_nothing(api):
    """An operation that fails undoes those before it."""
    item = create(api)
    rename = {"op": "replace", "path": "/name", "value": "renamed"}
    assert patch(api, item, rename, {"op": "test", "path": "/version", "value": 9}).status_code == 409
    assert patch(api, item, rename, {"op": "replace", "path": "/on", "value": "yes"}).status_code == 400
    assert patch(api, item, rename, {"op": "remove", "path": "/tags/3"}).status_code == 422
    assert api.get(path_of(item)).json() == item


def test_patch_in_a_wrapper(api):
    """`{comment, patch}` does the same as the bare patch."""
    item = create(api)
    body = {"comment": "why", "patch": [{"op": "add", "path": "/tags/-", "value": "new"}]}
    assert api.patch(path_of(item), json=body).json()["tags"] == ["new"]


@pytest.mark.parametrize(
    "member", ["_id", "_links", "version", "projectKey", "environmentKey", "integrationKey"]
)
def test_members_set_by_the_provider_cannot_be_edited(api, member):
    """422, and nothing has changed."""
    item = create(api)
    assert patch(api, item, {"op": "replace", "path": f"/{member}", "value": "x"}).status_code == 422
    assert api.get(path_of(item)).json() == item


@pytest.mark.parametrize(
    "change", [("default", "sandbox"), ("/test/", "/production/"), ("/redis/", "/dynamodb/")]
)
def test_id_under_another_path_is_not_found(api, change):
    """An id exists only under its own project, environment and kind."""
    assert api.get(path_of(create(api)).replace(*change)).status_code == 404


def test_first_of_two_version_headers_counts(api):
    """`beta, 20240415` is accepted, `20240415, beta` is refused."""
    token = api.mock.tokens["writer"]
    versions = [("LD-API-Version", "beta"), ("LD-API-Version", "20240415")]
    for headers, status in ((versions, 200), (versions[::-1], 403)):
        with httpx.Client(base_url=api.mock.url, trust_env=False) as plain:
            assert plain.get(BASE, headers=[("Authorization", token), *headers]).status_code == status


def test_bearer_is_refused(api):
    """Authorization has the token alone."""
    assert api.get(BASE, headers={"Authorization": f"Bearer {api.mock.tokens['writer']}"}).status_code == 401


def test_reader_reads(api):
    """A read-only token reads, `_access` denies it the rest, and a delete is refused."""
    item, reader = create(api), api.mock.headers("reader")
    access = api.get(path_of(item), headers=reader).json()["_access"]
    assert {entry["action"] for entry in access["denied"]} == {"updateIntegration", "deleteIntegration"}
    assert api.delete(path_of(item), headers=reader).status_code == 403
    assert api.get(path_of(item)).json()["_access"]["denied"] == []


def test_links_lead_somewhere(api):
    """Every link of an integration leads to 200 on the same host."""
    links = create(api)["_links"]
    assert {api.get(link["href"]).status_code for link in links.values()} == {200}
    assert set(links) == {"self", "parent", "project", "environment"}


def test_error_has_the_common_form(api):
    """`{code, message, id}`, as JSON."""
    response = api.get(f"{COLLECTION}/nothing")
    assert (set(response.json()), response.headers["content-type"]) == (
        {"code", "message", "id"},
        "application/json",
    )


def test_wrong_verb_gets_the_right_ones(api):
    """405 with Allow."""
    response = api.put(f"{COLLECTION}/x", json={})
    assert (response.status_code, response.headers["allow"]) == (405, "DELETE, GET, PATCH")


def test_deleted_is_gone(api):
    """After 204 every verb gets 404, and the list does not have the integration."""
    item = create(api)
    assert (api.delete(path_of(item)).status_code, api.delete(path_of(item)).status_code) == (204, 404)
    assert (
        api.get(path_of(item)).status_code,
        patch(api, item).status_code,
        api.get(BASE).json()["items"],
    ) == (404, 404, [])


def test_preflight(api):
    """OPTIONS needs no token and returns the verbs; the origin is echoed in every response."""
    with httpx.Client(
        base_url=api.mock.url, trust_env=False, headers={"Origin": "https://app.example.com"}
    ) as browser:
        response, refused = browser.options(f"{COLLECTION}/x"), browser.get(BASE)
    assert (response.status_code, response.headers["access-control-allow-methods"]) == (
        204,
        "DELETE, GET, OPTIONS, PATCH",
    )
    assert (refused.status_code, refused.headers["access-control-allow-origin"]) == (
        401,
        "https://app.example.com",
    )


def test_verbs_can_be_tunnelled(api):
    """X-HTTP-Method-Override turns a POST, and only a POST, into PATCH or DELETE."""
    path = path_of(create(api))
    rename = [{"op": "replace", "path": "/name", "value": "tunnelled"}]
    assert (
        api.post(path, json=rename, headers={"X-HTTP-Method-Override": "PATCH"}).json()["name"] == "tunnelled"
    )
    assert api.get(path, headers={"X-HTTP-Method-Override": "DELETE"}).status_code == 200
    assert api.post(path, headers={"X-HTTP-Method-Override": "GET"}).status_code == 400
    assert api.post(path, headers={"X-HTTP-Method-Override": "DELETE"}).status_code == 204


@pytest.mark.provider_mock(limits={"global": 1_000, "route": 1_000, "token": 3})
def test_limits_are_described_and_enforced(api):
    """Each response describes every limit; a request beyond the limit gets 429 with Retry-After."""
    responses = [api.get(BASE) for _ in range(8)]
    first, last = responses[0].headers, responses[-1]
    assert (first["x-ratelimit-auth-token-limit"], first["x-ratelimit-route-limit"]) == ("3", "1000")
    assert len(first["x-ratelimit-reset"]) == len(first["x-ratelimit-auth-token-reset"]) == 13
    assert (last.status_code, last.json()["code"]) == (429, "rate_limited")
    assert last.headers["x-ratelimit-auth-token-remaining"] == "0"
    assert 1 <= int(last.headers["retry-after"]) <= 11


def test_limits_are_reset_with_each_window():
    """Each scope has its own count; ten seconds later all counts are zero."""
    now = [1_000_000_000.0]
    limits = Limits(RATE_LIMITS, {"route": 2, "token": 3}, clock=lambda: now[0])
    assert limits.spend("get", "a")["X-Ratelimit-Route-Remaining"] == "1"
    assert limits.spend("get", "b")["X-Ratelimit-Auth-Token-Remaining"] == "2"
    with pytest.raises(MockRefusal, match="route"):
        limits.spend("get", "a")
    now[0] += 10
    assert limits.spend("get", "a") == {
        "X-Ratelimit-Route-Limit": "2", "X-Ratelimit-Route-Remaining": "1", "X-Ratelimit-Reset": "1000000020000",
        "X-Ratelimit-Auth-Token-Limit": "3", "X-Ratelimit-Auth-Token-Remaining": "2",
        "X-Ratelimit-Auth-Token-Reset": "1000000020000",
    }  # fmt: skip


def test_no_limit_no_header(api):
    """A limit that is not enforced has no headers."""
    assert not [name for name in api.get(BASE).headers if name.startswith("x-ratelimit")]


@pytest.mark.parametrize("round_", range(5))
def test_one_of_many_writers_wins(api, round_):
    """Of eight patches at once that test for one version exactly one is done."""
    item, barrier = create(api), threading.Barrier(8)

    def write(number):
        with httpx.Client(
            base_url=api.mock.url, headers=api.mock.headers(), trust_env=False, timeout=20
        ) as client:
            barrier.wait()
            operations = [
                {"op": "test", "path": "/version", "value": 1},
                {"op": "replace", "path": "/name", "value": str(number)},
            ]
            return client.patch(path_of(item), json=operations).status_code

    with ThreadPoolExecutor(8) as pool:
        statuses = sorted(pool.map(write, range(8)))
    assert (statuses, api.get(path_of(item)).json()["version"]) == ([200] + [409] * 7, 2)


# the data file


def test_data_outlives_the_process(tmp_path):
    """An integration is there after a restart, secrets included; only the owner can read the file."""
    order = MockOptions(data=tmp_path / "mock.db")
    with (
        serve(order) as running,
        httpx.Client(base_url=running.url, headers=running.headers(), trust_env=False) as client,
    ):
        item = client.post(COLLECTION, json=REDIS).json()
    with (
        serve(order) as running,
        httpx.Client(base_url=running.url, headers=running.headers(), trust_env=False) as client,
    ):
        assert client.get(path_of(item)).json() == item
    assert (tmp_path / "mock.db").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("round_", range(6))
def test_kill_loses_no_confirmed_write(tmp_path, round_):
    """`kill -9` under load, each time a little later: every write that got a response is there."""
    order = MockOptions(data=tmp_path / "mock.db")
    confirmed, lock = {}, threading.Lock()

    def load(running, number):
        with httpx.Client(base_url=running.url, headers=running.headers(), trust_env=False) as client:
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

    with serve(order) as running, ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda number: load(running, number), range(3)))
    with (
        serve(order) as running,
        httpx.Client(base_url=running.url, headers=running.headers(), trust_env=False) as client,
    ):
        stored = {item["_id"]: item for item in client.get(BASE).json()["items"]}
    for identifier, item in confirmed.items():  # an update without a response may have been applied
        assert stored[identifier]["version"] >= item["version"]
    assert all(item["name"] == "renamed" if item["version"] == 2 else True for item in stored.values())


# the command line


def command(*arguments, **environment):
    clean = {name: value for name, value in os.environ.items() if not name.startswith("STOREPACT_")}
    done = subprocess.run(
        [sys.executable, "-m", "storepact", "mock", *map(str, arguments)],
        env={**clean, **environment}, capture_output=True, text=True, timeout=30, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert "Traceback" not in done.stderr
    return done


@contextmanager
def started(*arguments, **environment):
    clean = {name: value for name, value in os.environ.items() if not name.startswith("STOREPACT_")}
    process = subprocess.Popen(
        [sys.executable, "-m", "storepact", "mock", "--port", "0", *map(str, arguments)],
        env={**clean, **environment}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        lines = []
        for line in process.stdout:
            lines.append(line)
            if line.startswith("stop:"):
                break
        yield process, "".join(lines)
    finally:
        process.kill()
        process.communicate()


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
        (["--openapi", "no-such-file.yaml"], "no-such-file.yaml"),
        (["--data", "/"], "choose another file"),
        (["--data", "/no/such/folder/x.db"], "choose another file"),
    ],
)
def test_wrong_option_gets_one_line(arguments, message):
    """Exit code 2 and one line with what to do."""
    done = command("--port", 0, *arguments)
    lines = done.stderr.strip().splitlines()
    assert (done.returncode, len(lines), message in lines[0]) == (2, 1, True), done.stderr


@pytest.mark.parametrize(
    "content", [b"not a database, whatever it is, and long enough to be read as one" * 40, b"x"]
)
def test_foreign_data_file_is_left_alone(tmp_path, content):
    """A file that the mock did not write is refused and not changed."""
    path = tmp_path / "other.db"
    path.write_bytes(content)
    done = command("--port", 0, "--data", path)
    assert (done.returncode, path.read_bytes() == content) == (2, True), done.stderr


def test_newer_data_file_is_left_alone(tmp_path):
    """A file of a later format is refused."""
    path = tmp_path / "mock.db"
    with serve(MockOptions(data=path)):
        pass
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    assert "newer storepact" in command("--port", 0, "--data", path).stderr


def test_banner_has_a_curl_line_that_works():
    """Without options two tokens are printed, and a curl line that works as it is."""
    with started() as (_, banner):
        line = next(line for line in banner.splitlines() if line.startswith("try:"))
        headers = dict(re.findall(r'-H "([\w-]+): ([^"]+)"', line))
        assert httpx.get(line.split()[-1], headers=headers, trust_env=False).json()["items"] == []
        assert len(re.findall(r"api-[0-9a-f]{32}", banner)) == 3


def test_token_from_the_environment_is_not_printed():
    """A token from a variable is accepted, has its name in the log, and is not printed."""
    with started("--token", "ci=reader:CI_TOKEN", CI_TOKEN="a-token-of-my-own") as (process, banner):
        url = re.search(r"http://\S+", banner)[0]
        headers = {"Authorization": "a-token-of-my-own", "LD-API-Version": "beta"}
        path = f"{url}{BASE}/default/test/redis/a-token-of-my-own"
        assert httpx.get(url + BASE, headers=headers, trust_env=False).status_code == 200
        assert httpx.get(path, headers=headers, trust_env=False).status_code == 404
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=10)
    assert "a-token-of-my-own" not in banner + out + err
    assert ("ci " in err, "$CI_TOKEN" in banner, process.returncode) == (True, True, 0)


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
    rows = [line.split("\t") for line in command("--list-faults").stdout.splitlines()]
    faults = mock_definition().faults
    assert rows[1:] == [[fault.name, fault.category, fault.caught_by, fault.explanation] for fault in faults]
    assert len({fault.name for fault in faults}) == len(faults) >= 60


def test_list_choices_prints_the_table():
    """One line per choice, the default value first."""
    rows = [line.split("\t") for line in command("--list-choices").stdout.splitlines()]
    assert [row[0] for row in rows[1:]] == [choice.name for choice in mock_definition().choices]
    assert all(choice.default == choice.values[0] for choice in mock_definition().choices)


def test_caught_by_is_a_code():
    """Each fault names the code of a check: one that judges single exchanges, or one of those about time and state."""
    single = {check.code for check in CHECKS}
    later = {"SP112", "SP302", "SP303", *(f"SP6{number:02}" for number in range(1, 14))}
    assert {fault.caught_by for fault in mock_definition().faults} <= single | later


# in code


def test_configure_and_issue(provider_mock):
    """A running mock accepts choices, faults and limits, issues tokens, and refuses unknown names."""
    provider_mock.configure(choices={"unknown-kind": "400"})
    tokens = provider_mock.issue("reader")
    headers = {"Authorization": tokens["reader"], "LD-API-Version": "beta"}
    assert (
        httpx.get(
            f"{provider_mock.url}{BASE}/default/test/cassandra/x", headers=headers, trust_env=False
        ).status_code
        == 400
    )
    for wrong in ({"choices": {"ids": "roman"}}, {"faults": ["nothing"]}, {"limits": {"user": 1}}):
        with pytest.raises(UsageError):
            provider_mock.configure(**wrong)
    with pytest.raises(UsageError):
        provider_mock.issue("emperor")


def test_control_interface_needs_its_key(provider_mock):
    """Without the key every command gets 403; a mock that was started by hand has no control interface."""
    for path in ("tokens", "reset", "settings"):
        response = httpx.post(
            f"{provider_mock.url}/_storepact/{path}", headers=provider_mock.headers(), trust_env=False
        )
        assert response.status_code == 403
    with started() as (_, banner):
        url = re.search(r"http://\S+", banner)[0]
        assert (
            httpx.post(f"{url}/_storepact/reset", headers={"Authorization": ""}, trust_env=False).status_code
            == 404
        )


def test_unknown_fault_is_named():
    """The nearest name is offered."""
    with pytest.raises(UnknownName, match="stale-read"):
        select_faults(mock_definition().faults, ["stale-reads"])


def test_fixture_for_consumers(tmp_path):
    """A suite outside this repository gets `provider_mock`, configured by the marker."""
    (tmp_path / "test_mine.py").write_text(
        textwrap.dedent(
            """
            import json, urllib.request, urllib.error
            import pytest

            def status(mock, path):
                try:
                    return urllib.request.urlopen(urllib.request.Request(mock.url + path, headers=mock.headers())).status
                except urllib.error.HTTPError as error:
                    error.close()
                    return error.code

            def test_empty(provider_mock):
                assert status(provider_mock, "/api/v2/integration-capabilities/big-segment-store") == 200

            @pytest.mark.provider_mock(choices={"unknown-kind": "400"})
            def test_configured(provider_mock):
                assert status(provider_mock, "/api/v2/integration-capabilities/big-segment-store/default/test/x/y") == 400
            """
        )
    )
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "--strict-markers", "-p", "no:cacheprovider", str(tmp_path)],
        cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert "2 passed" in done.stdout, done.stdout + done.stderr


def test_official_client_round_trip(provider_mock):
    """The official Python client creates, gets, lists, updates, deletes, and raises its own errors."""
    ld = pytest.importorskip("launchdarkly_api", reason="the extra storepact[consumers] is not installed")

    def api(token):
        client = ld.ApiClient(
            ld.Configuration(host=provider_mock.url, api_key={"ApiKey": token}, retries=False)
        )
        client.set_default_header("LD-API-Version", "beta")
        return ld.PersistentStoreIntegrationsBetaApi(client)

    place, writer = ("default", "test", "redis"), api(provider_mock.tokens["writer"])
    created = writer.create_big_segment_store_integration(
        *place, ld.IntegrationDeliveryConfigurationPost(**REDIS)
    )
    assert writer.get_big_segment_store_integration(*place, created.id).version == 1
    assert [item.id for item in writer.get_big_segment_store_integrations().items] == [created.id]
    rename = ld.PatchOperation(op="replace", path="/name", value="renamed")
    assert writer.patch_big_segment_store_integration(*place, created.id, [rename]).name == "renamed"
    stale = ld.PatchOperation(op="test", path="/version", value=1)
    errors = ld.exceptions
    for error, call in (
        (errors.ConflictException, lambda: writer.patch_big_segment_store_integration(*place, created.id, [stale])),
        (errors.BadRequestException, lambda: writer.create_big_segment_store_integration(
            *place, ld.IntegrationDeliveryConfigurationPost(config={}))),
        (errors.UnauthorizedException, lambda: api("api-unknown").get_big_segment_store_integrations()),
        (errors.ForbiddenException, lambda: api(provider_mock.tokens["reader"]).delete_big_segment_store_integration(
            *place, created.id)),
        (errors.NotFoundException, lambda: writer.get_big_segment_store_integration(*place, "0" * 24)),
    ):  # fmt: skip
        with pytest.raises(error) as raised:
            call()
        assert {"code", "message"} <= json.loads(raised.value.body).keys()
    assert writer.delete_big_segment_store_integration(*place, created.id) is None
    assert writer.get_big_segment_store_integrations().items == []
