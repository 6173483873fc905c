"""Findings that one change of the provider has brought about are one cause, others stay apart."""

from __future__ import annotations

import pytest

import finding_subjects
import records
from finding_subjects import causes

NUMBERS = iter(range(10**6))


def sign(code="SP104", operation="getIntegration", locus="200 /version", status=200, **fields):
    """A finding of one check; `fields` are those that the test is about."""
    expected_status = fields.pop("expected_status", "")
    sent, method = fields.pop("sent", None), fields.pop("method", "GET")
    finding = {
        **records.BARE,
        "code": code,
        "operation": operation,
        "locus": locus,
        "fingerprint": f"{next(NUMBERS):012x}",
        "consumers": ["mine"],
        "exchange": records.exchange(status, method=method, sent=sent),
        **fields,
    }
    return finding_subjects.describe(finding, expected_status)


def refusal_by_status(operation, status=404):
    return sign("SP201", operation, str(status), status)


def refusal(rule, status, operation="updateIntegration", **fields):
    return sign("SP207", operation, f"{rule} {status}", status, request_flaws=[rule], **fields)


def acceptance_sign(rule, operation="getIntegration", flaw="accepted", **fields):
    return sign("SP202", operation, rule, flaw=flaw, request_flaws=[rule], **fields)


def failure(rule="", operation="createIntegration", **fields):
    flaws = [rule] if rule else []
    return sign("SP101", operation, f"500 {rule}".strip(), 500, request_flaws=flaws, **fields)


def pact(operation="getIntegration", locus="mine/asks/body $.version", flaw="type", **fields):
    return sign("SP401", operation, locus, flaw=flaw, source="pacts", **fields)


def missing(member, **fields):
    return sign(locus=f"200 {member}", flaw="missing", **fields)


def value_sign(code, member, operation="updateIntegration", flaw="value", **fields):
    return sign(code, operation, f"200 {member}", flaw=flaw, **fields)


def stale(code, operation="getIntegration", member="/on", flaw="outdated", further=("/version",), **fields):
    return sign(code, operation, "200 stale", flaw=flaw, member=member, members=list(further), **fields)


def signs_of_loss():
    for operation in ("getIntegration", "deleteIntegration"):
        yield refusal_by_status(operation)
        yield refusal("body /config/host type", 404, operation)
    yield sign("SP602", locus="404 gone", status=404, flaw="gone")
    yield sign("SP603", "listIntegrations", "200 /items missing", flaw="not_listed", member="")
    yield pact(locus="mine/reads/status", status=404, flaw="status", expected_status="200")


PATCH = {"method": "PATCH"}

