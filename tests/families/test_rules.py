"""The promises of the documents and their silences, request by request."""

from __future__ import annotations

import json

import pytest

from storepact.families import DEFAULT_FAMILY
from storepact.families.persistent_store.bodies import ordinary_body
from storepact.model.api import Scope
from storepact.model.case import NOTHING, Auth, Case, PreparedRequest
from storepact.model.expectation import Promise
from storepact.model.paths import data_path
from storepact.model.run_mark import make_run_mark
from storepact.openapi.load import load_document
from storepact.openapi.variants import variants_of

DOCUMENT = load_document(data_path("openapi", DEFAULT_FAMILY.document))
SCOPE = Scope(("default", "test"))
#: The longest tag, and label of a host, that every provider accepts (D13).
LONGEST_WORD = 32
ACCEPT, REFUSE, SILENT = Promise.ACCEPT, Promise.REFUSE, Promise.SILENT


def promise(operation, body=NOTHING, *, kind="redis", headers=None, auth=Auth.WRITER, **parameters):
    described = DOCUMENT.operations[operation]
    values = {
        "projectKey": "default",
        "environmentKey": "test",
        "integrationKey": kind,
        "integrationId": "abc",
        **parameters,
    }
    names = [parameter.name for parameter in described.parameters_in("path")]
    raw = None if body is NOTHING else body if isinstance(body, bytes) else json.dumps(body).encode()
    sent = {
        "LD-API-Version": "beta",
        **({"Content-Type": "application/json"} if raw is not None else {}),
        **(headers or {}),
    }
    pairs = tuple((name, value) for name, value in sent.items() if value is not None)
    case = Case(operation, kind, auth=auth)
    prepared = PreparedRequest(
        case,
        described.method,
        described.path,
        pairs,
        raw,
        body,
        {name: values[name] for name in names},
        "abc",
    )
    variant = next(variant for variant in variants_of(DOCUMENT, described) if variant.value in (kind, None))
    return DEFAULT_FAMILY.expect(prepared, described, DOCUMENT, variant, SCOPE)


def redis(**config):
    return {"config": {"host": "redis.example.com", **config}, "name": "storepact"}


@pytest.mark.parametrize("coding", ["utf-16", "utf-16-be", "utf-32"])
def test_json_in_other_encodings_is_open(coding):
    """Some parsers recognize UTF-16 and read it; what is no JSON there either must be refused."""
    text = json.dumps(ordinary_body("redis", "m"))
    assert promise("createIntegration", text.encode(coding)).promise is SILENT
    assert promise("createIntegration", text[:-1].encode(coding)).promise is REFUSE


def test_weight_in_accept_changes_nothing():
    """A client that prefers JSON with a weight accepts it."""
    headers = {"Accept": "application/json;q=0.9, */*;q=0.1"}
    assert promise("listIntegrations", headers=headers).promise is ACCEPT


@pytest.mark.parametrize("kind", DEFAULT_FAMILY.kinds)
def test_mark_of_a_run_leaves_nothing_open(kind):
    """On live targets a legal create must be accepted as on the mock, whatever worker and story mark it."""
    for mark in ("", "-01", "-12-117"):
        body = ordinary_body(kind, f"{make_run_mark()}{mark}")
        assert promise("createIntegration", body, kind=kind).promise is ACCEPT
        patch = [{"op": "replace", "path": "/tags", "value": body["tags"]}]
        assert promise("updateIntegration", patch, kind=kind).promise is ACCEPT
        words = [*body["tags"], *body["config"].get("host", "").split(".")]
        assert max(map(len, words)) <= LONGEST_WORD


