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


@pytest.mark.parametrize(("day", "is_legal"), [("06", True), ("07", True), ("09", False), ("01", False)])
def test_retry_after_is_a_date_near_the_present(day, is_legal):
    """A date in Retry-After is at most a day away from the Date of the response, as a number would be."""
    dates = (("Date", "Sun, 06 Nov 1994 08:49:37 GMT"), ("Retry-After", f"Sun, {day} Nov 1994 08:49:37 GMT"))
    found = codes(429, {"code": "rate_limited", "message": "no"}, headers=(*JSON, *dates))
    assert ("SP107" not in found) is is_legal


@pytest.mark.parametrize(
    ("charset", "is_legal"),
    [
        ("charset=utf-8", True),
        ('CHARSET="UTF-8"', True),
        ("charset=us-ascii", True),
        ("charset=iso-8859-1", False),
        ("charset=utf-16", False),
        ("profile=x", True),
    ],
)
def test_json_is_declared_in_no_other_encoding(charset, is_legal):
    """A charset other than UTF-8, or ASCII for a body in it, contradicts the encoding of JSON."""
    media = (("Content-Type", f"application/json; {charset}"),)
    assert ("SP103" not in codes(200, GOOD, headers=media)) is is_legal


def test_ascii_is_declared_for_ascii_only():
    """A body with other characters is not in ASCII."""
    media = (("Content-Type", "application/json; charset=us-ascii"),)
    body = json.dumps({**GOOD, "name": "Zürich"}, ensure_ascii=False).encode()
    assert codes(200, body, headers=media) == {"SP103"}


@pytest.mark.parametrize("number", ["1.0", "1e0", "10E-1"])
def test_integers_are_written_without_fraction_and_exponent(number):
    """OpenAPI 3.0 knows no integer with a fraction or an exponent, and strict clients fail on it."""
    body = json.dumps({**GOOD, "version": 12345}).replace("12345", number).encode()
    assert codes(200, body) == {"SP104"}
    listed = json.dumps({**GOOD, "name": f"version: {number}"}).encode()
    assert codes(200, listed) == set()


def test_what_is_allowed_has_an_effect_of_its_own():
    """An entry of `_access.allowed` with the effect `deny` contradicts itself; denied ones have any."""
    entry = {"action": "view", "reason": {"effect": "deny"}}
    assert codes(200, {**GOOD, "_access": {"allowed": [entry], "denied": []}}) == {"SP104"}
    allowing = {"action": "view", "reason": {"effect": "allow"}}
    assert codes(200, {**GOOD, "_access": {"allowed": [allowing], "denied": [allowing, entry]}}) == set()
