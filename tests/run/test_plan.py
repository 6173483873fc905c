"""The plan: every test of a run, once, for everything that runs tests."""

from __future__ import annotations

from storepact.families import DEFAULT_FAMILY
from storepact.model.outcome import ALL_SUITES, STORE, OutcomeKind
from storepact.model.paths import data_path
from storepact.openapi.load import load_document
from storepact.run.plan import Parameter, Plan, make_plan
from storepact.run.session import interactions_of, load_provider_contracts

DOCUMENT = load_document(data_path("openapi", DEFAULT_FAMILY.document))
INTERACTIONS = interactions_of(load_provider_contracts(data_path("contracts"), DEFAULT_FAMILY.provider))


def plan(*, writable: bool = True) -> Plan:
    """The plan of the committed document and pacts."""
    return make_plan(DOCUMENT, DEFAULT_FAMILY, INTERACTIONS, writable=writable)


def test_every_suite_has_tests() -> None:
    """And every test belongs to a suite."""
    assert {test.suite for test in plan().tests} == set(ALL_SUITES)


def test_names_are_unique() -> None:
    """A name stands for one test of a run."""
    names = [test.name for test in plan().tests]
    assert len(names) == len(set(names))


def test_cheapest_first_leaves_nothing_out() -> None:
    """But for comparisons of pacts with the document, which need no target, and for stores."""
    tests = plan().tests
    assert set(plan().cheapest_first()) == {test for test in tests if test.suite not in ("document", STORE)}


def test_a_target_that_is_only_read_gets_questions_about_reading() -> None:
    """No question about an operation that writes is planned."""
    questions = [test.value for test in plan(writable=False).tests if test.parameter is Parameter.QUESTION]
    methods = {DOCUMENT.operations[question.operation].method for question in questions}  # type: ignore[union-attr]
    assert methods == {"GET"}


def test_an_interaction_is_verified_and_compared() -> None:
    """Once on the target, once with the document."""
    kinds = [test.kind for test in plan().tests if test.value == INTERACTIONS[0]]
    assert sorted(kinds) == [OutcomeKind.CONTRACT, OutcomeKind.INTERACTION]
