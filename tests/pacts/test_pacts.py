"""Pacts beside the document: each kind of disagreement, in each specification."""

from __future__ import annotations

import json

import pytest

from pact_files import BASE, HEADERS, ONE, REDIS, interaction, loaded, written
from storepact.families import DEFAULT_FAMILY
from storepact.model.paths import data_path
from storepact.openapi.document import load_document
from storepact.pacts import Impact, Level, disagreements, load_contract, load_contracts
from storepact.pacts.impact import Place, parse_locus
from storepact.pacts.matchers import path_of, reliances

DOCUMENT = load_document(data_path("openapi", DEFAULT_FAMILY.document))
TYPE = {"match": "type"}
INTEGER = {"match": "integer"}
ANY = ["2.0.0", "3.0.0", "4.0"]


def found(tmp_path, *args, level=None, **how):
    """(level, rule, place within the body or request) of every disagreement, notes left out unless asked for."""
    every = disagreements(loaded(tmp_path, *args, **how), DOCUMENT)
    return [
        (str(each.level), each.rule, each.locus)
        for each in every
        if (each.level is not Level.NOTE or level == "note")
    ]


@pytest.mark.parametrize("version", ANY)
@pytest.mark.parametrize(
    ("how", "expected"),
    [
        pytest.param({"body": {"name": "x", "version": 1}, "rules": {"$.name": TYPE, "$.version": TYPE}}, [], id="fits"),
        pytest.param({"body": {"name": 5}, "rules": {"$.name": TYPE}}, [("error", "type", "response /name")], id="another-type"),
        pytest.param({"body": {"maintainer": "x"}, "rules": {"$.maintainer": TYPE}}, [("error", "member", "response /maintainer")], id="member"),
        pytest.param(
            {"body": {"_status": {"lastSync": 1}}, "rules": {"$": TYPE}},
            [("warning", "optional", "response /_status/lastSync"), ("warning", "example", "response /_status/lastSync")],
            id="example-out-of-bounds",
        ),
        pytest.param(
            {"body": {"_status": {"lastSync": 1717263000000}}, "rules": {"$": TYPE}},
            [("warning", "optional", "response /_status/lastSync")],
            id="optional",
        ),
        pytest.param({"body": {"name": "x"}}, [("warning", "tighter", "response /name")], id="equality"),
        pytest.param({"body": {"projectKey": "default", "integrationKey": "redis"}}, [], id="equality-with-the-path"),
        pytest.param({"body": {"integrationKey": "cassandra"}}, [("error", "example", "response /integrationKey")], id="not-in-the-enum"),
        pytest.param(
            {"body": {"integrationKey": "redis"}, "rules": {"$.integrationKey": {"match": "regex", "regex": "^redis$"}}},
            [("warning", "tighter", "response /integrationKey")],
            id="regex-of-one-value",
        ),
        pytest.param(
            {"body": {"integrationKey": "redis"}, "rules": {"$.integrationKey": {"match": "regex", "regex": "redis|dynamodb"}}},
            [],
            id="regex-of-every-value",
        ),
        pytest.param(
            {"body": {"name": "x"}, "rules": {"$.name": {"match": "regex", "regex": "[a-z]+"}}},
            [("warning", "tighter", "response /name")],
            id="regex-on-free-text",
        ),
        pytest.param({"body": {"_status": {}}}, [], id="any-object-without-a-rule"),
        pytest.param({"body": {"tags": []}}, [("warning", "tighter", "response /tags")], id="no-elements"),
        pytest.param({"body": {"tags": ["a", "b"]}}, [("warning", "tighter", "response /tags")], id="these-elements"),
        pytest.param({"body": {"tags": ["a"]}, "rules": {"$.tags": {"match": "type", "min": 1}}}, [("warning", "optional", "response /tags/*")], id="some-element"),
        pytest.param({"body": {"tags": ["a"]}, "rules": {"$.tags": {"match": "type", "min": 3}}}, [("warning", "tighter", "response /tags")], id="three-elements"),
        pytest.param({"body": {"tags": ["a"]}, "rules": {"$.tags": {"match": "type", "max": 3}}}, [("warning", "tighter", "response /tags")], id="few-elements"),
        pytest.param({"body": {"on": True}, "rules": {"$.on": {"match": "regex", "regex": "true|false"}}}, [], id="regex-on-a-boolean"),
        pytest.param({"body": {"name": "x"}, "rules": {"$.name": {"match": "frobnicate"}}}, [("error", "matcher", "response /name")], id="unknown-rule"),
        pytest.param({"body": None}, [("error", "body", "response body")], id="no-body"),
        pytest.param({"answered": {"Content-Type": "application/json; charset=utf-8"}}, [("warning", "tighter", "response Content-Type")], id="media-parameters"),
        pytest.param({"method": "PUT", "status": 405}, [("warning", "status", "response 405")], id="method-refused-on-purpose"),
        pytest.param({"body": {"_status": {}}, "rules": {"$._status": TYPE}}, [], id="any-object"),
        pytest.param({"body": {"config": {"host": "h"}}, "rules": {"$.config.host": TYPE}}, [], id="kind-from-the-path"),
        pytest.param(
            {"body": {"config": {"tableName": "t"}}, "rules": {"$.config.tableName": TYPE}},
            [("error", "member", "response /config/tableName")],
            id="another-kinds-member",
        ),
        pytest.param({"status": 302}, [("error", "status", "response 302")], id="status"),
        pytest.param({"status": 405}, [("warning", "status", "response 405")], id="status-only-allowed"),
        pytest.param({"answered": {"X-Trace": "1"}}, [("error", "header", "response X-Trace")], id="header"),
        pytest.param({"answered": {"Content-Type": "text/html"}}, [("error", "header", "response Content-Type")], id="media-type"),
        pytest.param(
            {"answered": {"X-Ratelimit-Reset": "1717263000000"}},
            [("warning", "tighter", "response X-Ratelimit-Reset"), ("warning", "optional", "response X-Ratelimit-Reset")],
            id="optional-header",
        ),
        pytest.param({"headers": {**HEADERS, "X-Mine": "1"}}, [("warning", "header", "request X-Mine")], id="header-sent"),
        pytest.param({"headers": {"Authorization": "x"}}, [("error", "request", "request LD-API-Version")], id="no-version"),
        pytest.param({"headers": {"LD-API-Version": "beta"}}, [("error", "request", "request Authorization")], id="no-token"),
        pytest.param({"headers": {**HEADERS, "LD-API-Version": "1"}}, [("error", "request", "request LD-API-Version")], id="other-version"),
        pytest.param({"headers": {}, "status": 403}, [], id="no-version-on-purpose"),
        pytest.param({"method": "PUT"}, [("error", "method", "request method")], id="method"),
        pytest.param({"path": "/api/v3/stores"}, [("error", "path", "request path")], id="path"),
        pytest.param({"path": f"{BASE}/default/test/mongo/5f0a1b2c"}, [("error", "request", "request integrationKey")], id="kind"),
    ],
)  # fmt: skip
def test_disagreement(tmp_path, version, how, expected):
    """A pact of any specification is told where it parts from the document, and how bad that is."""
    how = {"method": "GET", "path": ONE, **how}
    assert sorted(found(tmp_path, version=version, **how)) == sorted(expected)


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
    """A create that the document refuses is an error; a member that it does not know is one that a provider ignores."""
    answer = {"version": 1}
    assert (
        found(tmp_path, "POST", REDIS, status=201, sent=body, body=answer, rules={"$.version": TYPE})
        == expected
    )
    assert found(tmp_path, "POST", REDIS, status=400, sent=body) == []


