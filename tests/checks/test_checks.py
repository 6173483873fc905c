"""Every check speaks when it must, on one literal exchange each."""

from __future__ import annotations

import json

import pytest

from storepact.checks import EXCHANGE_CHECKS
from storepact.checks.evidence import Evidence
from storepact.checks.judgement import judge
from storepact.families import DEFAULT_FAMILY
from storepact.model.case import Case, PreparedRequest
from storepact.model.exchange import Exchange, Leak, Request, Response
from storepact.model.expectation import Expectation, Flaw
from storepact.model.paths import data_path
from storepact.model.story import Divergence
from storepact.openapi.load import load_document

DOCUMENT = load_document(data_path("openapi", DEFAULT_FAMILY.document))
GOOD = DOCUMENT.at("/components/examples/DynamoDbIntegration/value")
ERROR = {"code": "invalid_request", "message": "no"}
JSON = (("Content-Type", "application/json"),)


def codes(
    status, body, *, operation="getIntegration", headers=JSON, flaws=(), leaks=(), method=None, rules=()
):
    found = DOCUMENT.operations[operation]
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    prepared = PreparedRequest(Case(operation, method=method), method or found.method, "/", (), None)
    exchange = Exchange(Request(prepared.method, "/", ()), Response(status, headers, raw), tuple(leaks))
    expectation = Expectation.of(list(flaws), found.success)
    divergences = tuple(Divergence(rule, "/name", "it is another one", "a", "b") for rule in rules)
    evidence = Evidence(prepared, found, exchange, expectation, DOCUMENT, DEFAULT_FAMILY.api, divergences)
    return {finding.code for finding in judge(evidence, "conformance")}


def flaw(rule, *statuses, certain=True):
    return Flaw("it is wrong", frozenset(statuses), certain, rule)


def without(body, *names):
    return {name: value for name, value in body.items() if name not in names}


BAD = {
    "SP101": {"status": 500, "body": ERROR},
    "SP102": {"status": 202, "body": GOOD},
    "SP103": {"status": 200, "body": GOOD, "headers": (("Content-Type", "text/html"),)},
    "SP104": {"status": 200, "body": without(GOOD, "_id")},
    "SP105": {"status": 200, "body": {**GOOD, "_maintainer": "x"}},
    "SP106": {"status": 200, "body": b""},
    "SP107": {"status": 200, "body": GOOD, "headers": (*JSON, ("X-Ratelimit-Reset", "1717263000"))},
    "SP108": {
        "status": 405,
        "body": ERROR,
        "headers": (*JSON, ("Allow", "PUT")),
        "method": "PUT",
        "flaws": [flaw("verb", 405)],
    },
    "SP109": {"status": 404, "body": {"code": "rate_limited", "message": "no"}, "flaws": [flaw("id", 404)]},
    "SP110": {
        "status": 400,
        "body": {**ERROR, "message": "Traceback (most recent call last)"},
        "flaws": [flaw("body", 400)],
    },
    "SP111": {
        "status": 429,
        "body": {"code": "rate_limited", "message": "no"},
        "flaws": [flaw("limit", 429)],
    },
    "SP112": {
        "status": 200,
        "body": GOOD,
        "headers": (*JSON, ("X-Ratelimit-Route-Limit", "5"), ("X-Ratelimit-Route-Remaining", "6")),
    },
    "SP113": {"status": 200, "body": GOOD, "rules": ["origin_is_allowed"]},
    "SP201": {"status": 400, "body": ERROR},
    "SP202": {"status": 200, "body": GOOD, "flaws": [flaw("body", 400)]},
    "SP203": {"status": 200, "body": GOOD, "flaws": [flaw("auth", 401)]},
    "SP204": {"status": 200, "body": GOOD, "flaws": [flaw("permission", 403)]},
    "SP205": {"status": 200, "body": GOOD, "flaws": [flaw("version", 403)]},
    "SP206": {"status": 200, "body": GOOD, "flaws": [flaw("verb", 405)]},
    "SP207": {"status": 403, "body": ERROR, "flaws": [flaw("auth", 401)]},
    "SP301": {"status": 200, "body": GOOD, "leaks": [Leak("/config/password", "the password that was sent")]},
    "SP302": {"status": 200, "body": GOOD, "flaws": [flaw("scope", 404)]},
    "SP303": {"status": 200, "body": GOOD, "rules": ["access_tells_the_truth"]},
    "SP601": {"status": 200, "body": GOOD, "rules": ["write_is_kept_as_given"]},
    "SP602": {"status": 200, "body": GOOD, "rules": ["read_shows_last_write"]},
    "SP603": {"status": 200, "body": GOOD, "rules": ["list_shows_what_lives"]},
    "SP604": {"status": 200, "body": GOOD, "flaws": [flaw("gone", 404)]},
    "SP605": {"status": 200, "body": GOOD, "rules": ["refused_changes_nothing"]},
    "SP606": {"status": 200, "body": GOOD, "rules": ["version_counts_updates"]},
    "SP607": {"status": 200, "body": GOOD, "rules": ["identity_is_its_own"]},
    "SP608": {"status": 200, "body": GOOD, "rules": ["links_lead_there"]},
    "SP609": {"status": 200, "body": GOOD, "flaws": [flaw("precondition", 409)]},
    "SP610": {"status": 200, "body": GOOD, "rules": ["secret_survives"]},
    "SP611": {"status": 200, "body": GOOD, "rules": ["siblings_stay_untouched"]},
    "SP612": {"status": 200, "body": GOOD, "rules": ["writers_do_not_undo_each_other"]},
    "SP613": {"status": 200, "body": GOOD, "rules": ["defaults_hold"]},
}


