"""No message is read: with noise in the place of every sentence, a run comes to the same results."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

import msgspec
import pytest

import sample_records
from gate import gate
from storepact.checks.evidence import Observation
from storepact.engines.questions import Question
from storepact.families import DEFAULT_FAMILY
from storepact.history.columns import COLUMNS
from storepact.mock.serve import serve
from storepact.model import errors
from storepact.model.errors import PrerequisiteMissing, SetupFailed, Undetermined
from storepact.model.expectation import Flaw
from storepact.model.outcome import OutcomeKind, Status, Verdict
from storepact.model.story import Divergence
from storepact.record.causes import group_findings
from storepact.record.comparison import compare_runs
from storepact.record.values import Finding, Outcome, Record
from storepact.run import broker_results
from storepact.run.plan import Parameter, PlannedTest, make_plan
from storepact.run.target import MOCK_CONDITIONS
from storepact.transport.broker import FetchedPact

#: Faults that come together; the causes of their findings are told from fields.
FAULTS = (
    ("stale-read", "maintainer-added", "delete-202"),
    ("delete-keeps", "password-in-status", "config-host-retyped"),
)

SCENARIOS = ("created-and-read", "renamed", "deleted", "all-or-nothing", "two-writers", "written-back")

#: Sentences by the class that holds them.
SENTENCES = {
    Observation: ("message", "expected", "actual"),
    Divergence: ("message", "expected", "actual", "explanation"),
    Flaw: ("why",),
}

WORDS = ("alder", "birch", "cedar", "elm", "fir", "hazel", "larch", "maple", "oak", "pine", "rowan", "yew")


def noise(text):
    """Words without a meaning; equal sentences, as a set of divergences needs them, have equal noise."""
    return " ".join(random.Random(text).sample(WORDS, 4)) if text else text


def fill_with_noise(patch):
    """Every sentence becomes noise as soon as it is made."""
    for kind, names in SENTENCES.items():
        patch.setattr(kind, "__init__", _noisy(kind.__init__, names))
    patch.setattr(errors, "sentence_of", lambda reason, detail="": noise(detail or str(reason)))


def _noisy(original, names):
    def initialize(self, *arguments, **fields):
        original(self, *arguments, **fields)
        for name in names:
            object.__setattr__(self, name, noise(getattr(self, name)))

    return initialize


@dataclass(frozen=True)
class Results:
    """What a run came to."""

    findings: tuple[Finding, ...]
    outcomes: tuple[Outcome, ...]


def _tests(plan) -> Iterator[PlannedTest]:
    for test in plan.tests:
        if isinstance(test.value, Question):
            if test.phase == "probes" and test.value.kind != "dynamodb":
                yield test
        elif test.parameter is Parameter.SCENARIO:
            if test.label in SCENARIOS:
                yield test
        elif test.kind is OutcomeKind.INTERACTION and test.value.consumer == "store-operator":
            yield test


def results_of(running) -> Results:
    """A part of the gate on a mock."""
    outcomes = []
    with gate(running, shrink=False, seed=1) as harness:
        plan = make_plan(harness.document, DEFAULT_FAMILY, harness.interactions())
        for test in _tests(plan):
            status, reason, message = Status.PASSED, None, ""
            try:
                if test.run(harness):
                    status, message = Status.FAILED, "findings"
            except PrerequisiteMissing as error:
                status, reason, message = Status.SKIPPED, error.reason, str(error)
            except (SetupFailed, Undetermined) as error:
                status, reason, message = Status.UNDETERMINED, error.reason, str(error)
            outcomes.append(_outcome(test, status, reason, message))
        findings = tuple(harness.recorder.findings.values())
    return Results(findings, tuple(outcomes))


def _outcome(test, status, reason, message):
    interaction = test.value if test.kind is OutcomeKind.INTERACTION else None
    return Outcome(
        suite=test.suite,
        name=noise(test.name),
        status=status,
        reason=noise(message),
        seconds=0.0,
        kind=test.kind,
        consumer="" if interaction is None else interaction.consumer,
        interaction="" if interaction is None else interaction.description,
        file="" if interaction is None else interaction.file,
        reason_code=reason,
    )


@pytest.fixture(scope="module", params=FAULTS, ids="+".join)
def pair(request):
    """The results of one mock, with sentences and with noise."""
    with serve(conditions=MOCK_CONDITIONS) as running:
        running.configure(faults=request.param)
        plain = results_of(running)
        running.configure(faults=request.param)
        with pytest.MonkeyPatch.context() as patch:
            fill_with_noise(patch)
            noisy = results_of(running)
    return plain, noisy


def _record(results: Results) -> Record:
    """A record with these results, compared with nothing."""
    causes = group_findings(results.findings)
    verdict = Verdict.BROKEN if results.findings else Verdict.CONFORMS
    return msgspec.structs.replace(
        sample_records.clean(),
        findings=results.findings,
        causes=causes,
        outcomes=results.outcomes,
        verdict=verdict,
        exit_code=verdict.exit_code,
    )


def test_the_noise_is_everywhere(pair):
    """The findings of the second run are the same, and none has its sentence."""
    plain, noisy = ({finding.fingerprint: finding for finding in results.findings} for results in pair)
    assert plain.keys() == noisy.keys()
    assert len(plain) > 5
    assert not [name for name, finding in plain.items() if finding.message == noisy[name].message]


def test_fields_are_the_same(pair):
    """Whatever code may compare is a field, and has nothing to do with a sentence."""
    names = ("flaw", "subject", "member", "members", "value", "allowed", "request_flaws", "consumers")
    plain, noisy = (
        {finding.fingerprint: [getattr(finding, name) for name in names] for finding in results.findings}
        for results in pair
    )
    assert plain == noisy


def test_causes_are_the_same(pair):
    """Causes have the same ids and the same findings, in the same order."""
    plain, noisy = (
        [(cause.id, sorted(cause.fingerprints), cause.members) for cause in group_findings(results.findings)]
        for results in pair
    )
    assert plain == noisy


def test_outcomes_and_exit_codes_are_the_same(pair):
    """A test fails, is skipped or stays undetermined for the same reason."""
    plain, noisy = (
        [(outcome.kind, outcome.status, outcome.reason_code) for outcome in results.outcomes]
        for results in pair
    )
    assert plain == noisy
    assert _record(pair[0]).exit_code == _record(pair[1]).exit_code == 1


def test_comparison_is_the_same(pair):
    """Compared with a clean run, the same causes and findings are new, and the same is lost."""
    plain, noisy = (compare_runs([sample_records.clean()], _record(results)) for results in pair)
    for section in ("causes", "back", "flapped", "ended"):
        ids = [
            [(cause.id, cause.fingerprints) for cause in getattr(comparison, section)]
            for comparison in (plain, noisy)
        ]
        assert ids[0] == ids[1]
    for section in ("new", "still", "gone"):
        fingerprints = [
            [finding.fingerprint for finding in getattr(comparison, section)] for comparison in (plain, noisy)
        ]
        assert fingerprints[0] == fingerprints[1]
    assert (plain.regression, plain.lost, plain.apart) == (noisy.regression, noisy.lost, noisy.apart)


def test_broker_results_are_the_same(pair):
    """A pact has passed or failed, whatever its outcomes are called and give as reasons."""
    files = {outcome.file: outcome.consumer for outcome in pair[0].outcomes if outcome.file}
    pacts = [
        FetchedPact({"consumer": {"name": consumer}}, pending=False, publish_to=None, file=file)
        for file, consumer in files.items()
    ]
    plain, noisy = (
        [result.verification for result in broker_results.results(results.outcomes, pacts, "1")]
        for results in pair
    )
    assert plain == noisy
    assert plain


def test_history_rows_are_the_same(pair):
    """The history keeps the same numbers of both runs."""
    plain, noisy = ({column.name: column.value(_record(results)) for column in COLUMNS} for results in pair)
    assert plain == noisy
