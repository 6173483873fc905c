"""The recorder: what workers send adds up, and the verdict follows from it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from storepact.model.exchange import Exchange, Request, Response
from storepact.model.finding import Finding, Severity
from storepact.model.outcome import Reason, Status
from storepact.record.recorder import Recorder
from storepact.record.values import Outcome, Snapshot


def outcome(status):
    return Outcome(suite="pacts", name="a test", status=Status(status), reason="", seconds=0.0)


def finding(curl, body):
    exchange = Exchange(Request("GET", "/", ()), Response(200, (), body))
    return Finding("SP104", "c", Severity.ERROR, "pacts", "get", "200", "wrong", curl=curl, exchange=exchange)


def send(*findings):
    """The snapshot of a worker with one exchange, as the controller reads it."""
    recorder = Recorder(outcomes=[outcome("passed")])
    for found in findings:
        recorder.find(found)
    recorder.count("get", Exchange(Request("GET", "/", ()), Response(200, (), b"")))
    recorder.cannot_verify("the list", "no token", Reason.NO_READER_TOKEN)
    return Snapshot.decode(recorder.snapshot().encode())


def merge(*snapshots):
    recorder = Recorder()
    for snapshot in snapshots:
        recorder.merge(snapshot)
    return recorder


def test_the_lightest_finding_stays():
    """Of two findings with one fingerprint the one with the smaller exchange is kept, and counts for both."""
    merged = merge(send(finding("long", b"x" * 99)), send(finding("short", b"x")))
    (kept,) = merged.findings.values()
    assert (kept.curl, kept.seen) == ("short", 2)


def test_the_first_finding_is_the_earliest_of_all_workers(monkeypatch):
    """Also where a lighter one with its fingerprint came later; what is accepted does not count."""
    moments = iter([30.0, 10.0, 20.0])
    monkeypatch.setattr("storepact.record.recorder.time.time", lambda: next(moments))
    other = replace(finding("other", b"x"), locus="404")
    merged = merge(send(finding("short", b"x")), send(finding("long", b"x" * 99)), send(other))
    accepted = finding("", b"").fingerprint
    moments_of = (
        merged.first_finding_at(),
        merged.first_finding_at([accepted]),
        Recorder().first_finding_at(),
    )
    assert moments_of == (10.0, 20.0, None)


def test_counts_add_up():
    """Exchanges, rows and statuses of two workers are counted together."""
    merged = merge(send(), send())
    assert (merged.exchanges, merged.coverage["get"]["200"]) == (2, 2)
    assert merged.rows["get", "", "200", ""] == 2
    assert sum(merged.seconds["get"].values()) == 2


def test_what_was_not_verified_is_recorded_once():
    """Two workers that lack the same token lack it once."""
    (entry,) = merge(send(), send()).not_verified
    assert (entry.what, entry.reason_code) == ("the list", Reason.NO_READER_TOKEN)


def test_a_snapshot_is_read_as_it_was_sent():
    """Nothing is lost on the way from a worker."""
    recorder = merge(send(finding("curl", b"x")))
    assert Snapshot.decode(recorder.snapshot().encode()) == recorder.snapshot()


@pytest.mark.parametrize(
    ("statuses", "verdict"),
    [
        (["passed"], "conforms"),
        (["passed", "skipped"], "conforms"),
        (["passed", "undetermined"], "undetermined"),
        (["undetermined", "failed"], "broken"),
        (["skipped"], "undetermined"),
        ([], "undetermined"),
    ],
)
def test_verdict(statuses, verdict):
    """Failures break, unknown is not clean, nothing tested is not passed."""
    recorder = Recorder(outcomes=[outcome(status) for status in statuses])
    assert recorder.verdict == verdict