def test_what_was_sent_may_be_relied_on(tmp_path):
    """A value that the request sets, in a create or in a patch, is no tighter than the document."""
    body = {"config": {"host": "a.example.com"}, "name": "mine"}
    assert found(tmp_path, "POST", REDIS, status=201, sent=body, body={"name": "mine"}) == []
    patch = [{"op": "replace", "path": "/on", "value": True}]
    assert found(tmp_path, "PATCH", sent=patch, body={"on": True}) == []
    assert found(tmp_path, "PATCH", sent=patch, body={"on": False}) == [
        ("warning", "tighter", "response /on")
    ]


def test_body_where_none_is_described(tmp_path):
    """A delete answers nothing that could be relied on."""
    assert found(tmp_path, "DELETE", status=204, body={"ok": True}) == [("error", "body", "response body")]


def test_matcher_on_a_parent_holds_below(tmp_path):
    """`type` on the list is one for every member of its elements."""
    item = {"_id": "x", "name": "y", "version": 1}
    told = found(
        tmp_path, "GET", BASE, body={"items": [item]}, rules={"$.items": {"match": "type", "min": 1}}
    )
    assert told == []


def test_elements_are_promised_by_a_state_only(tmp_path):
    """A list may be empty: who relies on an element needs a provider state."""
    how = {"body": {"items": [{"name": "x"}]}, "rules": {"$.items": {"match": "type", "min": 1}}}
    assert found(tmp_path, "GET", BASE, states=(), **how) == [("warning", "optional", "response /items/*")]


