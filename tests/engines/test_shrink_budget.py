"""What a run may spend on showing findings by less: exchanges, once for a cause."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gate import SCENARIOS, gate
from storepact.engines.harness import Harness
from storepact.engines.questions import Question, questions
from storepact.engines.shrink_budget import MOST_PER_CAUSE, Grant, ShrinkBudget
from storepact.model.finding import Finding, Severity
from storepact.model.flaw import Subject, SubjectKind


def finding(member):
    return Finding(
        "SP103", "check", Severity.ERROR, "conformance", "getIntegration", f"200 {member}", "message",
        subject=Subject(SubjectKind.MEMBER, member=member),
    )  # fmt: skip


class Run:
    """A run that has sent so many exchanges; shrinking takes all that it is granted."""

    def __init__(self, exchanges):
        self.exchanges, self.grants = exchanges, []
        self.budget = ShrinkBudget(lambda: self.exchanges)

    def shrink(self, finding):
        def take_all(grant):
            self.grants.append(grant.left)
            self.exchanges += grant.left
            return replace(finding, message="smaller")

        return self.budget.spend(finding, take_all)


def test_a_grant_is_never_overdrawn():
    """What is left is taken as a whole or not at all."""
    grant = Grant(3)
    assert [grant.take(count) for count in (2, 2, 1, 1)] == [True, False, True, False]


def test_each_cause_is_shrunk_once():
    """A second finding about the same subject, in any operation, stays as it is."""
    run = Run(10_000)
    assert run.shrink(finding("/name")).message == "smaller"
    assert run.shrink(replace(finding("/name"), operation="listIntegrations")).message == "message"
    assert run.shrink(finding("/tags")).message == "smaller"
    assert run.grants == [MOST_PER_CAUSE] * 2


@pytest.mark.parametrize(("sent", "most"), [(0, 2 * MOST_PER_CAUSE), (300, 160), (3_000, 1_540)])
def test_shrinking_takes_a_third_of_the_run(sent, most):
    """However many causes there are, about a third of all exchanges is spent on them."""
    run = Run(sent)
    for number in range(500):
        run.shrink(finding(f"/m{number}"))
    assert sum(run.grants) <= most
    assert sum(run.grants) >= sent // 3


def test_a_finding_that_shows_everywhere_does_not_double_the_run(local_mock):
    """A member with a wrong type shows in each case of a question; its requests are made smaller once."""
    sent = []
    for faults in ([], ["name-retyped"]):
        local_mock.configure(faults=faults)
        with gate(local_mock, examples=10) as harness:
            for question in _fuzzed_cases(harness):
                harness.run_question(question)
            sent.append(harness.recorder.exchanges)
            assert bool(harness.recorder.findings) is bool(faults)
    assert sent[1] <= sent[0] + 3 * MOST_PER_CAUSE


def _fuzzed_cases(harness: Harness) -> list[Question]:
    """The fuzzed cases of a get and an update."""
    return [
        question
        for question in questions(harness.document, harness.family, True)
        if question.phase == "fuzzing"
        and str(question).startswith(("getIntegration-redis", "updateIntegration-redis"))
    ]


def test_a_name_of_a_wrong_type_does_not_break_the_oracle(local_mock):
    """A name that is an object, where none was given, is compared with no other integration's."""
    local_mock.configure(faults=["name-retyped"])
    with gate(local_mock, shrink=False) as harness:
        assert harness.run_scenario(SCENARIOS["little-given"])
