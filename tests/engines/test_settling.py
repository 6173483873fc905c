"""Reads that are late: a note with --settle, one cause without; a provider that forgets is not excused."""

from __future__ import annotations

import copy
import itertools
from dataclasses import replace

import pytest

from late_reads import LateReads, LateReplica, TurnedClock, by_reads, by_seconds
from short_run import settings_for, short_run
from storepact.engines import settling
from storepact.families.persistent_store.api import BASE
from storepact.mock.exchange import MockRefusal, MockRequest
from storepact.model.outcome import Verdict
from wrapped_mock import wrapped_mock

SCENARIOS = ("created-and-read", "renamed", "deleted")


@pytest.fixture
def clock(monkeypatch):
    """The clock of the engines, which only sleeping moves."""
    turned = TurnedClock()
    monkeypatch.setattr(settling, "SYSTEM_CLOCK", turned.clock)
    return turned


def record_of(wrapper, folder, *options, names=SCENARIOS, faults=()):
    """The record of scenarios on a wrapped mock, as on a live target, and the requests that it took."""
    with wrapped_mock(wrapper, faults=faults) as mock:
        settings = settings_for(mock.url, folder, *options)
        record = short_run(settings, {"STOREPACT_TOKEN": mock.tokens["writer"]}, names).record
        assert mock.names == [] or faults
        return record, len(mock.requests)


def lateness(how, clock):
    """What makes reads late."""
    return by_reads(how) if isinstance(how, int) else by_seconds(how, clock)


@pytest.mark.parametrize(("how", "only"), [(1, "get list"), (0.3, "get list"), (2, "list"), (1.5, "list")])
def test_late_reads_are_a_note(how, only, clock, tmp_path):
    """With --settle they are counted with the largest delay, and break nothing."""
    late = LateReads(lateness(how, clock), only)
    record, _ = record_of(late, tmp_path, "--settle", "2", names=("deleted", "siblings"))
    assert (record.findings, record.verdict) == ((), Verdict.CONFORMS)
    assert 0 < record.traffic.stale <= late.late
    assert 0 < record.traffic.stale_s <= 2
    assert isinstance(how, int) or record.traffic.stale_s >= how


@pytest.mark.parametrize("how", [1, 0.3])
def test_late_reads_are_one_cause(how, clock, tmp_path):
    """Without --settle they break the verdict, whatever shows them, as one cause."""
    record, _ = record_of(LateReads(lateness(how, clock)), tmp_path)
    assert record.verdict is Verdict.BROKEN
    assert len(record.findings) > 1
    assert all(finding.stale for finding in record.findings)
    (cause,) = record.causes
    assert "reads are stale after writes" in cause.title
    assert set(cause.fingerprints) == {finding.fingerprint for finding in record.findings}
    assert all(finding.story for finding in record.findings)


class LateLists:
    """Answers the first list after a delete as before the delete that came before it."""

    def __init__(self):
        self.late, self._before = 0, []

    def __call__(self, request, inner):
        before = inner(MockRequest("GET", BASE, request.headers)) if request.method == "DELETE" else None
        response = inner(request)
        if before is not None and response.status == 204:
            self._before = [*self._before[-1:], before]
        if request.method == "GET" and request.path == BASE and len(self._before) == 2:
            before = self._before.pop(0)
            if response.status == before.status == 200:
                self.late += 1
                return before
        return response


@pytest.mark.parametrize("options", [("--settle", "1"), ()])
def test_late_list_shows_what_an_earlier_story_has_deleted(options, clock, tmp_path):
    """The resources of a story are known to the next one as deleted: a list that shows one is late."""
    late = LateLists()
    record, _ = record_of(late, tmp_path, *options, names=("created-and-read", "deleted"))
    assert late.late
    assert all(finding.stale for finding in record.findings)
    assert record.verdict is (Verdict.CONFORMS if options else Verdict.BROKEN)


def test_reads_later_than_allowed(clock, tmp_path):
    """A time that is not enough is no excuse."""
    late = LateReads(by_seconds(5.0, clock))
    record, _ = record_of(late, tmp_path, "--settle", "0.5", names=("created-and-read",))
    assert record.verdict is Verdict.BROKEN
    assert not any(finding.stale for finding in record.findings)


def as_it_is(request, inner):
    """A provider whose reads are not late."""
    return inner(request)


@pytest.mark.parametrize("fault", ["lost-update", "list-lags", "list-shows-deleted", "list-is-old"])
@pytest.mark.parametrize("options", [(), ("--settle", "1")])
def test_provider_that_forgets(fault, options, clock, tmp_path):
    """What never shows the new state is a finding as before, after few further reads."""
    record, requests = record_of(as_it_is, tmp_path, *options, faults=[fault], names=("renamed", "deleted"))
    assert record.verdict is Verdict.BROKEN
    assert not any(finding.stale for finding in record.findings)
    assert record.traffic.stale == 0
    assert len(clock.slept) <= 3 * 6
    assert requests <= 300


