"""Findings that one change of the provider has brought about are told as one cause, others stay apart."""

from __future__ import annotations

import pytest

import records
from storepact.record.causes import causes

NUMBERS = iter(range(10**6))


def sign(code="SP104", operation="getIntegration", locus="200 /version", message="", **more):
    told = {
        "message": message or f"{locus} is not right",
        "expected": "",
        "actual": "",
        "consumers": ["mine"],
        **more,
    }
    return records.finding(f"{next(NUMBERS):012x}", code=code, operation=operation, locus=locus, **told)


def refusal(rule, status, operation="updateIntegration"):
    return sign("SP207", operation, f"{rule} {status}", actual=str(status))


def vanished():
    for operation in ("getIntegration", "deleteIntegration"):
        yield sign("SP201", operation, "404", actual="404")
        yield refusal("body /config/host type", 404, operation)
    yield sign("SP602", locus="404 gone", message="it is not found any more")
    yield sign("SP603", "listIntegrations", "200 /items missing", "the list lacks a redis integration")
    yield sign(
        "SP401",
        locus="mine/reads/status",
        source="pacts",
        message="mine: reads: status: expected 200 but was 404",
    )


ONE = {
    "a member in every operation, pact and suite": [
        sign(), sign(operation="listIntegrations", locus="200 /items/*/version"), sign(source="lifecycle"),
        sign("SP401", locus="mine/asks/body $.version", touches="200 /version"),
    ],
    "a malformed member that is not as it was written, either": [
        sign(), sign("SP606", "updateIntegration", message="/version is \"2\", not 2", expected="2", actual='"2"'),
    ],
    "what is in a member that is missing": [sign(locus="200 /config"), sign(locus="200 /config/host", message="'host' is missing")],
    "a member that was renamed": [
        sign("SP105", locus="200 /project", actual="project: 'default'"),
        sign(locus="200 /projectKey", message="'projectKey' is missing"),
    ],
    "an error that was wrapped": [
        sign("SP105", locus="404 /error", actual="error: {'code': 'not_found', 'message': 'no'}"),
        sign(locus="404 /code", message="'code' is missing"), sign(locus="404 /message", message="'message' is missing"),
    ],
    "an integration that vanished": list(vanished()),
    "one that is still there": [
        sign("SP604", locus="gone", actual="200"), sign("SP603", "listIntegrations", "200 /items/*/_id listed"),
        sign("SP202", "deleteIntegration", "id", actual="204"),
    ],
    "an undocumented status": [
        sign("SP102", "deleteIntegration", "202", actual="202"),
        sign("SP401", "deleteIntegration", "mine/deletes/status", message="mine: deletes: status: expected 204 but was 202"),
    ],
    "a stale read": [
        sign("SP602", locus="200 stale", message='/on is false, not true: an earlier answer said so (so it is with /version)'),
        sign("SP612", locus="200 lost", message='/name is "a", not "b": an earlier answer said so (so it is with /version)'),
        sign("SP610", locus="200 /config/password", message="/config/password: now it is redacted otherwise"),
    ],
    "a list of another type": [
        sign("SP103", "listIntegrations", "200 Content-Type", actual="text/html"),
        sign("SP401", "listIntegrations", "mine/lists/bodytype ", exchange=records.exchange()),
        sign("SP401", "listIntegrations", "mine/lists/header Content-Type", touches="200 Content-Type"),
    ],
    "a body that was wrapped as a whole": [
        sign("SP105", locus="200 /data", message="body: 'data' is not described", actual="data: {'_id': 'x', 'name': 'y'}"),
        *(sign(locus=f"200 /{name}", message=f"body: '{name}' is missing") for name in ("_id", "name", "on", "tags")),
    ],
    "members of one object that are all of another type": [
        sign(locus=f"200 /_links/{name}", message=f"/_links/{name}: 'x' is not of type 'object'", pointer=f"/l/{name}")
        for name in ("self", "parent", "project")
    ],
    "two members that one schema describes": [
        sign(locus=f"200 /_status/{name}", message=f"/_status/{name}: 1 should not be valid under x", pointer="/millis/not")
        for name in ("lastSync", "lastError")
    ],
    "required members that nobody asks for": [
        sign("SP202", "createIntegration", f"body /config/{name} required", actual="201") for name in ("host", "region", "roleArn")
    ],
    "a delete that is never refused": [
        *(sign("SP202", "deleteIntegration", rule, actual="204") for rule in ("id", "project", "environment", "kind")),
        sign("SP604", "deleteIntegration", "gone", actual="204"), sign("SP302", "deleteIntegration", "scope", actual="204"),
        sign("SP612", "deleteIntegration", "204 order", actual="204, 204"),
    ],
    "a value outside its list that is not the one that was written, either": [
        sign(locus="200 /config/region", message="/config/region: 'EU-1' is not one of ['eu-1']", expected="one of eu-1", actual="'EU-1'"),
        sign("SP601", locus="200 /config/region", message='/config/region is "EU-2", not "eu-2"', expected='"eu-2"', actual='"EU-2"'),
    ],
    "an update that does nothing and is not counted": [
        sign("SP601", "updateIntegration", "200 /tags", '/tags is ["a"], not []', exchange=records.exchange(sent="[1]")),
        sign("SP606", "updateIntegration", "200 /version", "/version is 1, not 2", exchange=records.exchange(sent="[1]")),
    ],
    "a write that was answered and lost, and what is built upon it": [
        *(sign(code, operation, "200 stale", "/tags is [], not [1] (so it is with /version)")
          for code, operation in (("SP602", "getIntegration"), ("SP603", "listIntegrations"), ("SP602", "updateIntegration"))),
        sign("SP601", "updateIntegration", "200 /tags", "/tags is [2], not [1, 2]", expected="[1, 2]", actual="[2]"),
        sign("SP201", "updateIntegration", "409", actual="409"),
    ],
    "crashes over anything": [
        sign("SP101", "createIntegration", "500"),
        sign("SP101", "createIntegration", "500 project", mutation="- violates `const` at /properties/projectKey"),
        sign("SP101", "createIntegration", "500 body"),
    ],
    "refusals in the same words": [
        sign("SP207", "updateIntegration", f"{rule} 404", f"refused with 404 ('test failed'), though {rule}", actual="404")
        for rule in ("precondition", "body")
    ],
    "an old state that is blamed on whatever happened in between": [
        sign(code, "updateIntegration", "200 stale", "/on is false, not true: because") for code in ("SP302", "SP602", "SP611")
    ],
    "the kind in a path that is not looked at": [
        sign("SP202", "getIntegration", "kind", "answered 200, though there is no such kind of store", actual="200"),
        sign("SP302", "getIntegration", "scope", "answered 200, though it is of the other kind", actual="200"),
    ],
    "crashes over bodies that are no JSON, whatever else is wrong": [
        sign("SP101", "updateIntegration", "500 json", exchange=records.exchange(sent="{")),
        sign("SP101", "createIntegration", "500 version", exchange=records.exchange(sent="{")),
    ],
    "errors without a body": [
        sign("SP106", operation, f"{status} body") for operation in ("getIntegration", "listIntegrations") for status in (401, 404)
    ],
}  # fmt: skip

