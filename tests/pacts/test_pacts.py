"""Pacts compared with the document: each kind of disagreement, in each specification."""

from __future__ import annotations

import json

import pytest

from pact_files import BASE, HEADERS, INTEGRATION, REDIS, interaction, load_interaction, write_pact
from storepact.families import DEFAULT_FAMILY
from storepact.model.errors import PactUnusable
from storepact.model.paths import data_path
from storepact.openapi.load import load_document
from storepact.pacts import Impact, Level, disagreements, load_contract, load_contracts
from storepact.pacts.impact import Place, parse_locus
from storepact.pacts.matchers import reliances
from storepact.pacts.rules import path_of

DOCUMENT = load_document(data_path("openapi", DEFAULT_FAMILY.document))
TYPE = {"match": "type"}
INTEGER = {"match": "integer"}
VERSIONS = ["2.0.0", "3.0.0", "4.0"]


def find(tmp_path, *args, notes=False, **how):
    """Level, rule and locus of every disagreement of an interaction; with notes if asked for."""
    return [
        (str(disagreement.level), disagreement.rule, disagreement.locus)
        for disagreement in disagreements(load_interaction(tmp_path, *args, **how), DOCUMENT)
        if notes or disagreement.level is not Level.NOTE
    ]


def error(rule, locus):
    """A disagreement that contradicts."""
    return ("error", rule, locus)


def warning(rule, locus):
    """A disagreement that is a risk."""
    return ("warning", rule, locus)


def regex(pattern):
    """A matching rule."""
    return {"match": "regex", "regex": pattern}


def body(member, value, rule=None):
    """A response body with one member, and the rule of it."""
    rules = {"rules": {f"$.{member}": rule}} if rule else {}
    return {"body": {member: value}, **rules}


