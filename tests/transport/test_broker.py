"""Pacts from a broker, results to it, and the official command line; the broker is a stand-in of its documented API."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys

import pytest

from broker_stand_in import broker_stand_in
from pact_files import interaction, write_pact
from storepact.model.errors import BrokerFailed, UsageError
from storepact.model.paths import data_path
from storepact.run.broker_results import fetch_pacts
from storepact.transport.broker import Broker, broker_url_of

SELECTORS = [{"mainBranch": True}]


@pytest.fixture
def broker():
    """A broker that has the pact of store-operator."""
    with broker_stand_in() as state:
        state.pacts["store-operator"] = json.loads(data_path("contracts", "store-operator.json").read_text())
        yield state


def run(folder, broker, *arguments, token=None, url=None):
    """A command of ours, as somebody types it."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("PACT_BROKER")},
        "PACT_BROKER_TOKEN": token or broker.token,
        "PACT_BROKER_BASE_URL": url or broker.url,
    }
    done = subprocess.run(
        [sys.executable, "-m", "storepact", *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert broker.token not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done


def verify(folder, broker, *arguments):
    return run(folder, broker, "verify", "--suite", "pacts", "--broker-url", broker.url, *arguments)


def taken_from(broker, folder, consumer_branch=None):
    with Broker(broker.url, {"PACT_BROKER_TOKEN": broker.token}) as ours:
        return fetch_pacts(
            ours, "persistent-store-integrations", folder, consumer_branch=consumer_branch, branch=None
        )


def test_takes_pacts_and_gives_results(tmp_path, broker):
    """The pacts of the main branches and of what is deployed are asked for; each has its result published."""
    done = verify(tmp_path, broker, "--provider-version", "1.2.3", "--provider-branch", "main", "--publish")
    assert done.returncode == 0, done.stdout + done.stderr
    assert broker.selectors == [
        {
            "consumerVersionSelectors": [{"mainBranch": True}, {"deployedOrReleased": True}],
            "includePendingStatus": True,
            "providerVersionBranch": "main",
        }
    ]
    ((consumer, told),) = broker.results
    assert (consumer, told["success"], told["providerApplicationVersion"]) == (
        "store-operator",
        True,
        "1.2.3",
    )
    assert {"interactionDescription": "list the stores", "success": True} in told["testResults"]
    assert len(told["testResults"]) == 6
    assert broker.branches == ["main 1.2.3"]
    assert done.stdout.endswith("published to the broker: store-operator: verified\n")


def test_broken_pact_is_told(tmp_path, broker):
    """What fails is published as failed, and which interaction it was."""
    broker.pacts["store-operator"]["interactions"][0]["response"]["status"] = 202
    done = verify(tmp_path, broker, "--provider-version", "1", "--publish")
    assert done.returncode == 1
    told = broker.results[0][1]
    assert told["success"] is False
    assert [
        testResult["interactionDescription"]
        for testResult in told["testResults"]
        if not testResult["success"]
    ] == ["list the stores"]


def test_pending_pact_breaks_nothing(tmp_path, broker):
    """It is published as failed, and the run conforms."""
    broker.pacts["store-operator"]["interactions"][0]["response"]["status"] = 202
    broker.pending = {"store-operator"}
    done = verify(tmp_path, broker, "--provider-version", "1", "--provider-branch", "main", "--publish")
    assert done.returncode == 0, done.stdout
    assert "the pact calls it pending, and it does not hold yet" in " ".join(done.stdout.split())
    assert broker.results[0][1]["success"] is False


def test_what_was_not_verified_has_no_result(tmp_path, broker):
    """Unknown is neither success nor failure: nothing is published, and the report says so."""
    broker.pacts["store-operator"]["interactions"][0]["providerStates"] = [{"name": "the moon is full"}]
    done = verify(tmp_path, broker, "--provider-version", "1", "--publish")
    assert done.returncode == 3
    assert broker.results == []
    assert "not given to the broker: 1 of its 6 interactions were not verified" in " ".join(
        done.stdout.split()
    )


def test_another_branch(tmp_path, broker):
    """The pacts of that branch only are asked for."""
    taken_from(broker, tmp_path, consumer_branch="feature")
    assert broker.selectors == [
        {"consumerVersionSelectors": [{"branch": "feature"}], "includePendingStatus": False}
    ]


def test_no_pacts(tmp_path, broker):
    """A broker that has none leaves the run undetermined."""
    broker.pacts.clear()
    done = verify(tmp_path, broker)
    assert (done.returncode, done.stdout) == (3, "")
    assert (
        "it has no pact with 'persistent-store-integrations' of a main branch, deployed or released"
        in done.stderr
    )


def test_old_pacts_do_not_stay(tmp_path, broker):
    """What an earlier run took from a broker is gone when another takes its place."""
    assert [each.file for each in taken_from(broker, tmp_path)] == ["00-store-operator.json"]
    broker.pacts = {"another": {**broker.pacts["store-operator"], "consumer": {"name": "another"}}}
    taken_from(broker, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["00-another.json"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--publish",), "--publish needs --provider-version"),
        (("--contracts", "."), "give either --contracts or --broker-url"),
    ],
)
def test_wrong_usage(tmp_path, broker, arguments, words):
    """Options that do not go together are told before anything is asked."""
    done = verify(tmp_path, broker, *arguments)
    assert done.returncode == 2
    assert words in done.stderr
    assert broker.asked == []


def test_options_without_a_broker(tmp_path, broker):
    """What is meant for a broker needs one."""
    done = run(tmp_path, broker, "verify", "--suite", "pacts", "--publish")
    assert (done.returncode, done.stderr.startswith("storepact: --publish, --provider-version")) == (2, True)


def refused(url="", token="t", **state):
    with broker_stand_in() as standing:
        for name, value in state.items():
            setattr(standing, name, value)
        with (
            Broker(url or standing.url, {"PACT_BROKER_TOKEN": token or standing.token}) as broker,
            pytest.raises(BrokerFailed) as told,
        ):
            list(broker.pacts("persistent-store-integrations", SELECTORS))
        return str(told.value)


def test_refused_token():
    """The variable to look at is named."""
    assert refused(token="wrong").endswith("it refuses the token (401); check PACT_BROKER_TOKEN")


def test_link_to_another_place():
    """No token goes where a broker's link leads, if that is somewhere else."""
    assert "its link leads to another place, evil.example.com" in refused(
        token="", elsewhere="http://evil.example.com"
    )


def test_closed_port():
    """What cannot be reached is said so."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        assert "it cannot be reached" in refused(f"http://127.0.0.1:{held.getsockname()[1]}")


def test_no_broker(provider_mock):
    """Something else that speaks HTTP is no broker."""
    assert "is that" in refused(provider_mock.url)


@pytest.mark.parametrize("url", ["broker.example.com", "ftp://x", "http://", "http://user:secret@x"])
def test_url(url):
    """Not a URL, or one with credentials in it; those are not repeated."""
    with pytest.raises(UsageError) as told:
        broker_url_of(url)
    assert "secret" not in str(told.value)


# the official command line

needs_cli = pytest.mark.skipif(
    not (os.access(os.path.join(os.path.dirname(sys.executable), "pact"), os.X_OK) or shutil.which("pact")),
    reason="the pact command line is not installed",
)


@needs_cli
def test_publish(tmp_path, broker):
    """`contracts publish` gives a pact to the broker, with its version, branch and tag."""
    path = write_pact(tmp_path / "mine.json", interaction(body={"name": "x"}), consumer="mine")
    done = run(
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
    assert done.returncode == 0, done.stdout + done.stderr
    told = broker.published[0]
    assert (told["pacticipantName"], told["pacticipantVersionNumber"], told["branch"], told["tags"]) == (
        "mine",
        "abc",
        "main",
        ["prod"],
    )
    assert broker.pacts["mine"]["interactions"][0]["description"] == "asks"


@needs_cli
@pytest.mark.parametrize(("deployable", "code"), [(True, 0), (False, 1)])
def test_can_i_deploy(tmp_path, broker, deployable, code):
    """The broker's answer is the exit code."""
    broker.deployable = deployable
    done = run(
        tmp_path, broker, "contracts", "can-i-deploy", "--version", "1", "--to-environment", "production"
    )
    assert done.returncode == code
    assert "Computer says" in done.stdout
    assert broker.matrix[0]["q[][pacticipant]"] == ["persistent-store-integrations"]


@needs_cli
def test_command_line_that_cannot_ask(tmp_path, broker):
    """A broker that does not answer is no `no`."""
    done = run(
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
    assert (done.returncode, done.stdout) == (3, "")
    done = run(tmp_path, broker, "contracts", "publish", "--version", "1", token="another")
    assert done.returncode == 3
    assert "check PACT_BROKER_TOKEN" in done.stderr


def test_which_broker(tmp_path, broker):
    """Without a URL the flag and the variable are named."""
    done = run(tmp_path, broker, "contracts", "publish", "--version", "1", url=" ")
    assert done.returncode == 2
