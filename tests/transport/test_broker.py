"""Pacts from a broker and results to it; a local server has the broker's documented API."""

from __future__ import annotations

import json
import os
import shutil
import socket
import sys

import pytest

import commands
from broker_mock import broker_mock
from pact_files import interaction, write_pact
from storepact.model.errors import BrokerFailed, UsageError
from storepact.model.paths import data_path
from storepact.run.broker_results import fetch_pacts
from storepact.transport.broker import Broker, broker_url_of

SELECTORS = [{"mainBranch": True}]


@pytest.fixture
def broker():
    """A broker with the pact of store-operator."""
    with broker_mock() as state:
        state.pacts["store-operator"] = json.loads(data_path("contracts", "store-operator.json").read_text())
        yield state


def run(folder, broker, *arguments, token=None, url=None):
    """Run a command with the broker's token in the environment."""
    environment = {
        "PACT_BROKER_TOKEN": token or broker.token,
        "PACT_BROKER_BASE_URL": url or broker.url,
    }
    result = commands.call(*arguments, cwd=folder, environment=environment)
    assert broker.token not in result.stdout + result.stderr
    assert "Traceback" not in result.stderr
    return result


def verify(folder, broker, *arguments):
    return run(folder, broker, "verify", "--suite", "pacts", "--broker-url", broker.url, *arguments)


def fetch(broker, folder, consumer_branch=None):
    with Broker(broker.url, {"PACT_BROKER_TOKEN": broker.token}) as ours:
        return fetch_pacts(
            ours, "persistent-store-integrations", folder, consumer_branch=consumer_branch, branch=None
        )


def test_takes_pacts_and_gives_results(tmp_path, broker):
    """The pacts of main branches and of deployed versions are fetched, and their results published."""
    result = verify(tmp_path, broker, "--provider-version", "1.2.3", "--provider-branch", "main", "--publish")
    assert result.returncode == 0, result.stdout + result.stderr
    assert broker.selectors == [
        {
            "consumerVersionSelectors": [{"mainBranch": True}, {"deployedOrReleased": True}],
            "includePendingStatus": True,
            "providerVersionBranch": "main",
        }
    ]
    ((consumer, published),) = broker.results
    assert (consumer, published["success"], published["providerApplicationVersion"]) == (
        "store-operator",
        True,
        "1.2.3",
    )
    assert {"interactionDescription": "list the stores", "success": True} in published["testResults"]
    assert len(published["testResults"]) == 6
    assert broker.branches == ["main 1.2.3"]
    assert result.stdout.endswith("published to the broker: store-operator: verified\n")


def test_broken_pact_is_told(tmp_path, broker):
    """A failed pact is published as failed, with the interaction that failed."""
    broker.pacts["store-operator"]["interactions"][0]["response"]["status"] = 202
    result = verify(tmp_path, broker, "--provider-version", "1", "--publish")
    assert result.returncode == 1
    published = broker.results[0][1]
    assert published["success"] is False
    assert [
        testResult["interactionDescription"]
        for testResult in published["testResults"]
        if not testResult["success"]
    ] == ["list the stores"]


def test_pending_pact_breaks_nothing(tmp_path, broker):
    """A pending pact that fails is published as failed, and the run conforms."""
    broker.pacts["store-operator"]["interactions"][0]["response"]["status"] = 202
    broker.pending = {"store-operator"}
    options = ("--provider-version", "1", "--provider-branch", "main", "--publish", "--verbose")
    result = verify(tmp_path, broker, *options)
    assert result.returncode == 0, result.stdout
    assert "the pact calls it pending, and it does not hold yet" in " ".join(result.stdout.split())
    assert broker.results[0][1]["success"] is False


def test_what_was_not_verified_has_no_result(tmp_path, broker):
    """A pact that was not verified has no published result, and the report says so."""
    broker.pacts["store-operator"]["interactions"][0]["providerStates"] = [{"name": "the moon is full"}]
    result = verify(tmp_path, broker, "--provider-version", "1", "--publish", "--verbose")
    assert result.returncode == 3
    assert broker.results == []
    assert "not published: 1 of its 6 interactions were not verified" in " ".join(result.stdout.split())


def test_another_branch(tmp_path, broker):
    """With a consumer branch only the pacts of that branch are fetched."""
    fetch(broker, tmp_path, consumer_branch="feature")
    assert broker.selectors == [
        {"consumerVersionSelectors": [{"branch": "feature"}], "includePendingStatus": False}
    ]


def test_no_pacts(tmp_path, broker):
    """A broker without pacts leaves the run undetermined."""
    broker.pacts.clear()
    result = verify(tmp_path, broker)
    assert (result.returncode, result.stdout) == (3, "")
    assert (
        "it has no pact with 'persistent-store-integrations' of a main branch, deployed or released"
        in result.stderr
    )