# a request or a response of an interaction, and how it differs from the document
CASES = {
    "fits": ({"body": {"name": "x", "version": 1}, "rules": {"$.name": TYPE, "$.version": TYPE}}, []),
    "another-type": (body("name", 5, TYPE), [error("type", "response /name")]),
    "member": (body("maintainer", "x", TYPE), [error("member", "response /maintainer")]),
    "example-out-of-bounds": (
        {"body": {"_status": {"lastSync": 1}}, "rules": {"$": TYPE}},
        [warning("optional", "response /_status/lastSync"), warning("example", "response /_status/lastSync")],
    ),
    "optional": (
        {"body": {"_status": {"lastSync": 1717263000000}}, "rules": {"$": TYPE}},
        [warning("optional", "response /_status/lastSync")],
    ),
    "equality": (body("name", "x"), [warning("tighter", "response /name")]),
    "equality-with-the-path": ({"body": {"projectKey": "default", "integrationKey": "redis"}}, []),
    "not-in-the-enum": (
        body("integrationKey", "cassandra"),
        [error("example", "response /integrationKey")],
    ),
    "regex-of-one-value": (
        body("integrationKey", "redis", regex("^redis$")),
        [warning("tighter", "response /integrationKey")],
    ),
    "regex-of-every-value": (body("integrationKey", "redis", regex("redis|dynamodb")), []),
    "regex-on-free-text": (body("name", "x", regex("[a-z]+")), [warning("tighter", "response /name")]),
    "any-object-without-a-rule": (body("_status", {}), []),
    "no-elements": (body("tags", []), [warning("tighter", "response /tags")]),
    "these-elements": (body("tags", ["a", "b"]), [warning("tighter", "response /tags")]),
    "some-element": (
        body("tags", ["a"], {"match": "type", "min": 1}),
        [warning("optional", "response /tags/*")],
    ),
    "three-elements": (
        body("tags", ["a"], {"match": "type", "min": 3}),
        [warning("tighter", "response /tags")],
    ),
    "few-elements": (
        body("tags", ["a"], {"match": "type", "max": 3}),
        [warning("tighter", "response /tags")],
    ),
    "regex-on-a-boolean": (body("on", True, regex("true|false")), []),
    "unknown-rule": (body("name", "x", {"match": "frobnicate"}), [warning("matcher", "response /name")]),
    "no-body": ({"body": None}, [error("body", "response body")]),
    "media-parameters": (
        {"answered": {"Content-Type": "application/json; charset=utf-8"}},
        [warning("tighter", "response Content-Type")],
    ),
    "method-refused-on-purpose": ({"method": "PUT", "status": 405}, [warning("status", "response 405")]),
    "any-object": (body("_status", {}, TYPE), []),
    "kind-from-the-path": ({"body": {"config": {"host": "h"}}, "rules": {"$.config.host": TYPE}}, []),
    "another-kinds-member": (
        {"body": {"config": {"tableName": "t"}}, "rules": {"$.config.tableName": TYPE}},
        [error("member", "response /config/tableName")],
    ),
    "status": ({"status": 302}, [error("status", "response 302")]),
    "status-only-allowed": ({"status": 405}, [warning("status", "response 405")]),
    "header": ({"answered": {"X-Trace": "1"}}, [error("header", "response X-Trace")]),
    "media-type": (
        {"answered": {"Content-Type": "text/html"}},
        [error("header", "response Content-Type")],
    ),
    "optional-header": (
        {"answered": {"X-Ratelimit-Reset": "1717263000000"}},
        [warning("optional", "response X-Ratelimit-Reset"), warning("tighter", "response X-Ratelimit-Reset")],
    ),
    "header-sent": ({"headers": {**HEADERS, "X-Mine": "1"}}, [warning("header", "request X-Mine")]),
    "no-version": ({"headers": {"Authorization": "x"}}, [error("request", "request LD-API-Version")]),
    "no-token": ({"headers": {"LD-API-Version": "beta"}}, [error("request", "request Authorization")]),
    "other-version": (
        {"headers": {**HEADERS, "LD-API-Version": "1"}},
        [error("request", "request LD-API-Version")],
    ),
    "no-version-on-purpose": ({"headers": {}, "status": 403}, []),
    "method": ({"method": "PUT"}, [error("method", "request method")]),
    "path": ({"path": "/api/v3/stores"}, [error("path", "request path")]),
    "kind": ({"path": f"{BASE}/default/test/mongo/5f0a1b2c"}, [error("request", "request integrationKey")]),
}


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(("how", "expected"), CASES.values(), ids=CASES)
def test_disagreement(tmp_path, version, how, expected):
    """A pact of any specification differs from the document in these places, and this badly."""
    how = {"method": "GET", "path": INTEGRATION, **how}
    assert sorted(find(tmp_path, version=version, **how)) == sorted(expected)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"config": {"host": "a.example.com"}}, []),
        ({"config": {"host": "a.example.com", "port": 6379}}, [("error", "request", "request /config/port")]),
        ({"config": {}}, [("error", "request", "request /config/host")]),
        (
            {"config": {"host": "a.example.com", "database": 3}},
            [("error", "request", "request /config/database")],
        ),
        ({"config": {"host": "a.example.com"}, "tag": ["a"]}, [("warning", "member", "request /tag")]),
    ],
)
def test_request(tmp_path, body, expected):
    """A body that the document refuses is an error; a member that it does not describe is a warning."""
    answer = {"version": 1}
    assert (
        find(tmp_path, "POST", REDIS, status=201, sent=body, body=answer, rules={"$.version": TYPE})
        == expected
    )
    assert find(tmp_path, "POST", REDIS, status=400, sent=body) == []


