# ruff: noqa: E501 - one line for each recording
"""`storepact check` judges recorded answers by the matching rules of the pacts, where the request is theirs."""

from __future__ import annotations

import json

import pytest

from har_files import BASE, BODY, COLLECTION, entry, har, path_of, resource
from storepact.run.settings import Settings
from storepact.run.traffic import TrafficRun
from storepact.transport.har import read_har

ITEM = resource()
PATH = path_of(ITEM)
GONE = {"code": "not_found", "message": "none"}
ANY_ID = f"^{BASE}/[^/]+/[^/]+/redis/[^/]+$"
CREATED = entry("POST", COLLECTION, 201, ITEM, BODY)
LINKS = {"self": {"href": BASE, "type": "application/json"}}
EXISTS, DELETED = "a redis integration exists", "a redis integration was deleted"


def rules(**kinds):
    """Matching rules of specification 3: a rule by the member's path, `__` for a dot."""
    return {"body": {f"$.{name.replace('__', '.')}": {"matchers": [rule]} for name, rule in kinds.items()}}


def interaction(response, *states, method="GET", path=ANY_ID, headers=None, body=None, body_rules=None):
    """One interaction that sends the headers of the API to any path of this form."""
    sent = {"Authorization": "any", "LD-API-Version": "beta"} if headers is None else headers
    request = {"method": method, "path": PATH if path is ANY_ID else path, "headers": sent}
    if path is ANY_ID:
        request["matchingRules"] = {
            "path": {"matchers": [{"match": "regex", "regex": ANY_ID}]},
            **(body_rules or {}),
        }
    if body is not None:
        request["body"] = body
        request["matchingRules"] = {**request.get("matchingRules", {}), **(body_rules or {})}
    return {
        "description": "it",
        "providerStates": [{"name": name} for name in states],
        "request": request,
        "response": response,
    }


def answer(status=200, body=None, **kinds):
    """A response with a body and its rules."""
    return {"status": status, **({} if body is None else {"body": body}), "matchingRules": rules(**kinds)}


def findings_of(tmp_path, interactions, entries):
    """Every finding SP401 about entries, with a pact of these interactions."""
    folder = tmp_path / "pacts"
    folder.mkdir(exist_ok=True)
    pact = {
        "consumer": {"name": "dashboard"}, "provider": {"name": "persistent-store-integrations"}, "interactions": interactions,
        "metadata": {"pactSpecification": {"version": "3.0.0"}},
    }  # fmt: skip
    (folder / "dashboard.json").write_text(json.dumps(pact))
    run = TrafficRun(Settings(contracts=folder, report_dir=tmp_path), "traffic")
    run.add(*read_har(har(*entries), "traffic.har"))
    return [finding for finding in run.recorder.findings.values() if finding.code == "SP401"]


NUMBER, TEXT, FLAG = {"match": "integer"}, {"match": "type"}, {"match": "boolean"}
READ = interaction(
    answer(200, {"version": 1, "name": "x", "on": True}, version=NUMBER, name=TEXT, on=FLAG), EXISTS
)
PORT = interaction(
    answer(200, {"config": {"port": "6379"}}, config__port={"match": "regex", "regex": "^[0-9]{4}$"}), EXISTS
)
FIXED = interaction(answer(200, {"name": "storepact pact"}), EXISTS)
ABSENT = interaction(answer(404, {"code": "not_found"}), DELETED)
CREATE = interaction(
    answer(201, {"name": "Orders", "version": 1}),
    "an environment exists",
    method="POST",
    path=COLLECTION,
    body=BODY,
    headers={"LD-API-Version": "beta"},
)
LIST = interaction(
    answer(
        200,
        {"items": [{"name": "x", "on": True}]},
        items={"match": "type", "min": 1},
        **{"items[*]__on": FLAG},
    ),
    EXISTS,
    path=BASE,
)
HEADER = interaction(
    {
        "status": 200,
        "headers": {"ETag": "7"},
        "matchingRules": {"header": {"ETag": {"matchers": [{"match": "regex", "regex": "^[0-9]+$"}]}}},
    },
    EXISTS,
)


def list_entry(*items):
    return entry("GET", BASE, 200, {"_links": LINKS, "items": list(items)})


def short(**config):
    return resource(config={**ITEM["config"], **config})


