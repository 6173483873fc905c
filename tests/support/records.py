"""Records of runs as tests hold them: written by hand, valid, and small."""

from __future__ import annotations

import copy
import json

import jsonschema

import finding_subjects
from finding_subjects import causes
from storepact.record.coverage import latency_of
from storepact.record.schema import PATH as SCHEMA_PATH
from storepact.record.store import dump, read_record
from storepact.record.values import FORMAT

SCHEMA = json.loads(SCHEMA_PATH.read_text(encoding="utf-8"))

PATH = "/api/v2/integration-capabilities/big-segment-store/default/test/redis/12ab3c4d5ef1a2345bcde67f"


def exchange(status=200, body='{"name": "Orders", "version": "1", "tags": ["a"]}', method="GET", sent=None):
    asked = {
        "method": method,
        "path": PATH,
        "headers": [["LD-API-Version", "beta"], ["Authorization", "********"]],
        "body": sent,
    }
    answered = {"status": status, "headers": [["Content-Type", "application/json"]], "body": body, "ms": 1.5}
    return {"request": asked, "response": answered}


#: A finding as a record of an earlier version holds it.
BARE = {
    "code": "SP104",
    "check": "body_fits_schema",
    "severity": "error",
    "source": "conformance",
    "operation": "getIntegration",
    "locus": "200 /version",
    "message": "/version: '1' is not of type 'integer'",
    "expected": "type: integer",
    "actual": "'1'",
    "rule": "A body has every required member, each of the type and within the bounds described.",
    "pointer": "/components/schemas/Integration/properties/version/type",
    "line": 567,
    "mutation": None,
    "case_source": "probe",
    "exchange": exchange(),
    "curl": f'curl -sS -i -H "Authorization: $STOREPACT_TOKEN" http://127.0.0.1:8080{PATH}',
    "consumers": ["store-operator"],
    "spared": ["terraform-provider-launchdarkly"],
    "others": [],
    "touches": "",
    "seen": 3,
    "story": [],
    "fingerprint": "0123456789ab",
    "accepted": None,
    "since": None,
    "cause": "",
    "location": {"file": "openapi/persistent-store-integrations.yaml", "line": 567, "column": 19},
}


def finding(fingerprint="0123456789ab", **changes):
    return finding_subjects.describe({**BARE, "fingerprint": fingerprint, **changes})


STORY = [
    {
        "does": "create a redis integration",
        "answered": '201 {"name": "ordinary", "version": 1}',
        "curl": "curl one",
    },
    {
        "does": "patch A: replace /name",
        "answered": '200 {"name": "renamed", "version": 2}',
        "curl": "curl two",
    },
    {"does": "read A", "answered": '200 {"name": "ordinary", "version": 1}', "curl": "curl three"},
]

BROKEN = (
    finding(
        "aaaaaaaaaaaa",
        code="SP205",
        check="beta_gate_holds",
        severity="critical",
        source="protection",
        operation="deleteIntegration",
        locus="version",
        message="answered 204, though the header LD-API-Version: beta is missing",
        expected="403",
        actual="204",
        rule="Without `LD-API-Version: beta` a beta resource answers 403.",
        mutation="without LD-API-Version",
        pointer="/paths/delete",
        line=203,
        location={"file": "openapi/persistent-store-integrations.yaml", "line": 203, "column": 1},
        exchange=exchange(204, "", "DELETE"),
        curl="curl -sS -i -X DELETE 'http://127.0.0.1:8080/<b>'",
        since={"runs": 3, "first": "2026-11-21T03:00:00+00:00", "flapping": False},
    ),
    finding(),
    finding(
        "bbbbbbbbbbbb",
        operation="listIntegrations",
        locus="200 /items/*/version",
        since={"runs": 1, "first": "2026-11-24T03:00:00+00:00", "flapping": False},
        exchange=exchange(200, '{"items": [{"name": "<script>alert(1)</script>", "version": "1"}]}'),
    ),
    finding(
        "cccccccccccc",
        code="SP602",
        check="read_shows_last_write",
        source="lifecycle",
        member="/name",
        locus="200 /name stale",
        flaw="stale",
        message='/name is "ordinary", not "renamed": an earlier answer said so',
        expected='"renamed"',
        actual='"ordinary"',
        rule="A get shows what the last accepted write answered.",
        pointer="/paths/get",
        line=139,
        location=None,
        story=STORY,
        consumers=[],
        exchange=exchange(200, '{"name": "ordinary", "on": false, "version": 1}'),
        accepted={
            "fingerprint": "cccccccccccc",
            "reason": "ticket 7",
            "owner": "someone",
            "until": "2027-01-31",
        },
    ),
)


