"""Consumers behind compressed responses, and behind bodies that are not JSON as they were sent."""

from __future__ import annotations

import pytest

from gate import gate
from gate_on_cases import DOCUMENT, ask_mock, probes
from storepact.engines.pact_relay import headers_for_verifier
from storepact.families import DEFAULT_FAMILY
from storepact.model.errors import PrerequisiteMissing
from storepact.model.paths import data_path
from storepact.pacts import Impact, load_contracts

INTERACTIONS = [
    interaction
    for contract in load_contracts(data_path("contracts"))
    for interaction in contract.interactions
    if contract.consumer in ("store-operator", "launchdarkly-api-python")
]
OPERATIONS = {DEFAULT_FAMILY.role_of(operation): operation.id for operation in DOCUMENT.operations.values()}
LISTS = [
    interaction
    for contract in load_contracts(data_path("contracts"))
    for interaction in contract.interactions
    if (interaction.method, interaction.status) == ("GET", 200)
    and DOCUMENT.match("GET", interaction.path).id == OPERATIONS["list"]
]


def codes(harness, interaction):
    """Return the codes of an interaction's findings."""
    try:
        return {finding.code for finding in harness.verify_interaction(interaction)}
    except PrerequisiteMissing:
        return set()


def test_verifier_receives_no_more_headers_than_it_reads():
    """Some gateways set a cookie for each of their parts."""
    many = [("Set-Cookie", f"a{number}=b") for number in range(300)]
    kept = headers_for_verifier([("ETag", "1"), *many, ("X-Last", "2")])
    assert kept == [("ETag", "1"), ("Set-Cookie", "a0=b"), ("X-Last", "2")]
    assert headers_for_verifier(many[:9]) == many[:9]
    assert len(headers_for_verifier((f"X-{number}", "1") for number in range(300))) <= 90


@pytest.mark.parametrize("compression", ["if-asked", "unless-refused"])
def test_pacts_hold_behind_compressed_responses(local_mock, compression):
    """What consumers rely on holds, whether or not responses are compressed."""
    local_mock.configure(choices={"compression": compression})
    with gate(local_mock) as harness:
        assert not set().union(*(codes(harness, interaction) for interaction in INTERACTIONS[:8]))


@pytest.mark.parametrize("media_type", ["with-charset", "in-capitals", "with-blanks"])
def test_pacts_hold_with_any_notation_of_the_media_type(local_mock, media_type):
    """What consumers rely on holds: neither letter case nor blanks matter (RFC 9110 8.3.1, 5.6.6)."""
    local_mock.configure(choices={"media-type": media_type})
    with gate(local_mock) as harness:
        assert not set().union(*(codes(harness, interaction) for interaction in INTERACTIONS[:4]))


def test_verifier_receives_the_media_type_in_lower_case():
    """Parameters, other headers and other names of headers keep their case."""
    headers = [("content-type", "Text/HTML;Charset=X"), ("ETag", "Ab"), ("Content-Encoding", "gzip")]
    assert headers_for_verifier(headers) == [("content-type", "text/html;Charset=X"), ("ETag", "Ab")]


@pytest.mark.parametrize(
    ("sent", "received"),
    [
        ('APPLICATION/JSON ; Charset="UTF-8"', "application/json; Charset=UTF-8"),
        (" application/json\t;\tcharset=utf-8", "application/json;\tcharset=utf-8"),
        ('text/x; title="a b"', 'text/x; title="a b"'),
    ],
)
def test_verifier_receives_no_needless_signs(sent, received):
    """Blanks around the media type and quotes around a token are not passed on; needed quotes are."""
    assert headers_for_verifier([("Content-Type", sent)]) == [("Content-Type", received)]


@pytest.mark.parametrize("compression", ["never", "if-asked", "unless-refused"])
def test_probes_are_silent_behind_compressed_responses(local_mock, compression):
    """No probe of get and list has a finding, whether or not responses are compressed."""
    local_mock.configure(choices={"compression": compression})
    reading = (OPERATIONS["list"], OPERATIONS["get"], OPERATIONS["create"])
    assert not ask_mock(local_mock, [case for case in probes() if case.operation in reading][:60])


BODIES = ["list-with-byte-order-mark", "list-in-utf-16", "charset-as-coding"]


@pytest.mark.parametrize("fault", BODIES)
def test_bytes_that_are_not_json_hurt_every_consumer(local_mock, fault):
    """Each interaction that gets the body fails."""
    local_mock.configure(faults=[fault])
    with gate(local_mock) as harness:
        assert [codes(harness, interaction) for interaction in LISTS] == [{"SP401"}] * len(LISTS)


def test_finding_of_conformance_names_every_consumer():
    """A body that is not JSON affects all consumers of the operation."""
    consumers = tuple(sorted({interaction.consumer for interaction in LISTS}))
    impact = Impact(load_contracts(data_path("contracts")), DOCUMENT)
    assert impact.affected_consumers(OPERATIONS["list"], "200 body byte_order_mark") == consumers


def test_body_flaws_have_words_of_their_own(local_mock):
    """The finding says what is wrong with the bytes."""
    messages = {}
    for fault in (
        *BODIES,
        "gzip-without-label",
        "gzip-label-wrong",
        "last-error-nan",
        "get-followed-by-text",
    ):
        local_mock.configure(faults=[fault])
        reading = [case for case in probes() if case.operation in (OPERATIONS["list"], OPERATIONS["get"])]
        findings = ask_mock(local_mock, reading, until=bool)
        messages[fault] = {(finding.code, finding.message) for finding in findings}
    assert all({code for code, _ in texts} == {"SP106"} for texts in messages.values()), messages
    assert len(set().union(*messages.values())) == len(messages)
