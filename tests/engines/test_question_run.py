"""A question none of whose cases may be sent is skipped; one without any case is undetermined."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pytest

from short_run import settings_for
from storepact.engines.harness import Harness
from storepact.engines.question_run import QuestionRun
from storepact.engines.questions import Question
from storepact.families import DEFAULT_FAMILY
from storepact.model.case import Auth, Case
from storepact.model.errors import NothingTested, PrerequisiteMissing
from storepact.model.outcome import Reason
from storepact.run.engine_options import engine_options
from storepact.transport.credentials import Credentials
from wrapped_mock import wrapped_mock

#: Changes that the guard of a live target does not let through, and why.
NEVER_SENT = {
    "a project of others": ("deleteIntegration", "projectKey", "another", Reason.OUTSIDE_SCOPE),
    "an environment of others": ("updateIntegration", "environmentKey", "another", Reason.OUTSIDE_SCOPE),
}


@dataclass(frozen=True)
class Cases:
    """Hands out these cases as those of any question."""

    cases: Sequence[Case]

    def generate(self, question: Question, consume: Callable[[Case], None]) -> None:
        for case in self.cases:
            consume(case)


def run_cases(folder, *cases):
    """Run a question that consists of these cases, as on a live target; returns what is not verified."""
    with wrapped_mock(lambda request, inner: inner(request)) as mock:
        options = engine_options(settings_for(mock.url, folder), mock.url)
        credentials = Credentials({Auth.WRITER: mock.tokens["writer"]})
        with Harness(options, DEFAULT_FAMILY, credentials) as harness:
            question = Question("deleteIntegration", "redis", "fuzzing")
            run = QuestionRun(question, harness.workspace, harness.log, harness.shrink_queue)
            run.run(Cases(cases))
            return harness.log.recorder.not_verified


@pytest.mark.parametrize("name", NEVER_SENT)
def test_question_whose_cases_may_not_be_sent(name, tmp_path):
    """It is skipped and not undetermined, whatever the guard's reason: the seed decides what is drawn."""
    operation, parameter, value, reason = NEVER_SENT[name]
    case = Case(
        operation, "redis", source="fuzzing", path_parameters=((parameter, value),), body={"patch": []}
    )
    with pytest.raises(PrerequisiteMissing) as caught:
        run_cases(tmp_path, case)
    assert caught.value.reason is reason


def test_question_without_a_case(tmp_path):
    """Nothing that was drawn is not passed."""
    with pytest.raises(NothingTested):
        run_cases(tmp_path)


def test_question_with_one_case_that_may_be_sent(tmp_path):
    """It counts as tested; the other case is listed."""
    outside = Case(
        "deleteIntegration", "redis", source="fuzzing", path_parameters=(("projectKey", "another"),)
    )
    entries = run_cases(tmp_path, outside, Case("deleteIntegration", "redis", source="fuzzing"))
    assert [entry.reason_code for entry in entries] == [Reason.OUTSIDE_SCOPE]
