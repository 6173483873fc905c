"""`storepact cleanup`: what runs have left is found by its mark and deleted; nothing else is touched."""

from __future__ import annotations

import json
import signal
import subprocess
from datetime import UTC, datetime, timedelta

import pytest

import commands
from commands import clean_environment, command
from fault_proxy import fault_proxy, passing, response
from mock_client import BASE
from small_provider import SmallProvider, serve_provider
from storepact.model.run_mark import RunMark, find_run_marks, make_run_mark

TOKEN = "api-a-token-for-this-test"
PLACE = {"projectKey": "default", "environmentKey": "test", "integrationKey": "redis"}
OLD = RunMark(datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), "0a1b2c3d")


def call(*arguments):
    return commands.call(*arguments, environment={"STOREPACT_TOKEN": TOKEN})


@pytest.fixture
def provider():
    """A provider with leftovers of an old run and of one that has just begun, and a resource of others."""
    provider = SmallProvider()
    provider.resources = {
        "old": {"_id": "old", "name": f"{OLD} ordinary", **PLACE},
        "new": {"_id": "new", "tags": [f"{make_run_mark()}-3"], **PLACE},
        "theirs": {"_id": "theirs", "name": "storepact production", **PLACE},
    }
    with serve_provider(provider) as provider.url:
        yield provider


def test_everything_that_is_marked(provider):
    """Without an age all that carries a mark goes, is shown first, and nothing else is touched."""
    done = call("cleanup", "--target", provider.url)
    assert (done.returncode, list(provider.resources)) == (0, ["theirs"]), done.stdout + done.stderr
    first, *rest = done.stdout.splitlines()
    assert first == f"2 resources of storepact runs at {provider.url}"
    assert f"default/test redis old: {OLD}, 2026-01-02 03:04:05 UTC" in rest[0]
    assert rest[-1] == "2 deleted"


def test_dry_run(provider):
    """Nothing is deleted; only reads are sent."""
    done = call("cleanup", "--target", provider.url, "--dry-run")
    assert (done.returncode, len(provider.resources)) == (0, 3)
    assert {method for method, _ in provider.requests} == {"GET"}


@pytest.mark.parametrize("age", ["-2h", "-1s"])
def test_age_below_zero(provider, age):
    """It is wrong usage and not all ages: what a run that is going on has created would be deleted."""
    done = call("cleanup", "--target", provider.url, "--older-than", age)
    assert (done.returncode, done.stderr.count("\n"), len(provider.resources)) == (2, 1, 3)
    assert provider.requests == []


def test_list_that_names_resources_twice(provider):
    """Each is deleted once, and counted once."""

    def choose(exchange):
        body = json.dumps({"items": 2 * list(provider.resources.values())}).encode()
        listing = response(200, body, media="application/json")
        is_list = exchange.method == "GET" and exchange.path == BASE
        return (lambda it: it.send(listing) or True) if is_list else passing

    with fault_proxy(provider.url, choose) as proxy:
        done = call("cleanup", "--target", proxy.url)
    assert (done.returncode, list(provider.resources)) == (0, ["theirs"]), done.stdout + done.stderr
    assert done.stdout.startswith("2 resources")
    assert done.stdout.endswith("2 deleted\n")


@pytest.mark.parametrize("status", [None, 502])
def test_every_third_request_fails(provider, status):
    """A clean-up has no verdict that failures could spoil: it goes on as long as there are answers."""
    provider.resources |= {f"old{n}": {"_id": f"old{n}", "name": f"{OLD} {n}", **PLACE} for n in range(6)}
    fails = (lambda it: it.reset()) if status is None else (lambda it: it.send(response(status, b"")) or True)
    with fault_proxy(provider.url, lambda it: passing if it.number % 3 else fails) as proxy:
        done = call("cleanup", "--target", proxy.url)
    assert (done.returncode, list(provider.resources)) == (0, ["theirs"]), done.stdout + done.stderr


@pytest.mark.parametrize("age", ["2h", "30m", "1d"])
def test_older_than(provider, age):
    """What a younger run has left stays."""
    assert call("cleanup", "--target", provider.url, "--older-than", age).returncode == 0
    assert sorted(provider.resources) == ["new", "theirs"]


@pytest.mark.parametrize("option", [("--project", "other"), ("--environment", "staging")])
def test_other_place(provider, option):
    """Where a project or environment is named, only what lies there goes."""
    assert call("cleanup", "--target", provider.url, *option).returncode == 0
    assert len(provider.resources) == 3