def test_what_was_sent_may_be_relied_on(tmp_path):
    """A value that the request sets, in a create or in a patch, is no tighter than the document."""
    body = {"config": {"host": "a.example.com"}, "name": "mine"}
    assert find(tmp_path, "POST", REDIS, status=201, sent=body, body={"name": "mine"}) == []
    patch = [{"op": "replace", "path": "/on", "value": True}]
    assert find(tmp_path, "PATCH", sent=patch, body={"on": True}) == []
    assert find(tmp_path, "PATCH", sent=patch, body={"on": False}) == [("warning", "tighter", "response /on")]


def test_body_where_none_is_described(tmp_path):
    """The response to a delete has no body."""
    assert find(tmp_path, "DELETE", status=204, body={"ok": True}) == [("error", "body", "response body")]


def test_matcher_on_a_parent_holds_below(tmp_path):
    """`type` on the list is one for every member of its elements."""
    item = {"_id": "x", "name": "y", "version": 1}
    result = find(
        tmp_path, "GET", BASE, body={"items": [item]}, rules={"$.items": {"match": "type", "min": 1}}
    )
    assert result == []


def test_elements_are_promised_by_a_state_only(tmp_path):
    """A list may be empty: to rely on an element takes a provider state."""
    how = {"body": {"items": [{"name": "x"}]}, "rules": {"$.items": {"match": "type", "min": 1}}}
    assert find(tmp_path, "GET", BASE, states=(), **how) == [("warning", "optional", "response /items/*")]


def test_looser_is_a_note(tmp_path):
    """To accept more values than the document allows is harmless."""
    how = {"body": {"integrationKey": "redis"}, "rules": {"$.integrationKey": TYPE}}
    assert find(tmp_path, notes=True, **how) == [("note", "looser", "response /integrationKey")]


def test_query(tmp_path):
    """A query that is not described is reported, in every notation."""
    for version, query in (("2.0.0", "limit=5"), ("3.0.0", {"limit": ["5"]})):
        path = write_pact(tmp_path / "q.json", interaction("GET", BASE, version=version), version=version)
        document = json.loads(path.read_text())
        document["interactions"][0]["request"]["query"] = query
        path.write_text(json.dumps(document))
        result = list(disagreements(load_contract(path).interactions[0], DOCUMENT))
        assert [(str(item.level), item.rule) for item in result] == [("warning", "query")]


def test_places(tmp_path):
    """Each disagreement points into the pact and into the document."""
    result = next(
        iter(disagreements(load_interaction(tmp_path, body={"name": 5}, rules={"$.name": TYPE}), DOCUMENT))
    )
    assert result.pact_pointer == "/interactions/0/response/body/content/name"
    assert result.pointer == "/components/schemas/Integration/properties/name"
    assert (result.expected, result.actual) == ("string", "5")
    result = next(
        iter(disagreements(load_interaction(tmp_path, version="3.0.0", body={"name": 5}), DOCUMENT))
    )
    assert result.pact_pointer == "/interactions/0/response/body/name"


def test_reason_is_the_description_of_the_document(tmp_path):
    """A warning has the document's own description of what it leaves open."""
    body = {"config": {"host": "a.example.com"}}
    result = list(
        disagreements(
            load_interaction(
                tmp_path, "POST", REDIS, status=201, sent=body, body={"config": {}}, rules={"$": TYPE}
            ),
            DOCUMENT,
        )
    )
    assert [(item.rule, "D2" in item.reason) for item in result if item.level is Level.WARNING] == [
        ("optional", True)
    ]


def test_secrets_are_not_repeated(tmp_path):
    """A password in a pact's body is in no disagreement."""
    body = {"config": {"host": "a.example.com", "password": ["correct horse battery staple"]}}
    result = list(disagreements(load_interaction(tmp_path, "POST", REDIS, status=201, sent=body), DOCUMENT))
    body = {"config": {"host": 5, "password": "correct horse battery staple"}}
    result += disagreements(load_interaction(tmp_path, "POST", REDIS, status=201, sent=body), DOCUMENT)
    assert result
    assert "battery" not in repr([(item.message, item.expected, item.actual) for item in result])


