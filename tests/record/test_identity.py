"""The identity of a finding: its fingerprint has the member, and its text is its own."""

from __future__ import annotations

import records
from storepact.checks.evidence import Evidence
from storepact.checks.judgement import judge
from storepact.families import DEFAULT_FAMILY
from storepact.model.case import Case, PreparedRequest
from storepact.model.exchange import Exchange, Request, Response
from storepact.model.expectation import Expectation, Flaw
from storepact.model.finding import fingerprint_of
from storepact.model.flaw import FlawKind
from storepact.model.paths import data_path
from storepact.model.story import Divergence
from storepact.openapi.load import load_document
from storepact.record.comparison import rename_past
from storepact.record.distinct_messages import distinguish_messages
from storepact.record.store import read_record

DOCUMENT = load_document(data_path("openapi", DEFAULT_FAMILY.document))


def findings(*, flaws=(), divergences=(), operation="getIntegration"):
    """What the checks report of a response without a body."""
    prepared = PreparedRequest(Case(operation), "GET", "/", (), None)
    exchange = Exchange(Request("GET", "/", ()), Response(200, (), b"{}"), ())
    expectation = Expectation.of(list(flaws), frozenset({200}))
    described = DOCUMENT.operations[operation]
    evidence = Evidence(
        prepared, described, exchange, expectation, DOCUMENT, DEFAULT_FAMILY.api, tuple(divergences)
    )
    return list(judge(evidence, "lifecycle"))


def stale(member, place=""):
    """The divergence of a resource that is stale as a whole, where this is the first member that differs."""
    rule = "list_shows_what_lives" if place else "read_shows_last_write"
    return Divergence(
        rule, place + member, "is old", detail="stale", flaw=FlawKind.STALE, members=(member, "/version")
    )


def test_stale_members_are_different_findings():
    """Two members that a read shows as they were have two fingerprints, and had one in earlier versions."""
    name, tags = (
        next(finding for finding in findings(divergences=[stale(member)]) if finding.code == "SP602")
        for member in ("/name", "/tags")
    )
    assert (name.locus, tags.locus) == ("200 /name stale", "200 /tags stale")
    former = fingerprint_of("lifecycle", "getIntegration", "read_shows_last_write", "200 stale")
    assert name.former_fingerprint == tags.former_fingerprint == former


def test_stale_members_of_a_list():
    """The list names the member in each element."""
    (item,) = (
        finding
        for finding in findings(divergences=[stale("/on", "/items/*")], operation="listIntegrations")
        if finding.code == "SP603"
    )
    assert (item.locus, item.former_locus) == ("200 /items/*/on stale", "200 /items/* stale")


def test_tests_of_different_members_are_different_findings():
    """A patch whose `test` of the version is ignored is not hidden by an accepted one of a tag."""
    loci = {
        finding.locus
        for path in ("/version", "/tags/0")
        for finding in findings(flaws=[Flaw("", frozenset({409}), rule="precondition", members=(path,))])
        if finding.code == "SP609"
    }
    assert loci == {"precondition /version", "precondition /tags/*"}


def test_earlier_records_get_the_member():
    """A record of an earlier version loads with the fingerprints of today, in all its parts."""
    old = records.record(
        {**records.finding("cccccccccccc"), "locus": "200 stale", "member": "/name"},
        {**records.finding("dddddddddddd"), "locus": "200 /items/* stale", "member": "/on"},
        records.finding("eeeeeeeeeeee"),
    )
    record = read_record(old, "run.json")
    loci = {finding.locus: finding for finding in record.findings}
    assert {"200 /name stale", "200 /items/*/on stale"} <= loci.keys()
    name = loci["200 /name stale"]
    assert name.fingerprint == fingerprint_of(name.source, name.operation, name.check, name.locus)
    assert "eeeeeeeeeeee" in {finding.fingerprint for finding in record.findings}


def test_earlier_runs_of_a_history():
    """A finding is as old as what had its former fingerprint."""
    new = records.as_values(records.finding("1" * 12, former="2" * 12)).findings
    assert rename_past([("monday", {"2" * 12})], new) == [("monday", {"1" * 12, "2" * 12})]


def test_texts_differ():
    """Findings with one message of one operation are told apart by what differs; others stay as they are."""
    same = {"message": "the provider failed with 500", "operation": "getIntegration"}
    run = records.as_values(
        records.finding("1" * 12, **same, locus="500 crowd"),
        records.finding("2" * 12, **same, locus="500 body"),
        records.finding("3" * 12, **same, locus="500 body", source="protection"),
        records.finding("4" * 12, **same | {"operation": "listIntegrations"}),
    )
    messages = [(each.operation, each.message) for each in distinguish_messages(run.findings)]
    assert len(set(messages)) == 4
    assert ("getIntegration", "the provider failed with 500 (at 500 crowd, in suite conformance)") in messages
    assert ("listIntegrations", "the provider failed with 500") in messages