def test_forgetful_and_late(clock, tmp_path):
    """Beside reads that are late, an update that is lost has a cause of its own, with --settle, too."""
    late = LateReads(by_seconds(0.2, clock), "list")
    record, _ = record_of(
        late, tmp_path, "--settle", "1", names=("created-and-read", "renamed"), faults=["lost-update"]
    )
    assert record.traffic.stale
    assert {finding.stale for finding in record.findings} == {False}
    assert any("SP602" in cause.codes for cause in record.causes)


#: Faults that are not about time: values that cannot be compared with any state, one that every response
#: shows changed.
TIMELESS = ("version-as-string", "name-retyped", "version-retyped", "tags-sorted")


@pytest.mark.parametrize("fault", TIMELESS)
def test_faults_that_are_not_late(fault, clock, tmp_path):
    """A provider whose reads are wrong, and never late, has no late read."""
    record, _ = record_of(as_it_is, tmp_path, faults=[fault], names=("renamed", "retagged"))
    assert record.verdict is Verdict.BROKEN
    assert record.traffic.stale == 0
    assert not any(finding.stale for finding in record.findings)


#: What every second read does to an integration: (member, how it is changed).
ALTERNATING = {
    "a number as text": ("version", str),
    "a text as null": ("name", lambda value: None),
    "the opposite": ("on", lambda value: not value),
    "another order": ("tags", lambda value: value[::-1]),
    "another redaction": (
        "config",
        lambda value: value | ({"password": "******"} if "password" in value else {}),
    ),
}


def alternating(member, change):
    """A provider that changes a member in every second read."""
    reads = itertools.count()

    def respond(request, inner):
        response = inner(request)
        if request.method != "GET" or response.status != 200 or next(reads) % 2 == 0:
            return response
        body = copy.deepcopy(response.body)
        for item in body.get("items", [body]):
            if member in item:
                item[member] = change(item[member])
        return replace(response, body=body)

    return respond


@pytest.mark.parametrize("change", ALTERNATING)
def test_values_that_alternate(change, clock, tmp_path):
    """A member that is wrong now and then shows no earlier state: the whole resource has to."""
    wrapper = alternating(*ALTERNATING[change])
    record, _ = record_of(wrapper, tmp_path, names=("renamed", "password-rotated"))
    assert record.verdict is Verdict.BROKEN
    assert record.traffic.stale == 0
    assert not any(finding.stale for finding in record.findings)


#: Scenarios on a replica that is late: (how late, whether its answers lack earlier writes, names).
REPLICAS = {
    "patches and deletes of what is not visible yet, by version and through POST": (
        1,
        False,
        ("deleted", "two-writers", "tunnels"),
    ),
    "answers without the write before, deletes of what was deleted": (
        0.3,
        True,
        ("renamed", "created-anew", "switched"),
    ),
}


@pytest.mark.parametrize(("how", "answers", "names"), REPLICAS.values(), ids=REPLICAS)
def test_late_writes_are_a_note(how, answers, names, clock, tmp_path):
    """With --settle, writes that a late replica refuses are sent again once a read shows the state before."""
    late = LateReplica(lateness(how, clock), answers=answers)
    record, _ = record_of(late, tmp_path, "--settle", "2", names=names)
    assert (record.findings, record.verdict) == ((), Verdict.CONFORMS)
    assert record.traffic.stale
    assert 0 < record.traffic.stale_s <= 2


def test_late_writes_are_one_cause(clock, tmp_path):
    """Without --settle they belong to the one cause of late reads."""
    late = LateReplica(lateness(0.3, clock), answers=True)
    record, _ = record_of(late, tmp_path, names=("renamed", "deleted"))
    assert record.verdict is Verdict.BROKEN
    assert "deleteIntegration" in {finding.operation for finding in record.findings}
    (cause,) = record.causes
    assert "reads are stale after writes" in cause.title


def provider_without(method, *, done):
    """A provider that answers 404 to each request with this method, and may do it all the same."""

    def respond(request, inner):
        if request.method != method:
            return inner(request)
        response = inner(request) if done else None
        if response is not None and response.status >= 400:
            return response
        return MockRefusal(404, "not_found", "there is none").response()

    return respond


@pytest.mark.parametrize("done", [False, True])
def test_writes_that_are_never_found(done, clock, tmp_path):
    """A 404 that stays is a finding with --settle, too; what was done all the same is not sent again."""
    wrapper, sent = provider_without("PATCH", done=done), []

    def counting(request, inner):
        sent.append((request.method, request.path))
        return wrapper(request, inner)

    record, _ = record_of(counting, tmp_path, "--settle", "1", names=("renamed",))
    assert record.verdict is Verdict.BROKEN
    assert not record.traffic.stale
    patches = [sent.count(request) for request in sent if request[0] == "PATCH"]
    assert done == (max(patches) == 1)
