"""`verify --dry-run`: what a run would send, without sending it."""

from __future__ import annotations

from commands import call
from small_provider import small_provider
from storepact.engines.profiles import PROFILES
from storepact.model.case import READER_VARIABLE, TOKEN_VARIABLE


def test_nothing_is_sent():
    """The forecast names requests, creates, the place and what cannot be verified; nothing is sent."""
    with small_provider() as provider:
        done = call(
            *("verify", "--dry-run", "--target", provider.url, "--allow-writes", "--suite", "pacts"),
            environment={"STOREPACT_TOKEN": "api-a-token-for-this-test"},
        )
        assert provider.requests == []
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].startswith("a run would send ")
    assert f"requests to {provider.url} in default/test" in lines[0]
    assert any(line.startswith("  createIntegration: ") for line in lines)
    assert any("creates, each deleted again; at most 20 resources" in line for line in lines)
    assert any("--allow-enable" in line for line in lines)


def test_budget_that_is_too_small():
    """A run that would end before its last test is told from one that would not."""
    arguments = ("verify", "--dry-run", "--target", "https://app.example.com", "--suite", "pacts")
    done = call(*arguments, "--max-requests", "2")
    assert "it would end after 2 requests, undetermined: raise --max-requests" in done.stdout


def test_a_whole_run_on_another_machine_is_within_its_budget():
    """With all that can be allowed, and some to spare for what a provider refuses, limits or answers late."""
    done = call(
        *("verify", "--dry-run", "--target", "https://app.example.com", "--allow-writes", "--allow-enable"),
        *("--isolation-scope", "default/other", "--isolation-scope", "sandbox/test"),
        environment={TOKEN_VARIABLE: "api-a-token-for-this-test", READER_VARIABLE: "api-another-token"},
    )
    assert done.returncode == 0, done.stderr
    requests = int(done.stdout.split()[4].replace(",", ""))
    assert 1_500 < requests < 0.95 * (PROFILES["live"].requests or 0), done.stdout
    assert "it would end" not in done.stdout


def test_mock():
    """A dry run of the embedded mock is wrong usage: there is nothing to spare."""
    done = call("verify", "--dry-run")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
