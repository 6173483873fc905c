"""What is wrong is read from the pact's rules and the values, whatever text the verifier has for it."""

from __future__ import annotations

import json

import pytest

from pact_files import HEADERS, INTEGRATION, interaction, write_pact
from storepact.engines.pact_mismatches import MismatchReader
from storepact.engines.pact_relay import RelayedExchange
from storepact.families import DEFAULT_FAMILY
from storepact.model.exchange import Exchange, Request, Response
from storepact.model.flaw import FlawKind
from storepact.model.paths import data_path
from storepact.openapi.load import load_document
from storepact.pacts import load_contract
from storepact.transport.redaction import Secrets

BODY = {"_id": "1", "name": "x", "tags": ["a"], "config": {"host": "h"}}
DOCUMENT = load_document(data_path("openapi", DEFAULT_FAMILY.document))

#: Texts of the verifier, and texts that mean something else.
TEXTS = (
    "Expected 'a' (String) to be equal to 'b' (String)",
    "Expected 'a' to match 'b'",
    "Actual map is missing the following keys: name",
    "alder birch cedar",
)


def mismatch(part, expected, actual, **place):
    return {
        "type": f"{part}Mismatch",
        "expected": json.dumps(expected),
        "actual": json.dumps(actual),
        **place,
    }


@pytest.fixture(scope="module")
def reader(tmp_path_factory):
    """A reader of the mismatches of a pact that has a rule of each kind."""
    rules = {
        "$._id": {"match": "type"},
        "$.name": {"match": "regex", "regex": "^y"},
        "$.version": {"match": "integer"},
        "$.since": {"match": "timestamp", "format": "yyyy"},
        "$.tags": {"match": "type", "min": 2},
    }
    path = write_pact(
        tmp_path_factory.mktemp("pact") / "one.json",
        interaction(body=BODY, rules=rules, answered={"ETag": "1"}),
        version="4.0",
    )
    exchange = Exchange(
        Request("GET", INTEGRATION, tuple(HEADERS.items())),
        Response(200, (), json.dumps({"_id": 1, "tags": ["b"], "config": {}, "items": [{"a": 1}]}).encode()),
    )
    relayed = RelayedExchange(exchange, frozenset({200}), names_resource=True)
    pact_interaction = load_contract(path).interactions[0]
    return MismatchReader(pact_interaction, DOCUMENT, Secrets(), relayed, DEFAULT_FAMILY.api)


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize(
    ("reported", "flaw", "member"),
    [
        (mismatch("Status", 200, 404), FlawKind.STATUS, ""),
        (mismatch("Body", ["_id", "name"], ["_id"], path="$"), FlawKind.MISSING, "/name"),
        (mismatch("Body", ["host"], [], path="$.config"), FlawKind.MISSING, "/config/host"),
        (mismatch("Body", ["a", "b"], ["a"], path="$.items[0]"), FlawKind.MISSING, "/items/*/b"),
        (mismatch("Body", "1", 1, path="$._id"), FlawKind.TYPE, "/_id"),
        (mismatch("Body", "x", "z", path="$.name"), FlawKind.PATTERN, "/name"),
        (mismatch("Body", 1, "1", path="$.version"), FlawKind.TYPE, "/version"),
        (mismatch("Body", "2020", "x", path="$.since"), FlawKind.PATTERN, "/since"),
        (mismatch("Body", ["a"], ["b"], path="$.tags"), FlawKind.TYPE, "/tags"),
        (mismatch("Body", "h", "i", path="$.config.host"), FlawKind.VALUE, "/config/host"),
        (mismatch("Body", {"host": "h"}, "i", path="$.config"), FlawKind.TYPE, "/config"),
        (mismatch("BodyType", "application/json", "text/html"), FlawKind.MEDIA, ""),
        (mismatch("Header", "text/html", "text/plain", key="Content-Type"), FlawKind.MEDIA, "content-type"),
        (mismatch("Header", "1", "2", key="ETag"), FlawKind.VALUE, "etag"),
    ],
)
def test_flaw_comes_from_the_rule_and_the_values(reader, reported, flaw, member, text):
    """No text of a mismatch changes what it is about."""
    (finding,) = reader.findings([{**reported, "mismatch": text}])
    assert finding.flaw == flaw
    assert not member or finding.member == DEFAULT_FAMILY.api.within_resource(member)


def test_elements_of_an_array_are_no_members(reader):
    """Two arrays of texts are compared by their values, even where one has a text that the other lacks."""
    (finding,) = reader.findings([mismatch("Body", ["a", "c"], ["b"], path="$.tags", mismatch="missing c")])
    assert finding.flaw == FlawKind.TYPE
    assert finding.member == "/tags"