@pytest.mark.parametrize("kind", ["redis", "dynamodb"])
def test_ordinary_body_must_be_accepted(kind):
    """What the bench creates is what every provider accepts."""
    assert promise("createIntegration", ordinary_body(kind, "storepact"), kind=kind).promise is ACCEPT


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (redis(), ACCEPT),
        (redis(port="6380"), ACCEPT),
        ({**redis(), "unknown": 1}, ACCEPT),
        (redis(port=6380), SILENT),
        (redis(port="0"), SILENT),
        (redis(unknown="x"), SILENT),
        (redis(username=None), SILENT),
        ({**redis(), "name": "x" * 65}, SILENT),
        ({**redis(), "name": "\x00"}, SILENT),
        ({**redis(), "name": "wide\u3000and no-break\u00a0blanks"}, SILENT),
        ({**redis(), "name": "an ordinary blank"}, ACCEPT),
        ({**redis(), "__proto__": 1}, SILENT),
        ({**redis(), "constructor": {"prototype": 1}}, SILENT),
        ({**redis(), "constructor": 1}, ACCEPT),
        ({**redis(), "tags": ["a", "a"]}, SILENT),
        ({**redis(), "name": None}, SILENT),
        (redis(host=""), SILENT),
        ({}, REFUSE),
        ({"config": {}}, REFUSE),
        ({"config": None}, REFUSE),
        (redis(host=5), REFUSE),
        (redis(tlsEnabled="true"), REFUSE),
        ({**redis(), "on": "yes"}, REFUSE),
        ({**redis(), "tags": [1]}, REFUSE),
        ([redis()], REFUSE),
        (b'{"config": ', REFUSE),
        (b"", REFUSE),
    ],
)
def test_create_body(body, expected):
    """A create is promised, refused or left open by its body."""
    assert promise("createIntegration", body).promise is expected


@pytest.mark.parametrize(
    ("patch", "expected"),
    [
        ([{"op": "replace", "path": "/name", "value": "storepact"}], ACCEPT),
        ({"comment": "why", "patch": [{"op": "replace", "path": "/on", "value": True}]}, ACCEPT),
        ([{"op": "add", "path": "/tags/-", "value": "storepact"}], SILENT),
        ([{"op": "replace", "path": "/config", "value": {"host": "redis.example.com"}}], ACCEPT),
        ([], SILENT),
        ([{"op": "remove", "path": "/name"}], SILENT),
        ([{"op": "move", "from": "name", "path": "/name"}], REFUSE),
        ([{"op": "test", "path": "/version", "value": 2}], SILENT),
        (
            [{"op": "add", "path": "/tags/-", "value": "a"}, {"op": "add", "path": "/tags/-", "value": "b"}],
            SILENT,
        ),
        ([{"op": "test", "path": "/version", "value": 9007199254740991}], REFUSE),
        ([{"op": "rename", "path": "/name", "value": "x"}], REFUSE),
        ([{"op": "replace", "path": "/name"}], REFUSE),
        ([{"op": "replace", "path": "name", "value": "x"}], REFUSE),
        ([{"op": "replace", "path": "/on", "value": "yes"}], REFUSE),
        ([{"op": "replace", "path": "/config", "value": {}}], REFUSE),
        ([{"op": "replace", "path": "/name", "value": "storepact", "storepactUnknown": 1}], ACCEPT),
        ([{"op": "replace", "path": "/name", "value": "storepact", "id": {"a": None}}], ACCEPT),
        ([{"op": "replace", "path": "/name/", "value": "storepact"}], REFUSE),
        ([{"op": "replace", "path": "/on/", "value": True}], REFUSE),
        ([{"op": "remove", "path": "/tags/"}], REFUSE),
        *(
            ([{"op": verb, "path": path, "value": value}], expected)
            for verb in ("add", "replace")
            for path, value, expected in (
                ("/config/host", 5, REFUSE),
                ("/config/host", None, REFUSE),
                ("/config/host", "redis.example.com", SILENT),
                ("/config/port", 6379, SILENT),
                ("/config/port", ["6379"], REFUSE),
                ("/config/username", None, SILENT),
                ("/config/tlsEnabled", "yes", REFUSE),
                ("/config/tlsEnabled", 1.5, REFUSE),
                ("/tags/0", 5, REFUSE),
                ("/tags/0", None, SILENT),
            )
        ),
        (
            [
                {"op": "replace", "path": "/config/host", "value": 5},
                {"op": "replace", "path": "/config", "value": {"host": "redis.example.com"}},
            ],
            SILENT,
        ),
        ([{"op": "replace", "path": "//name", "value": "storepact"}], REFUSE),
        ([{"op": "move", "path": "/tags/-"}], REFUSE),
        ({"name": "x"}, REFUSE),
        ("x", REFUSE),
    ],
)
def test_patch(patch, expected):
    """An update is promised, refused or left open by its operations."""
    assert promise("updateIntegration", patch).promise is expected