def test_looser_is_a_note(tmp_path):
    """Who accepts more than ever comes is not hurt."""
    how = {"body": {"integrationKey": "redis"}, "rules": {"$.integrationKey": TYPE}}
    assert found(tmp_path, level="note", **how) == [("note", "looser", "response /integrationKey")]


def test_query(tmp_path):
    """A query that is not described is told, however it is written."""
    for version, query in (("2.0.0", "limit=5"), ("3.0.0", {"limit": ["5"]})):
        path = written(tmp_path / "q.json", interaction("GET", BASE, version=version), version=version)
        document = json.loads(path.read_text())
        document["interactions"][0]["request"]["query"] = query
        path.write_text(json.dumps(document))
        told = list(disagreements(load_contract(path).interactions[0], DOCUMENT))
        assert [(str(each.level), each.rule) for each in told] == [("warning", "query")]


def test_places(tmp_path):
    """Each disagreement has its place in the pact and in the document."""
    told = next(iter(disagreements(loaded(tmp_path, body={"name": 5}, rules={"$.name": TYPE}), DOCUMENT)))
    assert told.pact_pointer == "/interactions/0/response/body/content/name"
    assert told.pointer == "/components/schemas/Integration/properties/name"
    assert (told.expected, told.actual) == ("string", "5")
    told = next(iter(disagreements(loaded(tmp_path, version="3.0.0", body={"name": 5}), DOCUMENT)))
    assert told.pact_pointer == "/interactions/0/response/body/name"


def test_reason_is_the_documents(tmp_path):
    """Why the document leaves something out stands beside the warning, in its own words."""
    body = {"config": {"host": "a.example.com"}}
    told = list(
        disagreements(
            loaded(tmp_path, "POST", REDIS, status=201, sent=body, body={"config": {}}, rules={"$": TYPE}),
            DOCUMENT,
        )
    )
    assert [(each.rule, "D2" in each.reason) for each in told if each.level is Level.WARNING] == [
        ("optional", True)
    ]


def test_secrets_are_not_repeated(tmp_path):
    """A password in a pact's body stands in no disagreement."""
    body = {"config": {"host": "a.example.com", "password": ["correct horse battery staple"]}}
    told = list(disagreements(loaded(tmp_path, "POST", REDIS, status=201, sent=body), DOCUMENT))
    body = {"config": {"host": 5, "password": "correct horse battery staple"}}
    told += disagreements(loaded(tmp_path, "POST", REDIS, status=201, sent=body), DOCUMENT)
    assert told
    assert "battery" not in repr([(each.message, each.expected, each.actual) for each in told])


def test_message(tmp_path):
    """An interaction about a message does not fit a document about HTTP."""
    path = written(
        tmp_path / "m.json", {"type": "Asynchronous/Messages", "description": "an event", "contents": {}}
    )
    assert [
        disagreement.rule for disagreement in disagreements(load_contract(path).interactions[0], DOCUMENT)
    ] == ["message"]


def test_not_empty(tmp_path):
    """Specification 4 asks for more than nothing, which the document may not promise."""
    assert found(tmp_path, body={"name": "x"}, rules={"$.name": {"match": "notEmpty"}}) == [
        ("warning", "tighter", "response /name")
    ]


def test_status_class(tmp_path):
    """Of a class of statuses, what is promised of it counts; one that nobody describes does not fit."""

    def told(kind, status):
        each = interaction(status=status)
        each["response"]["matchingRules"] = {
            "status": {"matchers": [{"match": "statusCode", "status": kind}]}
        }
        contract = load_contract(written(tmp_path / "class.json", each))
        return [
            (str(disagreement.level), disagreement.rule)
            for disagreement in disagreements(contract.interactions[0], DOCUMENT)
        ]

    assert told("clientError", 418) == []
    assert told([400, 405], 405) == [("warning", "status")]
    assert told("serverError", 500) == [("error", "status")]


def test_parameters_of_a_state_may_be_relied_on(tmp_path):
    """What a state is asked to bring about is no tighter than the document."""
    state = {"name": "an integration exists", "params": {"name": "mine", "tags": ["a"], "on": True}}
    assert found(tmp_path, states=(state,), body={"name": "mine", "tags": ["a"], "on": True}) == []


def test_long_arrays_take_no_time(tmp_path):
    """Of many elements the first ones are looked at; the same disagreement is told once."""
    how = {"body": {"items": [{"name": 5}] * 50_000}, "rules": {"$.items": {"match": "type"}}}
    assert found(tmp_path, "GET", BASE, **how) == [("error", "type", "response /items/*/name")]


