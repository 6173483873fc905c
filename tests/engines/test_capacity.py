"""A provider that holds few integrations is worked within; one that refuses a legal create is not excused."""

from __future__ import annotations

import json
from contextlib import contextmanager

import pytest

from short_run import settings_for, short_run
from storepact.engines.harness import Harness
from storepact.families import DEFAULT_FAMILY
from storepact.mock.exchange import MockRefusal
from storepact.model.case import Auth, Case
from storepact.model.errors import PrerequisiteMissing
from storepact.model.outcome import Reason, Verdict
from storepact.run.engine_options import engine_options
from storepact.transport.credentials import Credentials
from wrapped_mock import holds_at_most, wrapped_mock

SCENARIOS = ("created-and-read", "siblings", "created-at-once", "many")


def record_of(mock, folder, *names):
    """The record of these scenarios on a mock, as on a live target."""
    settings = settings_for(mock.url, folder)
    return short_run(settings, {"STOREPACT_TOKEN": mock.tokens["writer"]}, names or SCENARIOS).record


@contextmanager
def workspace_on(mock, folder, **changes):
    """The workspace of a run on a mock, as on a live target."""
    options = engine_options(settings_for(mock.url, folder), mock.url, **changes)
    credentials = Credentials({Auth.WRITER: mock.tokens["writer"]})
    with Harness(options, DEFAULT_FAMILY, credentials) as harness:
        yield harness.workspace


LIMITS = {
    "one, 422": (1, 422, {}),
    "one of a kind, 422": (1, 422, {"per_kind": True}),
    "two, 400": (2, 400, {}),
    "three, 403 before anything else": (3, 403, {"first": True}),
    "five, 422, without a code of its own": (5, 422, {"code": "invalid_request"}),
}


@pytest.mark.parametrize("name", LIMITS)
def test_limit_is_no_finding(name, tmp_path):
    """Scenarios that need more are not verified, with the reason; nothing is left."""
    most, status, how = LIMITS[name]
    with wrapped_mock(holds_at_most(most, status, **how)) as mock:
        record = record_of(mock, tmp_path)
        assert mock.names == []
    assert (record.findings, record.reasons, record.verdict) == ((), (), Verdict.CONFORMS)
    reasons = {entry.what: entry for entry in record.not_verified}
    assert reasons["many"].reason_code in (Reason.SCOPE_FULL, Reason.NOT_OFFERED)
    if status != 409 and not how.get("per_kind"):
        assert f"holds at most {most} integration" in reasons["many"].reason


def test_limit_that_others_count_towards(tmp_path):
    """Two of three places are taken by others."""
    with wrapped_mock(holds_at_most(3, 422), foreign=2) as mock:
        record = record_of(mock, tmp_path, "created-and-read", "siblings", "created-anew")
        assert mock.names == ["cache 0", "cache 1"]
    assert (record.findings, record.verdict) == ((), Verdict.CONFORMS)


@pytest.mark.parametrize("status", [403, 409, 422])
def test_place_that_others_have_filled(status, tmp_path):
    """It is undetermined, not broken: full or not, nothing could be created; the reason says what to do."""
    with wrapped_mock(holds_at_most(2, status), foreign=2) as mock:
        record = record_of(mock, tmp_path, "created-and-read", "list-and-get-agree")
        assert mock.names == ["cache 0", "cache 1"]
    assert (record.findings, record.verdict) == ((), Verdict.UNDETERMINED)
    assert record.reasons[0].startswith("default/test holds 2 integrations of others")
    assert "--environment" in record.reasons[0]


def test_cases_work_within_a_limit(tmp_path):
    """A case that creates is sent again after the resource that cases share was deleted."""
    with wrapped_mock(holds_at_most(1, 422)) as mock, workspace_on(mock, tmp_path) as workspace:
        workspace.pool.borrow("redis")
        body = DEFAULT_FAMILY.ordinary_body("dynamodb", "storepact")
        case = Case(workspace.preparer.operation("create").id, "dynamodb", body=body)
        exchange, findings = workspace.send_case(case, "conformance")
        assert (exchange.response.status, findings) == (201, [])
        assert workspace.pool.one_at_a_time
        workspace.finish()
        assert mock.names == []