def test_message(tmp_path):
    """An interaction about a message is not compared with a document about HTTP, and is said to be."""
    path = write_pact(
        tmp_path / "m.json", {"type": "Asynchronous/Messages", "description": "an event", "contents": {}}
    )
    assert [
        disagreement.rule for disagreement in disagreements(load_contract(path).interactions[0], DOCUMENT)
    ] == ["not compared"]


def test_not_empty(tmp_path):
    """The rule of specification 4 relies on more than the document promises."""
    assert find(tmp_path, body={"name": "x"}, rules={"$.name": {"match": "notEmpty"}}) == [
        ("warning", "tighter", "response /name")
    ]


def test_status_class(tmp_path):
    """Of a class of statuses those that are promised count; a class without any does not fit."""

    def result(kind, status):
        item = interaction(status=status)
        item["response"]["matchingRules"] = {
            "status": {"matchers": [{"match": "statusCode", "status": kind}]}
        }
        contract = load_contract(write_pact(tmp_path / "class.json", item))
        return [
            (str(disagreement.level), disagreement.rule)
            for disagreement in disagreements(contract.interactions[0], DOCUMENT)
        ]

    assert result("clientError", 418) == []
    assert result([400, 405], 405) == [("warning", "status")]
    assert result("serverError", 500) == [("error", "status")]


def test_parameters_of_a_state_may_be_relied_on(tmp_path):
    """Values that are parameters of a state are no tighter than the document."""
    state = {"name": "an integration exists", "params": {"name": "mine", "tags": ["a"], "on": True}}
    assert find(tmp_path, states=(state,), body={"name": "mine", "tags": ["a"], "on": True}) == []


def test_long_arrays_are_cut(tmp_path):
    """Of many elements the first hundred are compared; the same disagreement is reported once."""
    how = {"body": {"items": [{"name": 5}] * 50_000}, "rules": {"$.items": {"match": "type"}}}
    assert find(tmp_path, "GET", BASE, **how) == [("error", "type", "response /items/*/name")]


def test_odd_names(tmp_path):
    """Control characters and endless descriptions do not reach a terminal."""
    item = load_contract(
        write_pact(tmp_path / "odd.json", interaction(description="a\x1b[31mb" + "c" * 9_000))
    ).interactions[0]
    assert str(item).startswith("somebody: a [31mb")
    assert len(item.description) == 200


def test_equal_descriptions_differ_by_state(tmp_path):
    """The label adds the provider states."""
    first, second = (
        interaction(states=(state,)) for state in ("a redis integration exists", "an environment exists")
    )
    names = [
        str(item) for item in load_contract(write_pact(tmp_path / "two.json", first, second)).interactions
    ]
    assert names == [
        "somebody: asks given a redis integration exists",
        "somebody: asks given an environment exists",
    ]


@pytest.mark.parametrize("text", ["\u00b2", "\u0663", "9" * 5_000, "", "1.5", "-1", 1e999, True])
@pytest.mark.parametrize("place", ["min", "max", "status"])
def test_what_is_no_number_is_named(tmp_path, place, text):
    """Also what other readers take for digits, and what is too long to be a number."""
    odd = interaction(body=[1], rules={"$": {"match": "type", place: text}})
    if place == "status":
        odd = interaction(status=text)
    pact = write_pact(tmp_path / "odd.json", odd, interaction())
    (odd_one,) = load_contract(pact, lenient=True).unusable
    assert odd_one.problem.endswith(", not a number")
    assert len(odd_one.problem) < 300


def test_a_long_number_is_one(tmp_path):
    """A whole number has no largest one, as a decimal number has."""
    long = interaction(body=[1], rules={"$": {"match": "type", "max": 10**400}})
    assert not load_contract(write_pact(tmp_path / "long.json", long, interaction()), lenient=True).unusable