APART = {
    "two members": [sign(), sign(locus="200 /name")],
    "a new member and another one that is missing elsewhere": [
        sign("SP105", locus="200 /_maintainer", actual="_maintainer: 'x'"),
        sign(operation="createIntegration", locus="201 /_id", message="'_id' is missing"),
    ],
    "crashes over different things": [sign("SP101", locus="500 json"), sign("SP101", locus="500 path")],
    "crashes over bodies that are no JSON, and with ones that are": [
        sign("SP101", locus="500 json", exchange=records.exchange(sent="{")),
        sign("SP101", locus="500 version", exchange=records.exchange(sent="{}")),
    ],
    "two members that are missing": [
        sign(locus=f"200 /{name}", message=f"body: '{name}' is missing", pointer="/required") for name in ("on", "tags")
    ],
    "two required members that nobody asks for": [
        sign("SP202", "createIntegration", f"body /config/{name} required", actual="201") for name in ("host", "region")
    ],
    "a wrong member and a version that is not counted elsewhere": [
        sign("SP601", "updateIntegration", "200 /tags", '/tags is ["a"], not []', exchange=records.exchange(sent="[1]")),
        sign("SP606", "updateIntegration", "200 /version", "/version is 1, not 2", exchange=records.exchange(sent="[2]")),
    ],
    "refusals with different statuses": [refusal("auth", 403), refusal("id", 400)],
    "a member that is malformed in one answer and well-formed but wrong in another": [
        sign(locus="200 /tags", actual="None"),
        sign("SP601", "createIntegration", "201 /tags", '/tags is ["a"], not ["a", "a"]', expected='["a", "a"]', actual='["a"]'),
    ],
    "a door and a member": [sign("SP205", "deleteIntegration", "version", actual="204"), sign()],
}  # fmt: skip


@pytest.mark.parametrize("what", ONE)
def test_one_cause(what):
    """However many findings it makes."""
    told = causes(ONE[what])
    assert [sorted(each["fingerprints"]) for each in told] == [
        sorted(each["fingerprint"] for each in ONE[what])
    ]
    assert told[0]["consumers"] == ["mine"]


@pytest.mark.parametrize("what", APART)
def test_causes_that_stay_apart(what):
    """Even if they show in the same answer."""
    assert len(causes(APART[what])) == 2


def test_the_order_of_findings_does_not_matter():
    """The same findings the other way round make the same causes."""
    every = [finding for findings in (*ONE.values(), *APART.values()) for finding in findings]
    told, back = causes(every), causes(every[::-1])
    assert [(each["id"], sorted(each["fingerprints"])) for each in told] == [
        (each["id"], sorted(each["fingerprints"])) for each in back
    ]


def test_the_lead_is_the_worst_and_simplest():
    """Not a pact's finding where a check says the same, and not one with a long story."""
    pact = sign("SP401", locus="mine/asks/body $.version", touches="200 /version")
    simple, long = sign(), sign(source="lifecycle", story=records.STORY)
    (told,) = causes([pact, long, simple])
    assert told["id"] == simple["fingerprint"]
    assert causes([]) == []