ONE = {
    "a member in every operation, pact and suite": [
        sign(),
        sign(operation="listIntegrations", locus="200 /items/*/version"),
        sign(source="lifecycle"),
        pact(touches="200 /version"),
    ],
    "a malformed member that is not as it was written, either": [
        sign(value='"2"'),
        value_sign("SP606", "/version", value='"2"'),
    ],
    "bytes that are not JSON in several operations": [
        sign("SP106", operation, "200 body constant", flaw="media", value="constant", member="")
        for operation in ("getIntegration", "listIntegrations", "updateIntegration")
    ],
    "what is in a member that is missing": [missing("/config"), missing("/config/host")],
    "a member that was renamed": [
        sign("SP105", locus="200 /project", value='"default"'),
        missing("/projectKey"),
    ],
    "an error that was wrapped": [
        sign("SP105", locus="404 /error", status=404, members=["/error/code", "/error/message"]),
        *(sign(locus=f"404 /{name}", status=404, flaw="missing") for name in ("code", "message")),
    ],
    "an integration that vanished": list(signs_of_loss()),
    "one that is still there": [
        sign("SP604", locus="gone"),
        sign("SP603", "listIntegrations", "200 /items/*/_id listed", flaw="listed", member=""),
        acceptance_sign("id", "deleteIntegration", status=204),
    ],
    "an undocumented status": [
        sign("SP102", "deleteIntegration", "202", 202),
        pact("deleteIntegration", "mine/deletes/status", status=202, flaw="status", expected_status="204"),
    ],
    "a resource that is not readable right after its create": [
        *signs_of_loss(),
        sign("SP602", locus="404 gone", status=404, flaw="unreadable"),
        *(sign(code, locus="404 gone", status=404, flaw="gone") for code in ("SP302", "SP605", "SP611")),
    ],
    "a create that is answered with what is no JSON": [
        sign("SP106", "createIntegration", "201 body", 201, flaw="media"),
        sign("SP603", "listIntegrations", "200 /items/*/_id", flaw="identity", member="/_id"),
    ],
    "a stale read": [
        stale("SP602"),
        stale("SP612", member="/name"),
        value_sign("SP610", "/config/password", "getIntegration", "redaction"),
    ],
    "a list of another type": [
        sign("SP103", "listIntegrations", "200 Content-Type"),
        pact("listIntegrations", "mine/lists/bodytype ", flaw="media"),
        pact("listIntegrations", "mine/lists/header Content-Type", touches="200 Content-Type", flaw="media"),
    ],
    "a body that was wrapped as a whole": [
        sign("SP105", locus="200 /data", members=["/data/_id", "/data/name"]),
        *(missing(f"/{name}") for name in ("_id", "name", "on", "tags")),
    ],
    "members of one object that are all of another type": [
        sign(locus=f"200 /_links/{name}", pointer=f"/l/{name}") for name in ("self", "parent", "project")
    ],
    "two members that one schema describes": [
        sign(locus=f"200 /_status/{name}", pointer="/millis/not", flaw="excluded")
        for name in ("lastSync", "lastError")
    ],
    "required members that are not required": [
        acceptance_sign(
            f"body /config/{name} required", "createIntegration", "accepted_incomplete", status=201
        )
        for name in ("host", "region", "roleArn")
    ],
    "a delete that is never refused": [
        *(
            acceptance_sign(rule, "deleteIntegration", status=204)
            for rule in ("id", "project", "environment", "kind")
        ),
        sign("SP604", "deleteIntegration", "gone", 204),
        sign("SP302", "deleteIntegration", "scope", 204, flaw="accepted"),
        sign("SP612", "deleteIntegration", "204 order", 204, flaw="contradiction"),
    ],
    "a value outside its list that is not the one that was written, either": [
        sign(locus="200 /config/region", flaw="enum", value='"EU-1"', allowed=['"eu-1"']),
        value_sign("SP601", "/config/region", value='"EU-2"'),
    ],
    "an update that does nothing and is not counted": [
        value_sign("SP601", "/tags", sent="[1]", **PATCH),
        value_sign("SP606", "/version", flaw="version", sent="[1]", **PATCH),
    ],
    "a write that was returned and lost, and what is built upon it": [
        stale("SP602", member="/tags"),
        stale("SP603", "listIntegrations", member="/tags"),
        stale("SP602", "updateIntegration", member="/tags"),
        value_sign("SP601", "/tags"),
        refusal_by_status("updateIntegration", 409),
    ],
    "failures over anything": [
        failure(),
        failure("project", mutation="- violates `const` at /properties/projectKey"),
        failure("body"),
    ],
    "refusals with the same message": [
        refusal(rule, 404, refusal="test failed") for rule in ("precondition", "body")
    ],
    "an old state that is attributed to whatever happened in between": [
        stale(code, "updateIntegration", flaw="stale", further=()) for code in ("SP302", "SP602", "SP611")
    ],
    "the kind in a path that is ignored": [
        acceptance_sign("kind"),
        sign("SP302", locus="scope", flaw="accepted_other_kind"),
    ],
    "failures over bodies that are no JSON, whatever else is wrong": [
        failure("json", "updateIntegration", sent="{"),
        failure("version", sent="{"),
    ],
    "errors without a body": [
        sign("SP106", operation, f"{status} body", status)
        for operation in ("getIntegration", "listIntegrations")
        for status in (401, 404)
    ],
    "a write to another project deletes what is read, deleted and listed next": [
        sign("SP302", locus="404 gone", status=404, flaw="gone"),
        refusal_by_status("getIntegration"),
        refusal_by_status("deleteIntegration"),
        sign("SP603", "listIntegrations", "200 /items missing", flaw="not_listed", member=""),
    ],
    "a lost write is missed by each of its members, whole, in the list, and by the next writes": [
        value_sign("SP602", "/name", flaw="stale"),
        value_sign("SP601", "/name", "getIntegration"),
        value_sign("SP605", "/on", flaw="stale"),
        value_sign("SP606", "/version", flaw="version"),
        value_sign("SP602", "/config/tableName", "getIntegration", flaw="outdated", members=["/version"]),
        value_sign("SP602", "/version", "getIntegration", flaw="outdated"),
        *(stale("SP602", member=member) for member in ("/config/port", "/name", "/tags", "/on")),
        *(stale("SP603", "listIntegrations", member=member) for member in ("/on", "/name")),
    ],
    "a write that another one undoes is missing in reads, and as a whole in the list": [
        value_sign("SP602", "/tags", "getIntegration", flaw="stale"),
        value_sign("SP612", "/name", "getIntegration", flaw="lost"),
        value_sign("SP602", "/name", "getIntegration", flaw="stale"),
        value_sign("SP601", "/tags"),
        stale("SP603", "listIntegrations", member="/name"),
    ],
    "equal tags are lost before they are validated": [
        value_sign("SP601", "/tags", "createIntegration", status=201),
        acceptance_sign("body /tags/* type", "createIntegration", member="/tags/*", status=201),
    ],
    "a read that names another verb in a header deletes": [
        sign("SP102", locus="204", status=204, flaw="status"),
        refusal_by_status("getIntegration"),
        sign("SP602", locus="404 gone", status=404, flaw="gone"),
    ],
    "a password that patches copy to several members": [
        *(
            sign(
                "SP301",
                "updateIntegration",
                f"200 {member}",
                flaw="exposed",
                sent=f'[{{"op": "copy", "from": "/config/password", "path": "{member}"}}]',
                **PATCH,
            )
            for member in ("/name", "/tags/*", "/config/username")
        ),
        sign("SP301", locus="200 /name", flaw="exposed"),
    ],
}