def test_old_pacts_do_not_stay(tmp_path, broker):
    """Pacts that an earlier run fetched are deleted when a run fetches others."""
    assert [pact.file for pact in fetch(broker, tmp_path)] == ["00-store-operator.json"]
    broker.pacts = {"another": {**broker.pacts["store-operator"], "consumer": {"name": "another"}}}
    fetch(broker, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["00-another.json"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--publish",), "--publish needs --provider-version"),
        (("--contracts", "."), "give either --contracts or --broker-url"),
    ],
)
def test_wrong_usage(tmp_path, broker, arguments, words):
    """Options that exclude each other are an error before any request."""
    result = verify(tmp_path, broker, *arguments)
    assert result.returncode == 2
    assert words in result.stderr
    assert broker.asked == []


def test_options_without_a_broker(tmp_path, broker):
    """Options for a broker need --broker-url."""
    result = run(tmp_path, broker, "verify", "--suite", "pacts", "--publish")
    assert (result.returncode, result.stderr.startswith("storepact: --publish, --provider-branch")) == (
        2,
        True,
    )


def refusal_of_broker(url="", token="t", **state):
    with broker_mock() as standing:
        for name, value in state.items():
            setattr(standing, name, value)
        with (
            Broker(url or standing.url, {"PACT_BROKER_TOKEN": token or standing.token}) as broker,
            pytest.raises(BrokerFailed) as caught,
        ):
            list(broker.pacts("persistent-store-integrations", SELECTORS))
        return str(caught.value)


def test_refused_token():
    """A refused token is an error that names the variable."""
    assert refusal_of_broker(token="wrong").endswith("it refuses the token (401); check PACT_BROKER_TOKEN")


def test_link_to_another_place():
    """No token is sent to another host that a link of the broker leads to."""
    assert "its link leads to another place, evil.example.com" in refusal_of_broker(
        token="", elsewhere="http://evil.example.com"
    )


def test_closed_port():
    """A broker that cannot be reached is an error that says so."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        assert "it cannot be reached" in refusal_of_broker(f"http://127.0.0.1:{held.getsockname()[1]}")


def test_no_broker(provider_mock):
    """A server that is no broker is an error that says so."""
    assert "is that" in refusal_of_broker(provider_mock.url)


@pytest.mark.parametrize("url", ["broker.example.com", "ftp://x", "http://", "http://user:secret@x"])
def test_url(url):
    """A broker needs a URL without credentials, which the message does not repeat."""
    with pytest.raises(UsageError) as caught:
        broker_url_of(url)
    assert "secret" not in str(caught.value)


# the official command line

needs_cli = pytest.mark.skipif(
    not (os.access(os.path.join(os.path.dirname(sys.executable), "pact"), os.X_OK) or shutil.which("pact")),
    reason="the pact command line is not installed",
)


@needs_cli
def test_publish(tmp_path, broker):
    """`contracts publish` publishes a pact with its version, branch and tag."""
    path = write_pact(tmp_path / "mine.json", interaction(body={"name": "x"}), consumer="mine")
    result = run(
        tmp_path,
        broker,
        "contracts",
        "publish",
        str(path),
        "--version",
        "abc",
        "--branch",
        "main",
        "--tag",
        "prod",
    )
    assert result.returncode == 0, result.stdout + result.stderr
    published = broker.published[0]
    assert (
        published["pacticipantName"],
        published["pacticipantVersionNumber"],
        published["branch"],
        published["tags"],
    ) == (
        "mine",
        "abc",
        "main",
        ["prod"],
    )
    assert broker.pacts["mine"]["interactions"][0]["description"] == "asks"


@needs_cli
@pytest.mark.parametrize(("deployable", "code"), [(True, 0), (False, 1)])
def test_can_i_deploy(tmp_path, broker, deployable, code):
    """The exit code of can-i-deploy is the broker's result."""
    broker.deployable = deployable
    result = run(
        tmp_path, broker, "contracts", "can-i-deploy", "--version", "1", "--to-environment", "production"
    )
    assert result.returncode == code
    assert "Computer says" in result.stdout
    assert broker.matrix[0]["q[][pacticipant]"] == ["persistent-store-integrations"]


@needs_cli
def test_command_line_that_cannot_ask(tmp_path, broker):
    """A broker that does not respond is undetermined, not a negative result."""
    result = run(
        tmp_path,
        broker,
        "contracts",
        "can-i-deploy",
        "--version",
        "1",
        "--to-environment",
        "p",
        url="http://127.0.0.1:1",
    )
    assert (result.returncode, result.stdout) == (3, "")
    result = run(tmp_path, broker, "contracts", "publish", "--version", "1", token="another")
    assert result.returncode == 3
    assert "check PACT_BROKER_TOKEN" in result.stderr


def test_which_broker(tmp_path, broker):
    """Without a URL the message names the option and the variable."""
    result = run(tmp_path, broker, "contracts", "publish", "--version", "1", url=" ")
    assert result.returncode == 2