def test_contracts_of_one_consumer_differ_by_file(tmp_path):
    """The name of the contract adds the file."""
    for name in ("main.json", "production.json"):
        write_pact(tmp_path / name, interaction())
    names = [str(contract.interactions[0]) for contract in load_contracts(tmp_path)]
    assert names == ["somebody in main.json: asks", "somebody in production.json: asks"]


@pytest.mark.parametrize(
    ("expression", "tokens"),
    [
        ("$", ()),
        ("$.items[*].name", ("items", "*", "name")),
        ("$.items[0]['a.b']", ("items", "*", "a.b")),
        ('$["_links"].self', ("_links", "self")),
        ("$.items.*.name", ("items", "*", "name")),
    ],
)
def test_path_expression(expression, tokens):
    """Dots, brackets and quotes lead to the same places."""
    assert path_of(expression) == tokens


# which consumer relies on what


def impact_of(tmp_path, *interactions, consumer="somebody"):
    return Impact(
        (load_contract(write_pact(tmp_path / "i.json", *interactions, consumer=consumer)),), DOCUMENT
    )


@pytest.mark.parametrize(
    ("locus", "affected"),
    [
        ("200 /_status/lastSync", True),
        ("200 /_status", True),
        ("200 /_status/lastError", False),
        ("200 /", True),
        ("200 /_status/lastSync type", True),
        ("404 /code", False),
        ("200", True),
        ("certain valid", True),
        ("200 X-Ratelimit-Reset", False),
        ("200 Content-Type", True),
    ],
)
def test_affected(tmp_path, locus, affected):
    """A change affects those who rely on the place, or on something below it; not on something above."""
    result = interaction(
        body={"_status": {"lastSync": 1717263000000}},
        rules={"$": TYPE},
        answered={"Content-Type": "application/json"},
    )
    impact = impact_of(tmp_path, result)
    assert impact.affected_consumers("getIntegration", locus) == (("somebody",) if affected else ())
    assert impact.unaffected_consumers("getIntegration", locus, ("somebody",) if affected else ()) == (
        () if affected else ("somebody",)
    )
    assert impact.affected_consumers("updateIntegration", locus) == ()


def test_relying_on_an_object_is_not_relying_on_its_members(tmp_path):
    """A consumer that needs any object is not affected by what is in it."""
    impact = impact_of(tmp_path, interaction(body={"_status": {}}, rules={"$": TYPE}))
    assert impact.affected_consumers("getIntegration", "200 /_status/lastSync") == ()
    assert impact.affected_consumers("getIntegration", "200 /_status") == ("somebody",)


def test_elements_that_a_pact_does_not_describe(tmp_path):
    """Whether another element breaks a consumer of "an array" is not known: it is on neither side."""
    impact = impact_of(tmp_path, interaction(body={"tags": [], "name": "x"}, rules={"$": TYPE}))
    locus = "200 /tags/* type"
    assert impact.affected_consumers("getIntegration", locus) == ()
    assert impact.unaffected_consumers("getIntegration", locus, ()) == ()
    assert impact.unaffected_consumers("getIntegration", "200 /on", ()) == ("somebody",)
    assert impact.unaffected_consumers("updateIntegration", locus, ()) == ("somebody",)


def test_strict_members_of_a_pact(tmp_path):
    """Members in the comment `strict` are relied on, though no matching rule names them."""
    stated = interaction(body={"name": "x"}, rules={"$": TYPE})
    stated["comments"] = {"strict": ["/_access", "/_access/denied/*/action", 7], "text": ["as tried"]}
    impact = impact_of(tmp_path, stated)
    for locus in ("200 /_access", "200 /_access/denied", "200 /_access/denied/0/action type"):
        assert impact.affected_consumers("getIntegration", locus) == ("somebody",), locus
    assert impact.affected_consumers("getIntegration", "200 /_access/allowed") == ()
    assert ("200", "/_access") not in {
        (place.status, place.member) for place in impact.unused_places if place.operation == "getIntegration"
    }


