"""What a run may spend on showing findings by less: exchanges, once for a cause."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest

from gate import SCENARIOS, gate
from storepact.engines.harness import Harness
from storepact.engines.questions import Question, questions
from storepact.engines.shrink_budget import MOST_PER_CAUSE, Grant, distribute, offer_of
from storepact.engines.shrink_queue import ShrinkQueue
from storepact.model.errors import BudgetExhausted
from storepact.model.finding import Finding, Severity
from storepact.model.flaw import Subject, SubjectKind


def finding(member):
    return Finding(
        "SP103", "check", Severity.ERROR, "conformance", "getIntegration", f"200 {member}", "message",
        subject=Subject(SubjectKind.MEMBER, member=member),
    )  # fmt: skip


def offer(member, operation="getIntegration", test="get"):
    return offer_of(replace(finding(member), operation=operation), test)


def test_a_grant_is_never_overdrawn():
    """What is left is taken as a whole or not at all."""
    grant = Grant(3)
    assert [grant.take(count) for count in (2, 2, 1, 1)] == [True, False, True, False]


def test_each_cause_is_shrunk_once():
    """A second finding about the same subject, in any operation and any process, stays as it is."""
    offers = [offer("/name"), offer("/name", "listIntegrations", "list"), offer("/tags")]
    accepted = list(distribute(offers, 10_000))
    assert {entry.subject.member for entry, _ in accepted} == {"/name", "/tags"}
    assert [exchanges for _, exchanges in accepted] == [MOST_PER_CAUSE] * 2


def test_what_is_accepted_does_not_depend_on_the_order_of_offers():
    """Which process was the first is chance."""
    offers = [offer(f"/m{number % 9}", test=f"test {number}") for number in range(30)]
    accepted = list(distribute(offers, 600))
    assert len(accepted) == 5
    assert list(distribute(reversed(offers), 600)) == accepted


@pytest.mark.parametrize(
    ("sent", "least", "budget"), [(0, 80, 80), (300, 80, 100), (3_000, 80, 1_000), (60, 0, 20), (0, 0, 0)]
)
def test_shrinking_takes_a_third_of_the_run(sent, least, budget):
    """However many causes there are, a third of all exchanges is spent on them."""
    accepted = list(distribute([offer(f"/m{number}") for number in range(500)], sent, least))
    assert sum(exchanges for _, exchanges in accepted) == budget
    assert all(0 < exchanges <= MOST_PER_CAUSE for _, exchanges in accepted)


@pytest.mark.parametrize("is_reversed", [False, True])
def test_a_queue_keeps_one_finding_of_a_cause(is_reversed):
    """The first in the order of offers, whenever it came; it is shrunk with what is granted, once."""
    queue, granted = ShrinkQueue(), []
    names = ["first", "second"]

    def shrink(name, grant):
        granted.append((name, grant.left))
        return replace(finding("/name"), message=f"smaller {name}")

    for name in reversed(names) if is_reversed else names:
        queue.add(finding("/name"), name, partial(shrink, name))
    (only,) = queue.offers
    assert queue.shrink(only, 7).message == "smaller first"
    assert (granted, queue.offers) == ([("first", 7)], [])


@pytest.mark.parametrize("shrink", [lambda grant: SAME, lambda grant: fail()])
def test_what_is_shown_by_nothing_less_stays(shrink):
    """Also where the target does not answer any more."""
    queue = ShrinkQueue()
    queue.add(SAME, "test", shrink)
    assert queue.shrink(queue.offers[0], MOST_PER_CAUSE) is None


def fail():
    raise BudgetExhausted("the requests are used up")


SAME = finding("/name")


def test_a_finding_that_shows_everywhere_does_not_double_the_run(local_mock):
    """A member with a wrong type shows in each case of a question; its requests are made smaller once."""
    sent = []
    for faults in ([], ["name-retyped"]):
        local_mock.configure(faults=faults)
        with gate(local_mock, examples=10) as harness:
            for question in _fuzzed_cases(harness):
                harness.run_question(question)
            harness.shrink(distribute(harness.shrink_queue.offers, harness.recorder.exchanges))
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
