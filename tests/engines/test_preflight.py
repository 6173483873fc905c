"""The preflight: a live target is greeted once per run, and refusals are reported before any test."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys

import pytest

from commands import run
from pact_files import BASE, interaction, write_pact
from small_provider import SmallProvider, serve_provider, small_provider
from storepact.engines.harness import Harness
from storepact.engines.preflight import run_preflight
from storepact.engines.questions import Question
from storepact.families import DEFAULT_FAMILY
from storepact.model.case import Auth, Case
from storepact.model.errors import NotThisApi, UsageError
from storepact.model.paths import data_path
from storepact.openapi.load import load_document
from storepact.run.engine_options import engine_options
from storepact.run.settings import Settings
from storepact.transport import outages
from storepact.transport.credentials import Credentials
from storepact.transport.journal import Journal

DOCUMENT = load_document(data_path("openapi", DEFAULT_FAMILY.document))
COLLECTION = "/api/v2/integration-capabilities/big-segment-store/default/test/redis"
CREDENTIALS = Credentials({Auth.WRITER: "api-a-token-for-this-test"})


def options(provider, tmp_path, **settings):
    """Engine options for a live target that may be written."""
    given = {"allow_writes": True, **settings}
    return engine_options(
        Settings(
            target=provider.url,
            report_dir=tmp_path,
            openapi=data_path("openapi", DEFAULT_FAMILY.document),
            **given,
        ),
        provider.url,
    )


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
    expected = ["GET", "GET", "DELETE", "POST", "DELETE", "GET", "GET"]  # the last one looks for leftovers
    assert methods(provider) == expected, done.stdout + done.stderr


@pytest.mark.parametrize("workers", ["1", "2"])
def test_renewed_token_is_handed_on(tmp_path, workers):
    """A token that the target refuses first is fetched again once; the run and its end have the new one."""
    contracts, runs, script = tmp_path / "contracts", tmp_path / "runs", tmp_path / "fetch_token.py"
    write_pact(contracts / "one.json", interaction("GET", BASE, states=(), status=200))
    script.write_text(
        f"with open({str(runs)!r}, 'a') as file: file.write('x')\n"
        f"print('api-old' if len(open({str(runs)!r}).read()) == 1 else 'api-new')\n"
    )
    provider = SmallProvider()
    answer = provider.respond

    def respond(method, path, headers, body):
        is_old = headers["Authorization"] == "api-old"
        return (
            (401, {"code": "unauthorized", "message": "x"}) if is_old else answer(method, path, headers, body)
        )

    provider.respond = respond
    with serve_provider(provider) as provider.url:
        done = run(
            *("verify", "--suite", "pacts", "--target", provider.url, "--allow-writes"),
            *("--workers", workers, "--contracts", str(contracts)),
            *("--token-command", shlex.join([sys.executable, str(script)])),
            cwd=tmp_path,
        )
    assert runs.read_text() == "xx", done.stdout + done.stderr
    assert done.returncode == 1  # a list without links: it was read


def test_open_harness_with_a_preflight_sends_nothing(tmp_path):
    """The result of the preflight is handed over: opening and closing a harness needs no request."""
    with small_provider() as provider:
        engine_options = options(provider, tmp_path)
        preflight = run_preflight(engine_options, DEFAULT_FAMILY, CREDENTIALS, DOCUMENT)
        before = len(provider.requests)
        with Harness(engine_options, DEFAULT_FAMILY, CREDENTIALS, preflight=preflight):
            pass
    assert len(provider.requests) == before


def leave(options, **resource):
    """The journal of a run that has ended and left a resource."""
    journal = Journal(options.journal_file)
    number = journal.record_attempt(options.base_url, COLLECTION, options.marker)
    if resource:
        journal.record_creation(number, resource["identifier"])
    journal.close()


def test_leftovers_are_deleted(tmp_path):
    """What an earlier run created and did not delete is deleted before the tests, and its journal removed."""
    with small_provider() as provider:
        former = options(provider, tmp_path)
        leave(former, identifier="left-over")
        provider.resources["left-over"] = {"_id": "left-over", "name": f"{former.marker} ordinary"}
        run_preflight(options(provider, tmp_path), DEFAULT_FAMILY, CREDENTIALS, DOCUMENT)
        assert "left-over" not in provider.resources
    assert not (tmp_path / "journal").exists()


def test_leftover_without_an_id_is_found_in_the_list(tmp_path):
    """A create whose response was lost is found by the mark of its run."""
    with small_provider() as provider:
        former = options(provider, tmp_path)
        leave(former)
        place = {"projectKey": "default", "environmentKey": "test", "integrationKey": "redis"}
        provider.resources["lost"] = {"_id": "lost", "name": f"{former.marker} ordinary", **place}
        provider.resources["theirs"] = {"_id": "theirs", "name": "production", **place}
        run_preflight(options(provider, tmp_path), DEFAULT_FAMILY, CREDENTIALS, DOCUMENT)
        assert list(provider.resources) == ["theirs"]


def test_leftovers_of_another_target(tmp_path):
    """The journal of a run on another target is left for a run there."""
    with small_provider() as provider, small_provider() as elsewhere:
        leave(options(elsewhere, tmp_path), identifier="left-over")
        run_preflight(options(provider, tmp_path), DEFAULT_FAMILY, CREDENTIALS, DOCUMENT)
    assert len(list((tmp_path / "journal").iterdir())) == 1


class LosingProvider(SmallProvider):
    """A provider whose first delete fails on the way."""

    def respond(self, method, path, headers, body):
        if method == "DELETE" and "DELETE" not in methods(self):
            self.requests.append((method, path))
            return 502, {"message": "bad gateway"}
        return super().respond(method, path, headers, body)


def test_first_delete_that_is_lost(tmp_path):
    """The look whether the token may delete is made again: it changes nothing."""
    provider = LosingProvider()
    with serve_provider(provider) as provider.url:
        preflight = run_preflight(options(provider, tmp_path), DEFAULT_FAMILY, CREDENTIALS, DOCUMENT)
    assert preflight.leftovers == ()


class AlwaysOkay(SmallProvider):
    """A service that answers everything with 200."""

    def respond(self, method, path, headers, body):
        self.requests.append((method, path))
        return 200, {"status": "ok"}


class KeepingProvider(SmallProvider):
    """A provider that refuses every delete with a status."""

    def __init__(self, status):
        super().__init__()
        self.status = status

    def respond(self, method, path, headers, body):
        if method == "DELETE":
            self.requests.append((method, path))
            return self.status, {"code": "forbidden", "message": "no"}
        return super().respond(method, path, headers, body)


def test_service_that_answers_everything(tmp_path):
    """It is told from this API within five requests, and nothing is created on it."""
    provider = AlwaysOkay()
    with serve_provider(provider) as provider.url, pytest.raises(NotThisApi, match="'items'"):
        run_preflight(options(provider, tmp_path), DEFAULT_FAMILY, CREDENTIALS, DOCUMENT)
    assert len(provider.requests) <= 5
    assert set(methods(provider)) == {"GET"}


@pytest.mark.parametrize("status", [401, 403])
def test_token_that_may_not_delete(tmp_path, status):
    """Nothing is created with a token that could not delete it again."""
    provider = KeepingProvider(status)
    with serve_provider(provider) as provider.url, pytest.raises(NotThisApi, match="delete"):
        run_preflight(options(provider, tmp_path), DEFAULT_FAMILY, CREDENTIALS, DOCUMENT)
    assert "POST" not in methods(provider)


def test_refused_deletes_stop_creates(tmp_path):
    """After two refused deletes nothing more is created, and each leftover is a line with its status."""
    provider = KeepingProvider(500)
    with serve_provider(provider) as provider.url:
        engine_options = options(provider, tmp_path)
        preflight = run_preflight(engine_options, DEFAULT_FAMILY, CREDENTIALS, DOCUMENT)
        harness = Harness(engine_options, DEFAULT_FAMILY, CREDENTIALS, preflight=preflight).open()
        before = methods(provider).count("POST")
        harness.run_question(Question("createIntegration", "redis", "probes"))
        remaining = harness.close()
        assert methods(provider).count("POST") - before == len(remaining) == 2
    assert all(line.endswith("its delete was answered with 500") for line in remaining)
    assert methods(provider).count("DELETE") <= 10


class EndingProvider(SmallProvider):
    """Answers with the pages of a gateway from some request on."""

    is_gone = False

    def respond(self, method, path, headers, body):
        return (503, None) if self.is_gone else super().respond(method, path, headers, body)


def create_some(workspace, count):
    """Create resources that are deleted at the end only."""
    inventory, preparer = workspace.inventory, workspace.preparer
    body = DEFAULT_FAMILY.ordinary_body("redis", preparer.run_marker)
    for _ in range(count):
        prepared = preparer.prepare(Case("createIntegration", "redis", "setup", body=body))
        number, exchange = inventory.send(prepared)
        inventory.record_response(number, exchange)


def test_outage_at_the_end(tmp_path):
    """Each leftover is a line with the reason, where the target does not answer any more."""
    provider = EndingProvider()
    with serve_provider(provider) as provider.url:
        engine_options = options(provider, tmp_path, patience=0.5)
        harness = Harness(engine_options, DEFAULT_FAMILY, CREDENTIALS).open()
        create_some(harness.workspace, 3)
        provider.is_gone = True
        remaining = harness.close()
    paths = {line.partition(": ")[0] for line in remaining}
    assert paths == {f"{COLLECTION}/{key}" for key in provider.resources}
    assert all("503" in line for line in remaining)


def test_read_only_run_creates_nothing(tmp_path):
    """Without --allow-writes the preflight only lists."""
    with small_provider() as provider:
        run_preflight(options(provider, tmp_path, allow_writes=False), DEFAULT_FAMILY, CREDENTIALS, DOCUMENT)
    assert methods(provider) == ["GET"]


def test_scope_that_does_not_exist(tmp_path):
    """Every candidate is tried, and all are named."""
    with (
        small_provider(create_status=404) as provider,
        pytest.raises(NotThisApi, match="default/test, default/development;"),
    ):
        run_preflight(options(provider, tmp_path), DEFAULT_FAMILY, CREDENTIALS, DOCUMENT)
    assert methods(provider) == ["GET", "GET", "DELETE", "POST", "POST"]


@pytest.mark.parametrize("status", [404, 405])
def test_list_that_fails_while_it_is_empty(tmp_path, status):
    """It is this API where an unknown id is refused as by it: the checks report the list."""
    with small_provider(list_status=status) as provider:
        run_preflight(options(provider, tmp_path), DEFAULT_FAMILY, CREDENTIALS, DOCUMENT)
    assert methods(provider)[:2] == ["GET", "GET"]


def test_list_that_fails_in_a_run_that_only_reads(tmp_path):
    """Nothing tells a broken list from a place where the API is not served."""
    with small_provider(list_status=404) as provider, pytest.raises(NotThisApi, match="404 to everything"):
        run_preflight(options(provider, tmp_path, allow_writes=False), DEFAULT_FAMILY, CREDENTIALS, DOCUMENT)


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


@pytest.mark.parametrize("name", ["production", "prod", "Production", "prod-eu", "eu_PROD", "us.production"])
def test_environment_called_production(tmp_path, name):
    """To work there takes a permission; to read does not, and a further scope is named on purpose."""
    with small_provider() as provider:
        with pytest.raises(UsageError, match="--allow-production"):
            options(provider, tmp_path, environment=name)
        assert options(provider, tmp_path, environment=name, allow_production=True).scopes
        assert options(provider, tmp_path, environment=name, allow_writes=False).scopes
        assert options(provider, tmp_path, isolation_scope=(f"default/{name}",)).isolation_scopes


@pytest.mark.parametrize("name", ["non-prod", "pre-production", "preprod", "product-tests", "reproduction"])
def test_environment_beside_production(tmp_path, name):
    """Other words with the same letters need no permission."""
    with small_provider() as provider:
        assert options(provider, tmp_path, environment=name).scopes


class Unanswered(SmallProvider):
    """A provider before which a gateway answers each delete."""

    def respond(self, method, path, headers, body):
        if method == "DELETE":
            return 502, {"message": "bad gateway"}
        return super().respond(method, path, headers, body)


def test_deletes_that_are_never_answered(tmp_path, monkeypatch):
    """What the preflight created is reported with the status, though other deletes fail in the same way."""
    monkeypatch.setattr(outages, "FIRST_PAUSE", 0.0)
    provider = Unanswered()
    with serve_provider(provider) as provider.url:
        preflight = run_preflight(options(provider, tmp_path), DEFAULT_FAMILY, CREDENTIALS, DOCUMENT)
    assert preflight.leftovers
    assert all(line.endswith("its delete was answered with 502") for line in preflight.leftovers)


class Forgetful(SmallProvider):
    """A provider before which a gateway answers one delete, the last of those that clean up."""

    lost = 0

    def respond(self, method, path, headers, body):
        if method == "DELETE" and not self.lost and "left" in path:
            self.lost += 1
            return 502, {"message": "bad gateway"}
        return super().respond(method, path, headers, body)


def test_delete_of_a_leftover_that_is_lost_once(tmp_path, monkeypatch):
    """It is sent again, as it deletes what is this run's in any case."""
    monkeypatch.setattr(outages, "FIRST_PAUSE", 0.0)
    provider = Forgetful()
    with serve_provider(provider) as provider.url:
        former = options(provider, tmp_path)
        leave(former, identifier="left-over")
        provider.resources["left-over"] = {"_id": "left-over", "name": f"{former.marker} ordinary"}
        preflight = run_preflight(options(provider, tmp_path), DEFAULT_FAMILY, CREDENTIALS, DOCUMENT)
    assert (preflight.leftovers, provider.resources, provider.lost) == ((), {}, 1)