@pytest.mark.parametrize("comments", [None, "text", {"strict": "name"}, {"text": ["strict"]}])
def test_other_comments_of_a_pact(tmp_path, comments):
    """Comments of others are none of strict members."""
    stated = {**interaction(body={"name": "x"}, rules={"$": TYPE}), "comments": comments}
    assert impact_of(tmp_path, stated).affected_consumers("getIntegration", "200 /on") == ()


def test_elements_are_one_place(tmp_path):
    """Whichever element the finding is about."""
    impact = impact_of(
        tmp_path, interaction("GET", BASE, body={"items": [{"name": "x"}, {"name": "y"}]}, rules={"$": TYPE})
    )
    assert impact.affected_consumers("listIntegrations", "200 /items/*/name") == ("somebody",)
    assert impact.affected_consumers("listIntegrations", "200 /items/3/name") == ("somebody",)
    assert impact.affected_consumers("listIntegrations", "200 /items/*/on") == ()


def test_unused(tmp_path):
    """Of parts that no consumer uses the outermost are listed, of responses and of requests."""
    impact = impact_of(
        tmp_path, interaction(body={"_status": {"lastSync": 1717263000000}}, rules={"$": TYPE})
    )
    unused = {
        (item.status, item.member) for item in impact.unused_places if item.operation == "getIntegration"
    }
    assert {("200", "/name"), ("200", "/_links"), ("200", "/_status/available"), ("404", "")} <= unused
    assert not {("200", "/_status"), ("200", "/_links/self"), ("200", "/_status/lastSync")} & unused
    assert Place("createIntegration", "") in impact.unused_in_requests


@pytest.mark.parametrize(
    ("locus", "result"),
    [
        ("200 /a/b more", ("200", "/a/b")),
        ("429 X-Ratelimit-Reset", ("429", "header X-Ratelimit-Reset")),
        ("204", ("204", None)),
        ("body /x", (None, None)),
    ],
)
def test_parse_locus(locus, result):
    """Status and member, where a locus names them."""
    assert parse_locus(locus) == result


def test_reliances(tmp_path):
    """Every path of the example, outermost first, with its rule."""
    item = load_interaction(
        tmp_path,
        body={"a": [{"b": 1}, {"b": 2, "c": "x"}]},
        rules={"$.a": {"match": "type"}, "$.a[*].b": INTEGER},
    )
    result = {
        reliance.pointer: reliance.matchers[0].kind
        for reliance in reliances(item.body("response"), item.rules("response"))
    }
    assert result == {"": "equality", "/a": "type", "/a/*": "type", "/a/*/b": "integer", "/a/*/c": "type"}


@pytest.mark.parametrize("version", VERSIONS)
def test_an_empty_text_is_an_empty_response(tmp_path, version):
    """As for the verifier, which expects that nothing comes."""
    assert find(tmp_path, body="", version=version) == find(tmp_path, body=None, version=version) != []


@pytest.mark.parametrize("encoded", ["base64", "JSON", False])
def test_an_empty_text_needs_no_encoding(tmp_path, encoded):
    """A body of no bytes is empty, whatever it is encoded in."""
    made = interaction(version="4.0")
    made["response"]["body"] = {"content": "", "contentType": "application/json", "encoded": encoded}
    (loaded,) = load_contract(write_pact(tmp_path / "p.json", made)).interactions
    assert loaded.body("response") is None


@pytest.mark.parametrize("content", ["%%%", "e30 =", "e%30=", "e30"])
def test_a_body_that_is_not_base64_is_refused(tmp_path, content):
    """The verifier would send the text as it stands."""
    made = interaction("POST", REDIS, version="4.0")
    made["request"]["body"] = {"content": content, "contentType": "application/json", "encoded": "base64"}
    with pytest.raises(PactUnusable, match="the body is not base64"):
        load_contract(write_pact(tmp_path / "p.json", made))