APART = {
    "two members": [sign(), sign(locus="200 /name", pointer="/components/schemas/Name/type")],
    "an undescribed member and another one that is missing elsewhere": [
        sign("SP105", locus="200 /_maintainer", value='"x"'),
        sign(operation="createIntegration", locus="201 /_id", status=201, flaw="missing"),
    ],
    "failures over different things": [failure("json"), failure("path")],
    "failures over bodies that are no JSON, and with ones that are": [
        failure("json", sent="{"),
        failure("version", sent="{}"),
    ],
    "two members that are missing": [missing(f"/{name}", pointer="/required") for name in ("on", "tags")],
    "two required members that are not required": [
        acceptance_sign(
            f"body /config/{name} required", "createIntegration", "accepted_incomplete", status=201
        )
        for name in ("host", "region")
    ],
    "a wrong member and a version that is not counted elsewhere": [
        value_sign("SP601", "/tags", sent="[1]", **PATCH),
        value_sign("SP606", "/version", flaw="version", sent="[2]", **PATCH),
    ],
    "refusals with different statuses": [refusal("auth", 403), refusal("id", 400)],
    "a member that is malformed in one response and well-formed but wrong in another": [
        sign(locus="200 /tags", value="null"),
        value_sign("SP601", "/tags", "createIntegration", value='["a"]'),
    ],
    "errors that are no JSON, and a list that ends too early": [
        sign("SP103", "listIntegrations", "404 content-type", 404, flaw="media", value="text/plain"),
        sign("SP603", "listIntegrations", "200 /items missing", flaw="not_listed", member=""),
    ],
    "tags that creates lose, and patches of a tag that is not there": [
        value_sign("SP601", "/tags", "createIntegration", status=201),
        acceptance_sign(
            "patch target", "updateIntegration", "accepted_inapplicable", members=["/tags/-1"], **PATCH
        ),
    ],
    "a version check and a member": [sign("SP205", "deleteIntegration", "version", 204), sign()],
}


@pytest.mark.parametrize("name", ONE)
def test_one_cause(name):
    """Findings of one cause are one entry, however many they are."""
    groups = causes(ONE[name])
    assert [sorted(group["fingerprints"]) for group in groups] == [
        sorted(finding["fingerprint"] for finding in ONE[name])
    ]
    assert groups[0]["consumers"] == ["mine"]


@pytest.mark.parametrize("name", APART)
def test_causes_that_stay_apart(name):
    """Findings of two causes are two entries, even if one response shows both."""
    assert len(causes(APART[name])) == 2


def test_the_order_of_findings_does_not_matter():
    """The same findings the other way round make the same causes."""
    findings = [finding for examples in (ONE, APART) for group in examples.values() for finding in group]
    groups, reverse = causes(findings), causes(findings[::-1])
    assert [(group["id"], sorted(group["fingerprints"])) for group in groups] == [
        (group["id"], sorted(group["fingerprints"])) for group in reverse
    ]


def test_the_lead_is_the_worst_and_simplest():
    """A cause is named by a check's finding with a short story, not by a pact's, and not by a long one."""
    of_pact = pact(touches="200 /version")
    simple, long = sign(), sign(source="lifecycle", story=records.STORY)
    (cause,) = causes([of_pact, long, simple])
    assert cause["id"] == simple["fingerprint"]
    assert causes([]) == []


def test_findings_of_older_records_keep_their_cause():
    """A record that was written before findings had subjects is grouped as it was then."""
    old = [
        {
            name: value
            for name, value in sign(cause=cause).items()
            if name not in ("flaw", "subject", "member")
        }
        for cause in ("a", "a", "b")
    ]
    assert [len(group["fingerprints"]) for group in causes(old)] == [2, 1]


@pytest.mark.parametrize(("story", "count"), [(records.STORY, 1), ([], 2)])
def test_failure_that_only_follows_another_request(story, count):
    """An unknown id that fails only after other requests is no failure over ids; one that fails alone is."""
    after = failure("id", "getIntegration", story=story)
    assert len(causes([failure("number", "updateIntegration", sent='[{"op": "test"}]'), after])) == count
