"""Browsers, proxies and content types: the gate is silent where the mock chooses, and finds its faults."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from gate import play_scenario
from gate_on_cases import DOCUMENT, ask_mock, probes
from storepact.families import DEFAULT_FAMILY
from storepact.families.persistent_store.scenarios.browsers import Browser
from storepact.families.persistent_store.scenarios.steps import ORIGIN
from storepact.model.errors import PrerequisiteMissing
from storepact.model.exchange import Exchange, Request, Response

CHOICES = [
    ("origins", {}),
    ("origins", {"options": "refused", "origin": "any", "tunnels": "refused"}),
    ("origins", {"several": "one", "wrong-verb": "404", "compression": "unless-refused"}),
    ("tunnels", {}),
    ("links", {"location": "relative"}),
    ("content-types", {}),
    ("content-types", {"wrong-media": "read", "missing-media": "read"}),
    ("content-types", {"wrong-media": "406", "missing-media": "400", "several": "one"}),
]


@pytest.mark.parametrize(("scenario", "choices"), CHOICES, ids=str)
def test_choice_is_no_finding(local_mock, scenario, choices):
    """What the documents leave open has no finding."""
    local_mock.configure(choices=choices)
    assert [finding.message for finding in play_scenario(local_mock, scenario)] == []


def test_provider_without_tunnels_is_not_verified(local_mock):
    """A provider need not tunnel verbs; the record says that it does not."""
    local_mock.configure(choices={"tunnels": "refused"})
    with pytest.raises(PrerequisiteMissing, match="tunnels no verbs"):
        play_scenario(local_mock, "tunnels")


FAULTS = {
    "origin-forgotten-in-405": ("origins", "getIntegration", "SP113"),
    "origin-in-preflights-only": ("origins", "listIntegrations", "SP113"),
    "origin-of-first-browser": ("origins", "createIntegration", "SP113"),
    "preflight-without-origin": ("origins", "listIntegrations", "SP113"),
    "preflight-without-patch": ("origins", "updateIntegration", "SP113"),
    "preflight-without-version": ("origins", "listIntegrations", "SP113"),
    "preflight-of-items-refused": ("origins", "getIntegration", "SP113"),
    "tunnelled-delete-refused": ("tunnels", "deleteIntegration", "SP201"),
    "tunnelled-patch-refused": ("tunnels", "updateIntegration", "SP201"),
    "text-taken-for-empty-patch": ("content-types", "updateIntegration", "SP601"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_fault_is_found(local_mock, fault):
    """The scenario finds the fault, under the operation that has it."""
    scenario, operation, code = FAULTS[fault]
    local_mock.configure(faults=[fault])
    findings = play_scenario(local_mock, scenario)
    assert (findings[0].operation, findings[0].code) == (operation, code)


def test_origin_that_is_sent_twice():
    """A browser reads two headers as one with two values, which no origin is."""
    divergences = []
    story = SimpleNamespace(report_divergence=lambda divergence, _: divergences.append(divergence))
    browser = Browser(story)
    request = Request("GET", "/", (("Origin", ORIGIN),), None)
    for number in (1, 2):
        headers = (("Access-Control-Allow-Origin", ORIGIN),) * number
        browser.note("the list", Exchange(request, Response(200, headers, b"{}")))
    browser.judge()
    assert [divergence.actual for divergence in divergences] == [f"{ORIGIN}, {ORIGIN}"]


WRITES = [
    case
    for case in probes()
    if DEFAULT_FAMILY.role_of(DOCUMENT.operations[case.operation]) in ("create", "update")
    and any(name == "Content-Type" for name, _ in case.headers)
]


@pytest.mark.parametrize("fault", ["charset-refused", "content-type-compared-exactly", "forms-fail", ""])
def test_spellings_of_json(local_mock, fault):
    """Spellings of application/json are accepted; a body that is declared as a form makes nothing fail."""
    local_mock.configure(faults=[fault] if fault else [])
    expected = {"": set(), "forms-fail": {"SP101"}}.get(fault, {"SP201"})
    assert {finding.code for finding in ask_mock(local_mock, WRITES)} == expected