def test_refused_delete(provider):
    """What cannot be deleted is a line with its status, and exit code 1."""
    answer = provider.respond
    provider.respond = lambda method, *rest: (403, {}) if method == "DELETE" else answer(method, *rest)
    done = call("cleanup", "--target", provider.url)
    assert done.returncode == 1
    lines = [line for line in done.stdout.splitlines() if line.startswith("could not delete")]
    assert len(lines) == 2
    assert lines[0].endswith("/redis/old: its delete was answered with 403")
    assert len(provider.resources) == 3


def test_outage(provider):
    """Where the target answers no more, what is left is a line each, with the reason; the exit code is 3."""

    def choose(exchange):
        return passing if exchange.number <= 1 else lambda it: it.send(response(503, b"")) or True

    with fault_proxy(provider.url, choose) as proxy:
        done = call("cleanup", "--target", proxy.url, "--patience", "1")
    lines = [line for line in done.stdout.splitlines() if line.startswith("could not delete")]
    assert (done.returncode, len(lines), len(provider.resources)) == (3, 2, 3), done.stdout + done.stderr
    assert "/redis/old: " in lines[0]
    assert "/redis/new: " in lines[1]
    assert all("503" in line for line in lines)


def test_resource_that_loses_its_mark(provider):
    """Each resource is read before its delete: what the list alone calls ours is left alone."""
    answer = provider.respond

    def respond(method, path, headers, body):
        status, resource = answer(method, path, headers, body)
        return (200, {"_id": "old", "name": "production"}) if path.endswith("/old") else (status, resource)

    provider.respond = respond
    done = call("cleanup", "--target", provider.url)
    assert done.returncode == 1
    assert "old: not sent" in done.stdout
    assert ("DELETE", f"{BASE}/default/test/redis/old") not in provider.requests


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ((), 2, "--target TEXT is missing: "),
        (("--target", "mock"), 2, "a live target is needed: --target commercial, "),
        (("--target", "http://127.0.0.1:1"), 3, "cannot reach"),
        (("--target", "http://127.0.0.1:1", "--older-than", "soon"), 2, "--older-than"),
        (("--target", "nowhere"), 2, "nowhere"),
    ],
)
def test_wrong_call(arguments, code, message):
    """A wrong or unreachable target and an age that is none are one line on stderr."""
    done = call("cleanup", *arguments)
    assert (done.returncode, done.stderr.count("\n")) == (code, 1), done.stderr
    assert message in done.stderr


def test_target_that_lists_nothing(provider):
    """A response without a list is exit code 3, and nothing is deleted."""
    provider.respond = lambda *request: (200, {"status": "ok"})
    assert call("cleanup", "--target", provider.url).returncode == 3


def test_marks_are_told_from_other_texts():
    """Only the form of a mark with a date that exists counts; the age is that of the run."""
    mark = make_run_mark()
    no_dates = "storepact-20261399000000-00000000 storepact-2613990000-0000"
    text = f"storepact storepact-1 {no_dates} {mark}-01-7 {mark}X"
    assert list(find_run_marks(text)) == [mark, mark]
    former = "storepact-20261127041530-9f2c1a7b"
    assert [str(own) for own in find_run_marks(f"{former}-01 ordinary")] == [former]
    assert mark.age(mark.started + timedelta(hours=2)) == timedelta(hours=2)
    assert mark > OLD


class KillingProvider(SmallProvider):
    """Kills the process that sends the requests when so many creates have been carried out."""

    def __init__(self, moment):
        super().__init__()
        self.moment, self.process = moment, None
        self.resources = {"theirs": {"_id": "theirs", "name": "storepact production", **PLACE}}

    def respond(self, method, path, headers, body):
        response = super().respond(method, path, headers, body)
        self.moment -= method == "POST" and response[0] == 201
        if self.moment == 0:
            self.process.kill()
        return response


@pytest.mark.parametrize("moment", [1, 5])
def test_killed_run(tmp_path, moment):
    """After kill -9 in the middle of a run, cleanup from a fresh folder leaves only what is not ours."""
    provider = KillingProvider(moment)
    with serve_provider(provider) as provider.url:
        provider.process = subprocess.Popen(
            command(
                "verify",
                "--target",
                provider.url,
                "--allow-writes",
                "--suite",
                "lifecycle",
                "--history",
                "none",
            ),
            cwd=tmp_path,
            env=clean_environment({"STOREPACT_TOKEN": TOKEN}),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        assert provider.process.wait(120) == -signal.SIGKILL
        assert len(provider.resources) > 1
        assert call("cleanup", "--target", provider.url).returncode == 0
        assert list(provider.resources) == ["theirs"]
