"""The preflight: a live target is greeted once per run, and refusals are reported before any test."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from pact_files import BASE, interaction, write_pact
from small_provider import small_provider
from storepact.engines.harness import Harness
from storepact.engines.preflight import run_preflight
from storepact.families import DEFAULT_FAMILY
from storepact.model.case import Auth
from storepact.model.errors import NotThisApi, UsageError
from storepact.model.paths import data_path
from storepact.openapi.document import load_document
from storepact.run.settings import Settings
from storepact.transport.credentials import Credentials
from storepact.transport.journal import Journal

DOCUMENT = load_document(data_path("openapi", DEFAULT_FAMILY.document))
CREDENTIALS = Credentials({Auth.WRITER: "api-a-token-for-this-test"})


def options(provider, tmp_path, **settings):
    """Engine options for a live target that may be written."""
    given = {"allow_writes": True, **settings}
    return Settings(
        target=provider.url,
        report_dir=tmp_path,
        openapi=data_path("openapi", DEFAULT_FAMILY.document),
        **given,
    ).engine_options(provider.url)


def methods(provider):
    return [method for method, _ in provider.requests]


@pytest.mark.parametrize("workers", ["1", "2"])
def test_live_target_is_greeted_once(tmp_path, workers):
    """One list, one create and its deletion with any number of workers, before the request of the pact."""
    contracts = tmp_path / "contracts"
    write_pact(contracts / "one.json", interaction("GET", BASE, states=(), status=200))
    with small_provider() as provider:
        done = subprocess.run(
            [
                *(sys.executable, "-m", "storepact", "verify", "--suite", "pacts", "--history", "none"),
                *("--target", provider.url, "--allow-writes", "--workers", workers),
                *("--contracts", str(contracts)),
            ],
            cwd=tmp_path,
            env={**os.environ, "STOREPACT_TOKEN": "api-a-token-for-this-test"},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    assert methods(provider) == ["GET", "POST", "DELETE", "GET"], done.stdout + done.stderr


def test_open_harness_with_a_preflight_sends_nothing(tmp_path):
    """The result of the preflight is handed over: opening and closing a harness needs no request."""
    with small_provider() as provider:
        engine_options = options(provider, tmp_path)
        preflight = run_preflight(engine_options, DEFAULT_FAMILY, CREDENTIALS, DOCUMENT)
        before = len(provider.requests)
        with Harness(engine_options, DEFAULT_FAMILY, CREDENTIALS, preflight=preflight):
            pass
    assert len(provider.requests) == before


def test_leftovers_are_deleted(tmp_path):
    """What an earlier run created and did not delete is deleted first."""
    with small_provider() as provider:
        engine_options = options(provider, tmp_path)
        journal = Journal(engine_options.journal)
        number = journal.record_attempt(provider.url, "/api/v2/somewhere", "storepact-1")
        journal.record_creation(number, "left-over")
        run_preflight(engine_options, DEFAULT_FAMILY, CREDENTIALS, DOCUMENT)
    assert provider.requests[0] == ("DELETE", "/api/v2/somewhere/left-over")


def test_read_only_run_creates_nothing(tmp_path):
    """Without --allow-writes the preflight only lists."""
    with small_provider() as provider:
        run_preflight(options(provider, tmp_path, allow_writes=False), DEFAULT_FAMILY, CREDENTIALS, DOCUMENT)
    assert methods(provider) == ["GET"]


def test_scope_that_does_not_exist(tmp_path):
    """Every candidate is tried, and all are named."""
    with (
        small_provider(create_status=404) as provider,
        pytest.raises(NotThisApi, match="default/test, default/development, default/production"),
    ):
        run_preflight(options(provider, tmp_path), DEFAULT_FAMILY, CREDENTIALS, DOCUMENT)
    assert methods(provider) == ["GET", "POST", "POST", "POST"]


def test_unknown_token(tmp_path):
    """A refused list names the variable of the token."""
    with small_provider(list_status=401) as provider, pytest.raises(NotThisApi, match="STOREPACT_TOKEN"):
        run_preflight(options(provider, tmp_path), DEFAULT_FAMILY, CREDENTIALS, DOCUMENT)
    assert methods(provider) == ["GET"]


def test_isolation_scope_is_the_own_one(tmp_path):
    """A further scope that is the run's own is wrong usage, wherever it stands among several."""
    with small_provider() as provider, pytest.raises(UsageError, match="--isolation-scope default/test"):
        run_preflight(
            options(provider, tmp_path, isolation_scope=("sandbox/test", "default/test")),
            DEFAULT_FAMILY,
            CREDENTIALS,
            DOCUMENT,
        )