def test_company_comes_and_goes(tmp_path):
    """A create that was refused while others held the last place is sent again."""
    with wrapped_mock(lambda request, inner: inner(request)) as mock:
        limit, refusals = holds_at_most(1, 422), []

        def refuse_twice(request, inner):
            if request.method == "POST" and len(refusals) < 2 and b"wanted" in request.body:
                refusals.append(MockRefusal(422, "limit_reached", "full").response())
                return refusals[-1]
            return limit(request, inner)

        with workspace_on(mock, tmp_path, worker="gw1") as workspace:
            mock.wrap = refuse_twice
            body = {**DEFAULT_FAMILY.ordinary_body("redis", "storepact"), "tags": ["wanted"]}
            case = Case(workspace.preparer.operation("create").id, "redis", body=body)
            exchange, findings = workspace.send_case(case, "conformance")
            assert (exchange.response.status, findings, len(refusals)) == (201, [], 2)
            mock.wrap = holds_at_most(1, 422)
            mock.create_foreign_through_http()
            with pytest.raises(PrerequisiteMissing, match="holds at most 1 integration in default/test"):
                workspace.send_case(case, "conformance")


def refuses(status, is_refused, inner_wrap=None):
    """A provider that refuses legal creates with bodies for which `is_refused` is true."""

    def wrap(request, inner):
        if request.method == "POST" and is_refused(request.body):
            return MockRefusal(status, "invalid_request", "this one is not wanted").response()
        return inner(request) if inner_wrap is None else inner_wrap(request, inner)

    return wrap


def has_many_tags(body: bytes) -> bool:
    try:
        return len(json.loads(body).get("tags", ())) > 2
    except (ValueError, TypeError, AttributeError):
        return False


@pytest.mark.parametrize(
    ("status", "foreign", "limit"),
    [(400, 0, None), (422, 2, None), (403, 2, None), (422, 0, 2), (400, 1, 3)],
)
def test_legal_create_that_is_refused(status, foreign, limit, tmp_path):
    """It is a finding, with others in the environment, and on a provider with a limit, too."""
    inner = None if limit is None else holds_at_most(limit, 422)
    with wrapped_mock(refuses(status, has_many_tags, inner), foreign=foreign) as mock:
        record = record_of(mock, tmp_path, "siblings", "created-and-read")
        assert len(mock.names) == foreign
    assert {finding.operation for finding in record.findings} == {"createIntegration"}
    assert {finding.code for finding in record.findings} <= {"SP201", "SP207"}
    assert record.verdict is Verdict.BROKEN


@pytest.mark.parametrize("status", [400, 422])
def test_every_create_is_refused(status, tmp_path):
    """Nothing is there that could fill the place: it is a finding."""
    with wrapped_mock(refuses(status, lambda body: True)) as mock:
        record = record_of(mock, tmp_path, "created-and-read")
    assert {finding.code for finding in record.findings} == {"SP201"}


def test_experiments_are_few(tmp_path):
    """A provider without a limit that refuses a legal create is not asked more and more."""
    with (
        wrapped_mock(refuses(422, has_many_tags), foreign=2) as mock,
        workspace_on(mock, tmp_path) as workspace,
    ):
        body = {**DEFAULT_FAMILY.ordinary_body("redis", "storepact"), "tags": ["a", "b", "c"]}
        case = Case(workspace.preparer.operation("create").id, "redis", body=body)
        for _ in range(5):
            workspace.send_case(case, "conformance")
        before = len(mock.requests)
        _, findings = workspace.send_case(case, "conformance")
        assert [finding.code for finding in findings] == ["SP201"]
        assert [method for method, _ in mock.requests[before:]] == ["POST", "GET"]
