"""Compare the mock with a target: run the same scenarios on both, and find where the responses differ."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace

from storepact.engines.harness import Harness
from storepact.engines.options import EngineOptions
from storepact.engines.scopes import level_apart
from storepact.families import mock_definition
from storepact.mock.choices import parse_choices
from storepact.mock.serve import RunningMock, serve
from storepact.model.api import Scope
from storepact.model.errors import UsageError
from storepact.model.outcome import Verdict
from storepact.model.values import lean_value
from storepact.record.values.fidelity import Difference, FidelityRecord, NearestChoices, TargetFinding
from storepact.run.engine_options import engine_options, isolation_scopes_of
from storepact.run.run_settings import MOCK
from storepact.run.settings import Settings
from storepact.run.target import (
    MOCK_CONDITIONS,
    ResolvedTarget,
    mock_credentials,
    resolve_live_target,
    start_mock,
)
from storepact.run.transcript import (
    Transcript,
    TranscriptStep,
    case_groups,
    deleting_all,
    make_transcript,
)
from storepact.run.transcript_differences import align_steps, compare_steps
from storepact.transport.credentials import Credentials
from storepact.transport.interrupts import INTERRUPTS

_MOST_EXAMPLES = 3


@lean_value(frozen=True)
class Progress:
    """What a comparison calls while it runs: `begin` with the number of its steps, `advance` at each."""

    begin: Callable[[int], None]
    advance: Callable[[str], None]


def compare_targets(
    settings: Settings, choices: Sequence[str], environment: Mapping[str, str], progress: Progress
) -> FidelityRecord:
    """Run the scenarios on both; `choices` are `NAME=VALUE` texts for the mock.

    The record has the differences, the findings on the target, and the choices that make the mock like it.

    Raises:
        UsageError: the target may not be written, or a choice does not exist.
        StorepactError: the target cannot be tested.

    """
    target = None if settings.is_mock else resolve_live_target(settings, environment)
    if not settings.writable:
        raise UsageError(
            "the scenarios create, change and delete: give --allow-writes for a live target made for tests"
        )
    values = parse_choices(choices)
    with ExitStack() as stack:
        running = stack.enter_context(serve(conditions=MOCK_CONDITIONS))
        target = target or start_mock(stack)
        running.configure(choices=values)
        options = engine_options(settings, target.base_url)
        stack.enter_context(INTERRUPTS.note())
        harness = stack.enter_context(Harness(options, settings.api, target.credentials))
        mock = _ComparedMock(running, settings, target, harness.workspace.scope, values)
        alternatives = _alternatives(values)
        progress.begin(
            2 * (len(settings.api.scenarios) + len(list(case_groups(harness.document, harness.family))))
            + len(alternatives)
        )
        with deleting_all(harness):
            theirs = make_transcript(
                harness, advance=lambda name: progress.advance(f"{settings.target}: {name}")
            )
        ours = mock.make_transcript(advance=lambda name: progress.advance(f"mock: {name}"))
        differences = find_differences(ours, theirs)
        nearer = NearestChoices(choices={}, before=0, after=0)
        # a target with findings does not conform, so no choice of the mock can be like it
        if differences and not harness.recorder.findings:
            names = _telling_stories(differences, theirs)
            mock = replace(mock, theirs={name: theirs[name] for name in names})
            nearer = _find_nearest(mock, alternatives, progress.advance)
        return _make_record(settings.target, values, ours, theirs, differences, nearer, harness)


def _make_record(
    target: str,
    choices: Mapping[str, str],
    ours: Transcript,
    theirs: Transcript,
    differences: Sequence[Difference],
    nearer: NearestChoices,
    harness: Harness,
) -> FidelityRecord:
    compared = ours.keys() & theirs.keys()
    scenarios = {scenario.name for scenario in harness.family.scenarios if not scenario.concurrent}
    return FidelityRecord(
        format=1,
        target=target,
        choices=choices,
        stories=len(compared),
        left_out=tuple(sorted(scenarios - compared)),
        exchanges=harness.recorder.exchanges,
        differences=tuple(differences),
        nearer=nearer,
        findings=tuple(
            TargetFinding(
                code=finding.code,
                operation=finding.operation,
                message=finding.message,
                fingerprint=finding.fingerprint,
            )
            for finding in harness.recorder.findings.values()
        ),
    )


def verdict(record: FidelityRecord) -> Verdict:
    """Return `BROKEN` if the target has findings; a difference that the documents allow breaks nothing."""
    return Verdict.BROKEN if record.findings else Verdict.CONFORMS


# differences


@dataclass
class _Occurrences:
    """Where one difference occurs."""

    times: int = 0
    examples: list[str] = field(default_factory=list)
    stories: dict[str, None] = field(default_factory=dict)


def find_differences(mock: Transcript, target: Transcript) -> list[Difference]:
    """Return every difference of two transcripts once, the most frequent first."""
    occurrences: dict[tuple[str, str, str], _Occurrences] = {}
    for name in mock.keys() & target.keys():
        for ours, theirs in align_steps(mock[name], target[name]):
            for member, our_value, their_value in compare_steps(ours, theirs):
                where = f"{ours.role} {ours.status}: {member}" if member else f"{ours.role}: status"
                key = (where, our_value, their_value)
                entry = occurrences.setdefault(key, _Occurrences())
                entry.times += 1
                entry.stories[name] = None
                if len(entry.examples) < _MOST_EXAMPLES:
                    entry.examples.append(f"{name}: {ours.does}")
    differences = [
        Difference(
            where=where,
            mock=ours,
            target=theirs,
            times=entry.times,
            examples=tuple(entry.examples),
            stories=tuple(entry.stories),
        )
        for (where, ours, theirs), entry in occurrences.items()
    ]
    return sorted(differences, key=lambda row: (-row.times, row.where, row.mock, row.target))


def _count_lone_steps(mock: Sequence[TranscriptStep], target: Sequence[TranscriptStep]) -> int:
    """Return how many steps of one transcript have no counterpart in the other."""
    return len(mock) + len(target) - 2 * sum(1 for _ in align_steps(mock, target))


def _telling_stories(differences: Sequence[Difference], theirs: Transcript) -> list[str]:
    """Return few and short stories that together show a difference at every place where there is one."""
    stories: dict[str, set[str]] = {}
    for difference in differences:
        stories.setdefault(difference.where, set()).update(difference.stories)
    uncovered = list(stories.values())
    names: list[str] = []

    def benefit(name: str) -> tuple[float, str]:
        return sum(name in row for row in uncovered) / (1 + len(theirs[name])), name

    while uncovered:
        best = max(sorted(set().union(*uncovered)), key=benefit)
        names.append(best)
        uncovered = [row for row in uncovered if best not in row]
    return names


# choices that make the mock more like the target


@lean_value(frozen=True)
class _ComparedMock:
    """The mock beside a target: it has the tokens, and the kinds of further scopes, that the target has."""

    running: RunningMock
    settings: Settings
    target: ResolvedTarget
    scope: Scope
    """Where the run on the target works."""
    choices: Mapping[str, str]
    theirs: Transcript = field(default_factory=dict)
    """The part of the target's transcript that `count_differences` compares with."""

    def make_transcript(
        self, *, only: Collection[str] | None = None, advance: Callable[[str], None] = lambda name: None
    ) -> Transcript:
        """Run the scenarios on the mock as it is configured."""
        options = self._options()
        tokens = {
            auth: token
            for auth, token in mock_credentials(self.running).tokens.items()
            if auth in self.target.credentials.tokens
        }
        with Harness(options, self.settings.api, Credentials(tokens)) as harness:
            return make_transcript(harness, only=only, advance=advance)

    def _options(self) -> EngineOptions:
        """Those of the run on the target: what it may not send, or marks, is the same for the mock.

        Its budgets and its rate are about the target alone.
        """
        settings = replace(
            self.settings,
            target=MOCK,
            project=None,
            environment=None,
            isolation_scope=(),
            allow_writes=True,
            max_requests=None,
            deadline=None,
            rate=None,
        )
        options = engine_options(settings, self.running.url)
        own, further = options.scopes[0], options.isolation_scopes
        levels = {level_apart(self.scope, scope) for scope in isolation_scopes_of(self.settings)}
        options = replace(
            options, isolation_scopes=tuple(scope for scope in further if level_apart(own, scope) in levels)
        )
        if self.settings.is_mock:
            return options
        theirs = engine_options(self.settings, self.target.base_url)
        return replace(
            options,
            is_mock=False,
            run_mark=theirs.run_mark,
            allow_enable=theirs.allow_enable,
            max_resources=theirs.max_resources,
            profile=theirs.profile,
        )

    def count_differences(self, choices: Mapping[str, str]) -> int:
        """Return how many members, statuses and steps differ with these choices in addition."""
        self.running.configure(choices={**self.choices, **choices})
        ours = self.make_transcript(only=self.theirs.keys())
        unmatched = sum(_count_lone_steps(ours.get(name, ()), steps) for name, steps in self.theirs.items())
        return unmatched + sum(difference.times for difference in find_differences(ours, self.theirs))


def _alternatives(values: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return every value that is not the default of a choice, unless the choice is made already."""
    return [
        (choice.name, value)
        for choice in mock_definition().choices
        for value in choice.values
        if choice.name not in values and value != choice.default
    ]


def _find_nearest(
    mock: _ComparedMock, alternatives: Sequence[tuple[str, str]], advance: Callable[[str], None]
) -> NearestChoices:
    """Try each alternative alone, then those that help together."""
    before = mock.count_differences({})
    best: dict[str, tuple[int, str]] = {}
    for name, value in alternatives:
        if before:
            count = mock.count_differences({name: value})
            if count < best.get(name, (before, ""))[0]:
                best[name] = (count, value)
        advance(f"choice {name}={value}")
    choices = {name: value for name, (_, value) in sorted(best.items())}
    after = mock.count_differences(choices) if choices else before
    for name in list(choices):  # some help only alone: leave out those whose effect another choice has, too
        fewer = {key: value for key, value in choices.items() if key != name}
        count = mock.count_differences(fewer)
        if count <= after:
            choices, after = fewer, count
    return NearestChoices(choices=choices, before=before, after=after)
