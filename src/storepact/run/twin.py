"""Compare two releases of a provider: both get the same stories and cases, and the answers are compared."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import msgspec

from storepact import pacts
from storepact.engines.harness import Harness
from storepact.engines.questions import CaseGenerator, journeys, questions
from storepact.model.case import READER_VARIABLE, TOKEN_VARIABLE, Case
from storepact.model.errors import NothingTested, UsageError
from storepact.model.files import read_text
from storepact.model.outcome import Verdict
from storepact.model.values import lean_value
from storepact.openapi.load import load_document
from storepact.record.recorder import Recorder
from storepact.record.store import usable_folder
from storepact.record.values.twin import RecordedStep, TranscriptRecord, TwinFinding, TwinRecord
from storepact.run.engine_options import engine_options, profile_of
from storepact.run.fidelity import Progress
from storepact.run.run_settings import MOCK
from storepact.run.session import load_provider_contracts
from storepact.run.settings import Settings
from storepact.run.settings_rules import check_settings
from storepact.run.target import ResolvedTarget, resolve_live_target, resolve_url, start_mock
from storepact.run.transcript import (
    Transcript,
    TranscriptStep,
    case_groups,
    deleting_all,
    make_transcript,
)
from storepact.run.transcript_differences import cut_journeys
from storepact.run.twin_rules import group_differences, lone_stories
from storepact.transport.addresses import place_of
from storepact.transport.interrupts import INTERRUPTS

#: The tokens of the release that is compared with, where they differ from those of the target.
AGAINST_VARIABLES = {
    TOKEN_VARIABLE: "STOREPACT_AGAINST_TOKEN",
    READER_VARIABLE: "STOREPACT_AGAINST_READER_TOKEN",
}


@lean_value(frozen=True)
class Twins:
    """The comparison, and what the target has answered, for later comparisons."""

    record: TwinRecord
    transcript: TranscriptRecord


@lean_value(frozen=True)
class TwinPlan:
    """What both releases get beside the scenarios."""

    groups: Sequence[tuple[str, Sequence[Case]]]
    """Cases by name."""
    journeys: Mapping[int, int]
    """How many stories of each journey are played."""

    def count(self, settings: Settings) -> int:
        """How many scenarios, stories and groups of cases there are."""
        return len(settings.api.scenarios) + len(self.groups) + sum(self.journeys.values())


def compare_releases(
    settings: Settings, against: str, environment: Mapping[str, str], progress: Progress
) -> Twins:
    """Send the same to the target and to `against`: a name, a URL, or an earlier transcript.json.

    Raises:
        UsageError: they are one target, or may not be written.
        StorepactError: one of the two cannot be used.

    """
    check_settings(settings)
    if not settings.writable:
        raise UsageError(
            "the stories create, change and delete: give --allow-writes for targets made for tests"
        )
    is_file = Path(against).exists() or ("://" not in against and against.endswith(".json"))
    earlier = load_transcript(Path(against), settings.seed) if is_file else None
    others = replace(settings, target=against)
    if earlier is None:
        _refuse_one_target(settings, others)
    with ExitStack() as stack:
        targets = [_resolve(settings, environment, stack)]
        if earlier is None:
            tokens = {name: environment.get(variable) for name, variable in AGAINST_VARIABLES.items()}
            changed = {**environment, **{name: token for name, token in tokens.items() if token}}
            if tokens[TOKEN_VARIABLE]:
                others = replace(others, token_env=None, token_file=None, token_command=None)
            if tokens[READER_VARIABLE]:
                others = replace(others, reader_token_env=None)
            targets.append(_resolve(others, changed, stack))
        stack.enter_context(INTERRUPTS.note())
        groups = make_groups(settings)
        plan = TwinPlan(groups, plan_journeys(settings, [target.base_url for target in targets]))
        progress.begin(plan.count(settings) * len(targets))
        transcript = _record(settings, targets[0], plan, progress.advance)
        if earlier is None:
            folder = settings.report_dir / "against"
            earlier = _record(replace(others, report_dir=folder), targets[1], plan, progress.advance)
    return Twins(_compare(settings, against, earlier, transcript), transcript)


def with_tokens(environment: Mapping[str, str], writer: str | None, reader: str | None) -> Mapping[str, str]:
    """The environment with the tokens of --against in their usual variables; those that hold them are named.

    Raises:
        UsageError: such a variable is not set.

    """
    changed = dict(environment)
    for name, usual in zip((writer, reader), AGAINST_VARIABLES.values(), strict=True):
        if name is None:
            continue
        if not environment.get(name, "").strip():
            raise UsageError(f"no access token for --against: set {name} in the environment")
        changed[usual] = environment[name]
    return changed


def _refuse_one_target(settings: Settings, others: Settings) -> None:
    """Refuse two names of one target.

    Raises:
        UsageError: they are one.

    """
    if _place_of(settings) == _place_of(others):
        raise UsageError(f"--target and --against are one target, {settings.target}: name two releases of it")


def _place_of(settings: Settings) -> tuple[str, int, str]:
    """Host, port and path of a target."""
    return (MOCK, 0, "") if settings.is_mock else place_of(resolve_url(settings))


def _resolve(settings: Settings, environment: Mapping[str, str], stack: ExitStack) -> ResolvedTarget:
    return start_mock(stack) if settings.is_mock else resolve_live_target(settings, environment)


def make_groups(settings: Settings) -> list[tuple[str, Sequence[Case]]]:
    """The cases that both releases get, by name: probes, tokens, and generated ones of the seed."""
    document, family = load_document(settings.document_path), settings.api
    groups = list(case_groups(document, family))
    generator = CaseGenerator(document, family, engine_options(settings, "http://127.0.0.1"))
    for question in questions(document, family, settings.writable):
        INTERRUPTS.check()
        if question.phase in ("examples", "fuzzing"):
            cases: list[Case] = []
            generator.generate(question, cases.append)
            groups.append((f"{question.operation}-{question.kind or 'all'}-{question.phase}", cases))
    return groups


def plan_journeys(settings: Settings, urls: Sequence[str]) -> dict[int, int]:
    """How many stories of each journey all targets get: as many as the smallest of their profiles has."""
    stories = min(profile_of(settings, url).journeys for url in urls)
    return dict.fromkeys(journeys(settings.api), stories)


def _record(
    settings: Settings,
    target: ResolvedTarget,
    plan: TwinPlan,
    advance: Callable[[str], None],
) -> TranscriptRecord:
    """Play everything on one target."""
    usable_folder(settings.report_dir, private=True)
    options = engine_options(settings, target.base_url, shrink=False)
    recorder = Recorder()
    with (
        Harness(options, settings.api, target.credentials, recorder=recorder) as harness,
        deleting_all(harness),
    ):
        transcript = make_transcript(
            harness,
            groups=plan.groups,
            journeys=plan.journeys,
            advance=lambda name: advance(f"{settings.target}: {name}"),
        )
    if not transcript:
        raise NothingTested(f"no story could be played on {settings.target}: nothing was compared")
    return TranscriptRecord(
        format=1,
        transcript="storepact",
        target=settings.target,
        base_url=target.base_url,
        seed=settings.seed,
        stories={
            name: tuple(
                RecordedStep(does=step.does, role=step.role, status=step.status, members=step.members)
                for step in steps
            )
            for name, steps in transcript.items()
        },
        findings=tuple(
            TwinFinding(
                code=finding.code,
                operation=finding.operation,
                message=finding.message,
                fingerprint=finding.fingerprint,
            )
            for finding in recorder.findings.values()
        ),
    )


def _compare(
    settings: Settings, against: str, earlier: TranscriptRecord, transcript: TranscriptRecord
) -> TwinRecord:
    document, family = load_document(settings.document_path), settings.api
    contracts = load_provider_contracts(settings.contracts_path, settings.provider_name)
    impact = pacts.Impact(contracts, document)
    operations = {
        role: operation.id
        for operation in document.operations.values()
        for role in (family.role_of(operation) or operation.id,)
    }

    def consumers_of(role: str, status: str, member: str) -> Sequence[str]:
        operation = operations.get(role, role)
        if member:
            return impact.affected_consumers(operation, f"{status} {member.removeprefix('header ')}")
        return [
            name
            for place, names in impact.by_place.items()
            if (place.operation, place.status) == (operation, status)
            for name in names
        ]

    ours, theirs = cut_journeys(_steps(earlier), _steps(transcript))
    earlier_fingerprints = {finding.fingerprint for finding in earlier.findings}
    new = {
        (finding.code, finding.operation, finding.message): finding
        for finding in transcript.findings
        if finding.fingerprint not in earlier_fingerprints
    }
    return TwinRecord(
        format=1,
        target=transcript.target,
        against=against,
        seed=transcript.seed,
        stories=len(ours.keys() & theirs.keys()),
        left_out=tuple(lone_stories(ours, theirs)),
        exchanges=sum(map(len, theirs.values())),
        causes=tuple(group_differences(ours, theirs, family.api, consumers_of)),
        findings=tuple(new.values()),
    )


def _steps(record: TranscriptRecord) -> Transcript:
    return {
        name: [TranscriptStep(step.does, step.role, step.status, step.members) for step in steps]
        for name, steps in record.stories.items()
    }


def verdict(record: TwinRecord) -> Verdict:
    """Broken by a breaking difference; findings are what `verify` judges."""
    is_broken = any(cause.breaks == "breaking" for cause in record.causes)
    return Verdict.BROKEN if is_broken else Verdict.CONFORMS


def load_transcript(path: Path, seed: int) -> TranscriptRecord:
    """Read a transcript.json, or the one in a folder.

    Raises:
        UsageError: it is none, or of another seed.

    """
    path = path / "transcript.json" if path.is_dir() else path
    hint = "give a transcript.json that `storepact twin` has written"
    try:
        record = msgspec.convert(json.loads(read_text(path)), TranscriptRecord)
    except OSError as error:
        raise UsageError(f"--against {path} cannot be read: {error.strerror or error}; {hint}") from None
    except (ValueError, RecursionError, msgspec.ValidationError):
        raise UsageError(f"--against {path} is no record of answers: {hint}") from None
    if record.seed != seed:
        raise UsageError(f"--against {path} was made with --seed {record.seed}: give the same seed")
    return record