def record(*findings, **changes):
    """A valid record; its causes, and whatever follows from its findings, are worked out."""
    found = copy.deepcopy(
        sorted(findings, key=lambda each: ("critical", "error", "warning").index(each["severity"]))
    )
    groups = causes(found)
    for each in found:
        each["cause"] = next(group["id"] for group in groups if each["fingerprint"] in group["fingerprints"])
    is_open = any(each["accepted"] is None for each in found)
    rows = [
        row("getIntegration", "200", 40),
        row("getIntegration", "404", 0, "no request led to it"),
        row("listIntegrations", "200", 9),
        row("deleteIntegration", "204", 5, media=""),
        {
            **row("getIntegration", "418", 1),
            "outcome": "not described",
            "reason": "answered, though the document does not describe it",
        },
    ]
    shape = {
        "answers": 9,
        "headers": {"content-type": 9, "x-trace": 4},
        "members": {
            "": member(9, object=9),
            "/name": member(9, string=9),
            "/version": member(9, integer=9),
            "/kind": member(9, ["dynamodb", "redis"], string=9),
            "/note": member(3, string=3),
        },
    }
    told = {
        "format": FORMAT,
        "storepact": "0.1.0",
        "python": "3.11.7",
        "verdict": "broken" if is_open else "conforms",
        "exit_code": 1 if is_open else 0,
        "reasons": [],
        "target": "mock",
        "base_url": "http://127.0.0.1:8080",
        "scope": {"project": "default", "environment": "test"},
        "writes": True,
        "seed": 1,
        "profile": "gate",
        "document": "persistent-store-integrations.yaml",
        "document_path": "openapi/persistent-store-integrations.yaml",
        "contracts": ["store-operator", "terraform-provider-launchdarkly"],
        "started": "2026-11-24T03:00:00+00:00",
        "duration_s": 12.5,
        "first_finding_s": 1.25 if is_open else None,
        "outcomes": [outcome(suite) for suite in ("conformance", "document", "lifecycle", "pacts")]
        + [
            outcome("protection", status="failed", reason="answered 204")
            if is_open
            else outcome("protection")
        ],
        "findings": found,
        "causes": groups,
        "acceptances": {"expired": [], "unused": []},
        "coverage": {
            "getIntegration": {"200": 40, "418": 1},
            "listIntegrations": {"200": 9},
            "deleteIntegration": {"204": 5},
        },
        "observed": {"getIntegration 200": shape},
        "latency": {"getIntegration": latency(60), "listIntegrations": latency(60)},
        "rows": rows,
        "keywords": [
            {
                "operation": "createIntegration",
                "pointer": "/components/schemas/Name/maxLength",
                "line": 9,
                "kept": True,
                "broken": True,
            },
            {
                "operation": "createIntegration",
                "pointer": "/components/schemas/Name/type",
                "line": 8,
                "kept": True,
                "broken": False,
            },
        ],
        "places": {
            "/components/schemas/Integration/properties/version/type": {
                "line": 567,
                "column": 19,
                "lines": ["version: {type: integer}"],
            }
        },
        "impact": {
            "consumers": ["store-operator"],
            "places": [
                {
                    "operation": "getIntegration",
                    "status": "200",
                    "member": "/version",
                    "consumers": ["store-operator"],
                    "findings": [],
                }
            ],
        },
        "exchanges_total": 55,
        "not_verified": [{"what": "getIntegration 404", "reason": "no request led to it"}],
    }
    full = copy.deepcopy({**told, **changes})
    jsonschema.Draft202012Validator(SCHEMA).validate(full)
    return full


def plain(value):
    """A value of a record as JSON has it."""
    return json.loads(dump(value))


def as_values(*findings, **changes):
    """The same record as the program holds it."""
    return read_record(record(*findings, **changes), "the record of a test")


def outcome(suite, name="it holds", status="passed", reason="", seconds=0.5):
    return {"suite": suite, "name": name, "status": status, "reason": reason, "seconds": seconds}


def row(operation, status, seen, reason="", media="application/json", **codes):
    return {
        "operation": operation,
        "request_type": "",
        "status": status,
        "response_type": media,
        "outcome": "covered" if seen else "not reached",
        "seen": seen,
        "reason": reason,
        **codes,
    }


def member(seen, values=None, **types):
    return {"seen": seen, "types": types, "values": values}


def latency(count, bucket=50):
    histogram = {str(bucket): count - count // 20, str(bucket + 10): count // 20}
    return plain(latency_of(histogram))
