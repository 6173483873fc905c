"""The plan of a run: every test of a target, for pytest and for `prove`."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from enum import StrEnum

from storepact.engines.family import Family, Scenario
from storepact.engines.harness import Harness
from storepact.engines.questions import Question, journeys, questions
from storepact.model.finding import Finding
from storepact.model.outcome import STORE, OutcomeKind
from storepact.model.values import lean_value
from storepact.openapi.document import Document
from storepact.pacts import Interaction


class Parameter(StrEnum):
    """The parameters of the suites' test functions; each takes the values of one kind of test."""

    QUESTION = "question"
    INTERACTION = "interaction"
    SCENARIO = "scenario"
    JOURNEY = "journey"


#: The check that makes the findings of a kind of test, where it is one alone.
_CHECKS = {("document", Parameter.INTERACTION): "SP402", ("pacts", Parameter.INTERACTION): "SP401"}


@lean_value(frozen=True)
class PlannedTest:
    """One test of a target."""

    suite: str
    parameter: Parameter
    value: Question | Interaction | Scenario | int
    group: str
    """Tests of different groups may run in different processes at the same time."""

    @property
    def label(self) -> str:
        """The test's name within its suite, as pytest's ids have it."""
        return self.value.name if isinstance(self.value, Scenario) else str(self.value)

    @property
    def name(self) -> str:
        """The test's name within the run."""
        label = f"journey {self.label}" if self.parameter is Parameter.JOURNEY else self.label
        return f"{self.suite}: {label}"

    @property
    def phase(self) -> str:
        """The phase of generation of a question; empty for other tests."""
        return self.value.phase if isinstance(self.value, Question) else ""

    @property
    def kind(self) -> OutcomeKind:
        """What the outcome of the test is the result of."""
        return OutcomeKind.CONTRACT if self.suite == "document" else OutcomeKind(self.parameter)

    def run(self, harness: Harness) -> list[Finding]:
        """Test the harness' target.

        Raises:
            Undetermined: the test could not be made, or lacks a prerequisite.

        """
        match self.value:
            case Question():
                return harness.run_question(self.value)
            case Interaction():
                return harness.verify_interaction(self.value)
            case Scenario():
                return harness.run_scenario(self.value)
            case int():
                return harness.run_journey(self.value)


@lean_value(frozen=True)
class Shard:
    """One of several parts of a plan. Each test belongs to one, by its name alone."""

    number: int
    """From 1."""
    count: int

    def __str__(self) -> str:
        return f"{self.number}/{self.count}"

    def has(self, name: str) -> bool:
        """Whether the test of this name belongs to the shard."""
        digest = hashlib.blake2b(name.encode("utf-8", "surrogatepass"), digest_size=8).digest()
        return int.from_bytes(digest, "big") % self.count == self.number - 1


@lean_value(frozen=True)
class Plan:
    """Every test of one document, family and set of pacts, in the order of the suites' own."""

    tests: tuple[PlannedTest, ...]
    is_partial: bool = False
    """Whether operations or checks are left out."""
    shard: Shard | None = None
    """The part that this is, of a plan that several runs share."""
    whole: Plan | None = None
    """That plan; None where this is no part of one."""

    def take(self, shard: Shard | None) -> Plan:
        """The tests of a shard; all of them if there is none."""
        if shard is None:
            return self
        tests = tuple(test for test in self.tests if shard.has(test.name))
        return Plan(tests, self.is_partial, shard, self)

    def select(
        self, document: Document, operations: Collection[str], excluded_checks: Collection[str]
    ) -> Plan:
        """The tests of these operations (of all, if none is named) whose findings are not left out.

        Scenarios and journeys belong to no operation, and stay.
        """
        if not operations and not excluded_checks:
            return self
        tests = (
            test
            for test in self.tests
            if _CHECKS.get((test.suite, test.parameter)) not in excluded_checks
            and (not operations or _operation_of(test, document) in (*operations, None))
        )
        return Plan(tuple(tests), is_partial=True)

    def of(self, suite: str, parameter: Parameter) -> tuple[PlannedTest, ...]:
        """The tests of one function of a suite."""
        return tuple(test for test in self.tests if test.suite == suite and test.parameter is parameter)

    def cheapest_first(self) -> Iterator[PlannedTest]:
        """The tests of a target, those first that find most for least time; without those about stores."""
        yield from self._of_phases("probes", "doors")
        yield from self._of_parameter(Parameter.SCENARIO)
        yield from self._of_parameter(Parameter.JOURNEY)
        yield from self._of_phases("examples", "coverage", "fuzzing")
        yield from self.of("pacts", Parameter.INTERACTION)

    def _of_phases(self, *phases: str) -> Iterator[PlannedTest]:
        for phase in phases:
            yield from (test for test in self.tests if test.phase == phase)

    def _of_parameter(self, parameter: Parameter) -> Iterator[PlannedTest]:
        return (test for test in self.tests if test.parameter is parameter and test.suite != STORE)


def _operation_of(test: PlannedTest, document: Document) -> str | None:
    """The id of the operation that a test is about, empty where none matches; None for many."""
    if isinstance(test.value, Question):
        return test.value.operation
    if isinstance(test.value, Interaction):
        operation = document.match(test.value.method, test.value.path)
        return operation.id if operation else ""
    return None


def make_plan(
    document: Document, family: Family, interactions: Sequence[Interaction], *, writable: bool = True
) -> Plan:
    """The plan for a document and the interactions of its provider; only reads if not `writable`."""
    first, last = family.kinds[0], family.kinds[-1]
    return Plan(
        (
            *_interactions("document", interactions, first),
            *_interactions("pacts", interactions, first),
            *(
                PlannedTest(question.suite, Parameter.QUESTION, question, question.kind or "list")
                for question in questions(document, family, writable)
            ),
            *(
                PlannedTest(scenario.suite, Parameter.SCENARIO, scenario, last)
                for scenario in (*family.scenarios, *family.store_scenarios)
            ),
            *(PlannedTest("lifecycle", Parameter.JOURNEY, number, first) for number in journeys(family)),
        )
    )


def _interactions(suite: str, interactions: Iterable[Interaction], group: str) -> Iterator[PlannedTest]:
    return (PlannedTest(suite, Parameter.INTERACTION, interaction, group) for interaction in interactions)