def test_odd_names(tmp_path):
    """Control characters and endless descriptions do not reach a terminal."""
    each = load_contract(
        written(tmp_path / "odd.json", interaction(description="a\x1b[31mb" + "c" * 9_000))
    ).interactions[0]
    assert str(each).startswith("somebody: a [31mb")
    assert len(each.description) == 200


def test_equal_descriptions_are_told_apart(tmp_path):
    """By their provider states."""
    one, other = (
        interaction(states=(state,)) for state in ("a redis integration exists", "an environment exists")
    )
    names = [str(each) for each in load_contract(written(tmp_path / "two.json", one, other)).interactions]
    assert names == [
        "somebody: asks given a redis integration exists",
        "somebody: asks given an environment exists",
    ]


def test_contracts_of_one_consumer_are_told_apart(tmp_path):
    """By their files."""
    for name in ("main.json", "production.json"):
        written(tmp_path / name, interaction())
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


# who relies on what


def impact_of(tmp_path, *interactions, consumer="somebody"):
    return Impact((load_contract(written(tmp_path / "i.json", *interactions, consumer=consumer)),), DOCUMENT)


@pytest.mark.parametrize(
    ("locus", "hurt"),
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
def test_hurt(tmp_path, locus, hurt):
    """A change hurts whoever relies on the place, or on something below it; not who relies on what is above."""
    told = interaction(
        body={"_status": {"lastSync": 1717263000000}},
        rules={"$": TYPE},
        answered={"Content-Type": "application/json"},
    )
    impact = impact_of(tmp_path, told)
    assert impact.affected("getIntegration", locus) == (("somebody",) if hurt else ())
    assert impact.unaffected(impact.affected("getIntegration", locus)) == (() if hurt else ("somebody",))
    assert impact.affected("updateIntegration", locus) == ()


def test_hurt_above_only(tmp_path):
    """Who needs an object, whatever is in it, is not hurt by what is in it."""
    impact = impact_of(tmp_path, interaction(body={"_status": {}}, rules={"$": TYPE}))
    assert impact.affected("getIntegration", "200 /_status/lastSync") == ()
    assert impact.affected("getIntegration", "200 /_status") == ("somebody",)


def test_hurt_in_elements(tmp_path):
    """Elements have one place, whichever was looked at."""
    impact = impact_of(
        tmp_path, interaction("GET", BASE, body={"items": [{"name": "x"}, {"name": "y"}]}, rules={"$": TYPE})
    )
    assert impact.affected("listIntegrations", "200 /items/*/name") == ("somebody",)
    assert impact.affected("listIntegrations", "200 /items/3/name") == ("somebody",)
    assert impact.affected("listIntegrations", "200 /items/*/on") == ()


def test_unused(tmp_path):
    """What is described and relied on by nobody is told by its outermost place, and what nobody sends, too."""
    impact = impact_of(
        tmp_path, interaction(body={"_status": {"lastSync": 1717263000000}}, rules={"$": TYPE})
    )
    unused = {(each.status, each.member) for each in impact.unused if each.operation == "getIntegration"}
    assert {("200", "/name"), ("200", "/_links"), ("200", "/_status/available"), ("404", "")} <= unused
    assert not {("200", "/_status"), ("200", "/_links/self"), ("200", "/_status/lastSync")} & unused
    assert Place("createIntegration", "") in impact.unused_in_requests


@pytest.mark.parametrize(
    ("locus", "told"),
    [
        ("200 /a/b more", ("200", "/a/b")),
        ("429 X-Ratelimit-Reset", ("429", "header X-Ratelimit-Reset")),
        ("204", ("204", None)),
        ("body /x", (None, None)),
    ],
)
def test_parse_locus_a_locus(locus, told):
    """Status and member, where a locus names them."""
    assert parse_locus(locus) == told


def test_reliances(tmp_path):
    """Every place of the example, outermost first, with the rule that holds there."""
    each = loaded(
        tmp_path,
        body={"a": [{"b": 1}, {"b": 2, "c": "x"}]},
        rules={"$.a": {"match": "type"}, "$.a[*].b": INTEGER},
    )
    told = {
        reliance.pointer: reliance.matchers[0].kind
        for reliance in reliances(each.body("response"), each.rules("response"))
    }
    assert told == {"": "equality", "/a": "type", "/a/*": "type", "/a/*/b": "integer", "/a/*/c": "type"}