def by_each_verb(path, *, value="x", source="/name"):
    """One operation of each verb at a path; `source` is where move and copy get their value from."""
    return {
        "add": {"op": "add", "path": path, "value": value},
        "replace": {"op": "replace", "path": path, "value": value},
        "remove": {"op": "remove", "path": path},
        "test": {"op": "test", "path": path, "value": value},
        "move to": {"op": "move", "from": source, "path": path},
        "copy to": {"op": "copy", "from": source, "path": path},
        "move from": {"op": "move", "from": path, "path": "/name"},
        "copy from": {"op": "copy", "from": path, "path": "/name"},
    }


VERBS = tuple(by_each_verb(""))
READING = ("replace", "remove", "test", "move from", "copy from")
EDITING = ("add", "replace", "remove", "move to", "copy to", "move from")


@pytest.mark.parametrize(
    ("path", "refused"),
    [
        ("/_id", EDITING),
        ("/_status", EDITING),
        ("/_links/self/href", EDITING),
        ("/_access/denied/0", EDITING),
        ("/_storepact", VERBS),
        ("/storepact", READING),
        ("/Name", READING),
        ("/", READING),
        ("/storepact/deep", VERBS),
        ("/name/0", VERBS),
        ("/on/storepact", VERBS),
        ("/version/0", VERBS),
        ("/tags/storepact", VERBS),
        ("/tags/01", VERBS),
        ("/tags/-1", VERBS),
        ("/tags/0/deep", VERBS),
        ("/tags/-", READING),
        ("/config/storepact", READING),
        ("/config/tableName", READING),
        ("/config/host/deep", VERBS),
        ("/version", ()),
        ("/projectKey", ()),
        ("/config/username", ()),
        ("/tags/99", ()),
        ("", ("move from",)),
    ],
)
def test_place_of_a_patch(path, refused):
    """What is not editable is edited by no verb; what cannot be there is read, and put into, by none."""
    operations = by_each_verb(path)
    promises = {
        verb: promise("updateIntegration", [operation]).promise for verb, operation in operations.items()
    }
    assert tuple(verb for verb in VERBS if promises[verb] is REFUSE) == tuple(
        verb for verb in VERBS if verb in refused
    )


@pytest.mark.parametrize(
    "patch",
    [
        [{"op": "add", "path": "/storepact", "value": 1}, {"op": "remove", "path": "/storepact"}],
        [
            {"op": "copy", "from": "/name", "path": "/storepact"},
            {"op": "test", "path": "/storepact", "value": "x"},
        ],
    ],
)
def test_place_that_the_patch_makes_may_be_there(patch):
    """A place that an earlier operation of the same patch has made is no reason to refuse it."""
    assert promise("updateIntegration", patch).promise is SILENT


@pytest.mark.parametrize(
    ("change", "statuses"),
    [
        ({"auth": Auth.NONE}, {401}),
        ({"auth": Auth.GARBAGE}, {401}),
        ({"headers": {"LD-API-Version": None}}, {403}),
        ({"headers": {"LD-API-Version": "20240415"}}, {403}),
        ({"projectKey": "nowhere"}, {404}),
        ({"integrationKey": "cassandra"}, {400, 404}),
        ({"integrationId": "other"}, {400, 404}),
        ({"integrationKey": "dynamodb"}, {400, 404}),
        ({"auth": Auth.NONE, "headers": {"LD-API-Version": None}}, {401, 403}),
    ],
)
def test_get_refusals(change, statuses):
    """One flaw allows its own statuses; of two, either may be answered."""
    expectation = promise("getIntegration", **change)
    assert (expectation.promise, set(expectation.statuses)) == (REFUSE, statuses)


def test_reader_may_read_and_not_write():
    """A token that may only read is refused where something would change."""
    assert promise("getIntegration", auth=Auth.READER).promise is ACCEPT
    assert promise("deleteIntegration", auth=Auth.READER).statuses == {401, 403}


def test_config_of_the_other_kind_is_refused():
    """The kind in the path decides what config must be."""
    assert promise("createIntegration", redis(), kind="dynamodb").promise is REFUSE