def test_every_check_has_its_bad_exchange():
    """The table of checks and the table of proofs are the same."""
    assert list(BAD) == [check.code for check in EXCHANGE_CHECKS]


@pytest.mark.parametrize("code", BAD)
def test_check_speaks(code):
    """The check alone finds what is wrong with its exchange."""
    assert codes(**BAD[code]) == {code}


def test_good_answer_is_silent():
    """The document's own example raises nothing."""
    assert codes(200, GOOD) == set()


def test_uncertain_flaw_allows_both():
    """Where the documents are silent, success and refusal are both fine."""
    silent = flaw("body", 400, 422, certain=False)
    assert codes(200, GOOD, flaws=[silent]) == codes(400, ERROR, flaws=[silent]) == set()


def test_delete_answers_without_a_body():
    """A 204 that carries a body is found."""
    assert codes(204, b"", operation="deleteIntegration", headers=()) == set()
    assert codes(204, b"{}", operation="deleteIntegration") == {"SP106"}


def test_refusal_by_a_front_server_is_not_the_providers():
    """A 414 in HTML from whatever stands in front is nobody's broken promise."""
    assert codes(414, b"<html>", headers=(("Content-Type", "text/html"),), flaws=[flaw("path", 404)]) == set()


def test_check_that_is_left_out_is_silent():
    """`without` takes a check away, and no other."""
    found = DOCUMENT.operations["getIntegration"]
    exchange = Exchange(Request("GET", "/", ()), Response(500, JSON, b"{}"))
    prepared = PreparedRequest(Case(found.id), "GET", "/", (), None)
    evidence = Evidence(
        prepared,
        found,
        exchange,
        Expectation.of([], found.success),
        DOCUMENT,
        DEFAULT_FAMILY.api,
    )
    assert {each.code for each in judge(evidence, "conformance")} == {"SP101"}
    assert list(judge(evidence, "conformance", excluded_checks=["SP101"])) == []


def test_divergence_is_placed_in_the_document():
    """A finding of the oracle points to the line that describes the member."""
    found = DOCUMENT.operations["listIntegrations"]
    exchange = Exchange(Request("GET", "/", ()), Response(200, JSON, b"{}"))
    prepared = PreparedRequest(Case(found.id), "GET", "/", (), None)
    divergence = Divergence("list_shows_what_lives", "/items/*/name", "it is another one")
    expectation = Expectation.of([], found.success)
    evidence = Evidence(prepared, found, exchange, expectation, DOCUMENT, DEFAULT_FAMILY.api, (divergence,))
    told = [each for each in judge(evidence, "lifecycle") if each.code == "SP603"]
    assert [each.locus for each in told] == ["200 /items/*/name"]
    assert told[0].pointer.endswith("/properties/name")


@pytest.mark.parametrize(
    ("value", "is_legal"),
    [
        ("Sun, 06 Nov 1994 08:49:37 GMT", True),
        ("Sunday, 06-Nov-94 08:49:37 GMT", True),
        ("Sun Nov  6 08:49:37 1994", True),
        ("soon", False),
        ("10", True),
        ("", False),
        ("Sun", False),
        ("²", False),
    ],
)
def test_retry_after_may_be_a_date(value, is_legal):
    """Retry-After is a number of seconds or a date in one of three forms; words are neither."""
    headers = (*JSON, ("Retry-After", value))
    found = codes(429, {"code": "rate_limited", "message": "no"}, headers=headers)
    assert ("SP107" not in found) is is_legal
