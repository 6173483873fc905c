"""Bodies that JSON allows and servers fall over: what each fault leads to, and what is nobody's fault."""

from __future__ import annotations

import re
import threading

import pytest

from gate import SCENARIOS, gate
from small_provider import SmallProvider, serve_provider
from storepact.families.persistent_store.bodies import ordinary_body
from storepact.families.persistent_store.json_body import is_damaged_json, read_json
from storepact.families.persistent_store.raw_bodies import create_bodies, update_bodies
from storepact.model.case import NOTHING, Case
from storepact.model.errors import PrerequisiteMissing

SUITE = ("control-characters", "lone-surrogates", "long-values", "raw-bodies")
FREE = {"bounds": "none", "contents": "free"}


def codes(harness, names):
    """The codes of the findings of these scenarios."""
    found = set()
    for name in names:
        try:
            found |= {finding.code for finding in harness.run_scenario(SCENARIOS[name])}
        except PrerequisiteMissing:
            continue
    return found


@pytest.mark.parametrize(
    ("fault", "name", "code"),
    [
        ("nesting-500", "raw-bodies", "SP101"),
        ("after-nesting-500", "raw-bodies", "SP101"),
        ("repeated-names-joined", "raw-bodies", "SP601"),
        ("long-numbers-500", "raw-bodies", "SP101"),
        ("long-strings-500", "long-values", "SP101"),
        ("refused-name-kept", "long-values", "SP605"),
        ("names-end-at-nul", "control-characters", "SP601"),
        ("surrogates-replaced", "lone-surrogates", "SP601"),
        ("surrogate-in-config-500", "lone-surrogates", "SP101"),
        ("inherited-names-500", "raw-bodies", "SP101"),
        ("not-utf-8-500", "raw-bodies", "SP101"),
    ],
)
def test_fault_is_found_by_its_scenario(local_mock, fault, name, code):
    """Each kind of body has a fault that shows in its scenario."""
    local_mock.configure(faults=[fault])
    with gate(local_mock, shrink=False) as harness:
        assert codes(harness, [name]) == {code}


@pytest.mark.parametrize(
    "choices",
    [
        {"damaged-bodies": "repaired"},
        {**FREE, "lone-surrogates": "accepted", "nesting": "refused", "extreme-numbers": "refused"},
        {"inherited-names": "refused"},
        {
            "control-characters": "refused",
            "duplicate-keys": "refused",
            "several": "one",
            "largest-body": "16kB",
        },
    ],
)
def test_what_is_open_is_no_finding(local_mock, choices):
    """Such bodies may be accepted or refused, by any rule that is applied to all of them."""
    local_mock.configure(choices=choices)
    with gate(local_mock, shrink=False) as harness:
        assert codes(harness, SUITE) == set()


@pytest.mark.parametrize("body", [*create_bodies(ordinary_body("redis", "m"), "m"), *update_bodies("m")])
def test_every_raw_body_is_json(body):
    """What is sent as text is JSON that a parser may read, and differs from an ordinary body."""
    parsed = read_json(body.content)
    unusual = parsed.is_deep or parsed.repeated or parsed.has_extreme_number or len(body.content) > 16_384
    if is_damaged_json(body.content):
        return
    marks = rb'\\u|proto|constr|__class|"": 1|\xf0\x9f'
    assert unusual or re.search(marks, body.content), body.words
    assert parsed.is_deep or parsed.value is not NOTHING, body.words


@pytest.mark.parametrize(
    "text",
    [b"[" * 5_000, b"[" * 5_000 + b"}" * 5_000, b'{"a": NaN}', b"\xff", b"[1,]", b'["\x01"]'],
)
def test_what_is_not_json(text):
    """A body that is cut off is not JSON, however deep it is."""
    parsed = read_json(text)
    assert (parsed.value, parsed.is_deep) == (NOTHING, False)


class HangingProvider(SmallProvider):
    """Never responds to a request whose body is nested; `alone` blocks all others for a while as well."""

    def __init__(self, *, times: int = 99) -> None:
        super().__init__()
        self.released, self.times = threading.Event(), times

    def respond(self, method, path, headers, body):
        if b"]" * 200 in body and self.times:
            self.times -= 1
            self.released.wait(20)
        return super().respond(method, path, headers, body)


def send_nested(provider):
    """The findings about a nested body that a provider never answers."""
    nested, *_ = [
        body
        for body in create_bodies(ordinary_body("redis", "storepact"), "storepact")
        if b"]" * 200 in body.content and b"storepact" in body.content
    ]
    case = Case("createIntegration", "redis", body=nested.content)
    with serve_provider(provider) as url:
        provider.url, provider.tokens = url, {"writer": "api-a-token-for-this-test"}
        try:
            how = {"target": url, "allow_writes": True, "timeout": 0.3, "report_dir": provider.folder}
            with gate(provider, **how) as harness:
                return harness.workspace.send_case(case, "conformance")[1]
        finally:
            provider.released.set()


def test_request_that_hangs_is_a_finding(tmp_path):
    """No response to one request, each time, while others are answered: SP101, not a target that is away."""
    provider = HangingProvider()
    provider.folder = tmp_path
    findings = send_nested(provider)
    assert [(finding.code, finding.locus) for finding in findings] == [("SP101", "timeout")]
    assert "no response within 0.3 s, 4 of 4 times" in findings[0].message


def test_request_that_hangs_once_is_none(tmp_path):
    """What is answered the second time is a failure of the network: the case is repeated."""
    provider = HangingProvider(times=1)
    provider.folder = tmp_path
    assert not {finding.code for finding in send_nested(provider)} & {"SP101"}
