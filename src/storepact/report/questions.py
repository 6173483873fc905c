"""The tests of a run in words: the question that a test asks of the provider."""

from __future__ import annotations

from storepact.model.outcome import OutcomeKind
from storepact.record.values import Outcome

_RESPONSES = "Do responses agree with earlier writes"

#: The question of each kind of test; of the suite protection where a second one is given.
_QUESTIONS = {
    OutcomeKind.QUESTION: (
        "Do requests of {operation} get documented responses? ({details})",
        "Is {operation} shut to requests without access? ({details})",
    ),
    OutcomeKind.INTERACTION: ("Does the provider do what {consumer} relies on: {interaction}?",),
    OutcomeKind.CONTRACT: ("Does the document describe what {consumer} relies on: {interaction}?",),
    OutcomeKind.SCENARIO: (
        f"{_RESPONSES} in the scenario “{{words}}”?",
        "Does the protection hold in the scenario “{words}”?",
    ),
    OutcomeKind.JOURNEY: (f"{_RESPONSES} in generated journey {{words}}?",),
    OutcomeKind.DOCUMENT: ("Is the OpenAPI document sound?",),
    OutcomeKind.STORE: ("Can SDKs read what the writer left in the store?",),
}


def question(outcome: Outcome) -> str:
    """The question that a test asks; the test's name where its kind was not recorded."""
    if outcome.kind is None:
        return outcome.name
    texts = _QUESTIONS[outcome.kind]
    label = outcome.label.removeprefix(f"{outcome.operation}-")
    return texts[-1 if outcome.suite == "protection" else 0].format(
        operation=outcome.operation,
        consumer=outcome.consumer,
        interaction=outcome.interaction,
        details=label.replace("-", ", "),
        words=label.replace("-", " "),
    )