BROKEN = {
    "another form": (PORT, [entry("GET", PATH, 200, short(port="80"))], "/config/port"),
    "a value of another type": (READ, [entry("GET", PATH, 200, resource(version="1"))], "/version"),
    "a member that must be there": (READ, [entry("GET", PATH, 200, {k: v for k, v in ITEM.items() if k != "on"})], "/on"),
    "a failure where a resource exists": (READ, [CREATED, entry("GET", PATH, 500, GONE)], ""),
    "a deleted resource has another error": (ABSENT, [CREATED, entry("DELETE", PATH, 204), entry("GET", PATH, 404, {"code": "gone", "message": "x"})], "/code"),
    "a create that answers another name": (CREATE, [entry("POST", COLLECTION, 201, resource(name="orders"), BODY)], "/name"),
    "an element of a list": (LIST, [list_entry(ITEM, resource(2, on=3))], "/items/*/on"),
    "the last element of a long list": (LIST, [list_entry(*map(resource, range(1, 40)), resource(40, on=3))], "/items/*/on"),
    "a header that is missing": (HEADER, [entry("GET", PATH, 200, ITEM)], "ETag"),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_answer_that_breaks_a_pact_names_the_consumer(tmp_path, name):
    """The rules of a consumer are applied to the answer of its own request."""
    made, entries, place = BROKEN[name]
    (finding,) = findings_of(tmp_path, [made], entries)
    assert finding.consumers == ("dashboard",)
    assert finding.source == "traffic"
    assert finding.touches.partition(" ")[2] == place


CLEAN = {
    "all that it relies on": ([READ, PORT, LIST], [CREATED, entry("GET", PATH, 200, ITEM), list_entry(ITEM)]),
    "other values than the example": ([FIXED], [entry("GET", PATH, 200, ITEM)]),
    "more members than it relies on": ([READ], [entry("GET", PATH, 200, resource(further=1))]),
    "no resource is known": ([READ], [entry("GET", PATH, 404, GONE)]),
    "the token may not": ([READ], [CREATED, entry("GET", PATH, 403, {"code": "forbidden", "message": "no"})]),
    "a limit is reached": ([READ], [CREATED, entry("GET", PATH, 429, {"code": "rate_limited", "message": "later"})]),
    "another client has deleted it": ([READ], [CREATED, entry("GET", PATH, 200, ITEM), entry("GET", PATH, 404, GONE)]),
    "it exists where the state says deleted": ([ABSENT], [entry("GET", PATH, 200, ITEM)]),
    "an unknown state": ([interaction(answer(404), "the moon is full")], [entry("GET", PATH, 200, ITEM)]),
    "another token is its state": ([interaction(answer(401), "the token is not known")], [entry("GET", PATH, 200, ITEM)]),
    "an empty list": ([LIST], [list_entry()]),
    "another body": ([CREATE], [entry("POST", COLLECTION, 201, resource(name="Other"), {**BODY, "name": "Other"})]),
    "a further member in the body": ([CREATE], [entry("POST", COLLECTION, 201, resource(version=2), {**BODY, "on": False})]),
    "another query": ([READ], [entry("GET", f"{PATH}?page=2", 200, resource(version="1"))]),
    "another path": ([interaction(answer(200, {"on": "x"}), EXISTS, path=f"{PATH}0")], [entry("GET", PATH, 200, ITEM)]),
    "a header that it leaves out on purpose": ([interaction(answer(403), headers={"Authorization": "x"})], [entry("GET", PATH, 500, GONE)]),
    "an optional member is left out": ([interaction(answer(200, {"_access": {}}, _access=TEXT), EXISTS)], [entry("GET", PATH, 200, ITEM)]),
    "a masked secret": ([interaction(answer(200, {"config": {"password": "a"}}, config__password={"match": "regex", "regex": "^[a-z]+$"}), EXISTS)], [entry("GET", PATH, 200, ITEM)]),
    "a rule that is not read": ([interaction(answer(200, {"name": "x"}, name={"match": "newer"}), EXISTS)], [entry("GET", PATH, 200, ITEM)]),
    "no body was recorded": ([READ], [{**entry("GET", PATH, 200, ITEM), "response": {**entry("GET", PATH, 200, ITEM)["response"], "content": {"size": 900}}}]),
    "pending": ([{**READ, "pending": True}], [entry("GET", PATH, 200, resource(version="1"))]),
    "another media type's parameters": ([interaction({"status": 200, "headers": {"Content-Type": "application/json; charset=utf-8"}}, EXISTS)], [entry("GET", PATH, 200, ITEM)]),
}  # fmt: skip


@pytest.mark.parametrize("name", CLEAN)
def test_answer_that_a_pact_is_not_about_has_no_finding(tmp_path, name):
    """Another request, another provider state, or one that the traffic does not show."""
    assert findings_of(tmp_path, *CLEAN[name]) == []


ACCEPTANCES = [
    ({"match": "regex", "regex": "^a+$"}, "aaa", "aab"),
    ({"match": "type"}, "any", 7),
    ({"match": "integer"}, 3, 3.5),
    ({"match": "decimal"}, 3.5, "x"),
    ({"match": "boolean"}, False, 1),
    ({"match": "null"}, None, ""),
    ({"match": "include", "value": "b"}, "abc", "acc"),
    ({"match": "date", "format": "yyyy-MM-dd"}, "2026-11-27", 5),
]


@pytest.mark.parametrize(("rule", "good", "bad"), ACCEPTANCES)
def test_rules_accept_and_refuse(tmp_path, rule, good, bad):
    """Each kind of rule, on a member of a body."""
    made = interaction(answer(200, {"name": good}, name=rule), EXISTS)
    assert findings_of(tmp_path, [made], [entry("GET", PATH, 200, resource(name=good))]) == []
    assert len(findings_of(tmp_path, [made], [entry("GET", PATH, 200, resource(name=bad))])) == 1
