"""The record of all shards of a run, made from the records of the shards; no target, no engine."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec

from storepact.model.errors import RecordUnusable, UsageError
from storepact.model.values import lean_value
from storepact.openapi.load import load_document
from storepact.record.acceptance import load_acceptances
from storepact.record.recorder import Recorder
from storepact.record.store import load_record, usable_folder
from storepact.record.values import Exploration, ImpactMap, Record, ShardSection
from storepact.run.clock import Clock
from storepact.run.controller import is_selection
from storepact.run.earlier import load_earlier_runs
from storepact.run.engine_options import engine_options
from storepact.run.explore.merging import merge_explorations
from storepact.run.explore.tasks import Budget
from storepact.run.finish import FinishedRun, finish
from storepact.run.selection import excluded_checks, selected_operations
from storepact.run.session import PreparedRun, load_provider_contracts
from storepact.run.settings import Settings
from storepact.run.sharding import OPTIONS, contracts_digest, file_digest, plan_digest
from storepact.transport.credentials import Credentials

#: The large members of a record, empty.
_LIGHT: dict[str, Any] = {
    **dict.fromkeys(("outcomes", "findings", "causes", "rows", "keywords", "not_verified"), ()),
    **{name: {} for name in ("coverage", "observed", "latency", "places", "decisions")},
    "impact": ImpactMap(consumers=(), places=()),
    "comparison": None,
    "teeth": None,
}


@lean_value(frozen=True)
class ShardRecord:
    """The record of one shard, and where it was read."""

    path: Path
    record: Record
    section: ShardSection


def merge_shards(paths: Sequence[Path], settings: Settings) -> FinishedRun:
    """Make the record and the reports of a run from the records of all its shards, whatever their order.

    `settings` has what decides over the verdict and where files are; the rest is in the records.

    Raises:
        UsageError: a shard is missing or there twice, or the records are not of one run.
        RecordUnusable: one of the files is no record.
        StorepactError: the document or the pacts cannot be used.

    """
    shards = load_shards(paths)
    check_shards(shards)
    _check_folder(shards, settings.report_dir)
    prepared = prepare_merge(shards, settings)
    usable_folder(settings.report_dir, private=not prepared.settings.is_mock)
    first = shards[0].record.exploration
    if first is not None:
        budget = Budget(first.budget_s, first.budget_cases)
        return merge_explorations(_explorations(shards), budget, prepared)
    recorder = Recorder()
    for shard in shards:
        recorder.merge(_load_shard(shard.path).section.evidence)
    return finish(prepared, recorder, is_selection=is_selection(prepared.plan, recorder))


def _explorations(shards: Sequence[ShardRecord]) -> Iterator[tuple[ShardSection, Exploration]]:
    """The whole records of the shards of an exploration, each read when it comes."""
    for shard in shards:
        whole = _load_shard(shard.path)
        if whole.record.exploration is not None:
            yield whole.section, whole.record.exploration


def load_shards(paths: Sequence[Path]) -> list[ShardRecord]:
    """Read what all shards of a run have in common, without their evidence; returns them by number.

    A thousand whole records do not fit into memory: each is read once more when its evidence is merged.

    Raises:
        UsageError: none is named, or one is the record of a whole run.
        RecordUnusable: one of the files is no record.

    """
    if not paths:
        raise UsageError("name the records of all shards: report folders or run.json files")
    shards = [_without_evidence(_load_shard(path)) for path in paths]
    return sorted(shards, key=lambda shard: (shard.section.number, str(shard.path)))


def _load_shard(path: Path) -> ShardRecord:
    record = load_record(path)
    if record.shard is None:
        raise UsageError(
            f"{path} is the record of a whole run: `storepact verify --shard K/N` and "
            "`storepact explore --shard K/N` make records to merge"
        )
    return ShardRecord(path, record, record.shard)


def _without_evidence(shard: ShardRecord) -> ShardRecord:
    """The shard with what says which part of which run it is, and no more."""
    section = msgspec.structs.replace(shard.section, evidence=Recorder().snapshot(), cases=())
    explored = shard.record.exploration
    if explored is not None:
        explored = msgspec.structs.replace(explored, interesting=())
    record = msgspec.structs.replace(shard.record, **_LIGHT, shard=section, exploration=explored)
    return ShardRecord(shard.path, record, section)


def check_shards(shards: Sequence[ShardRecord]) -> None:
    """Refuse records that are not all shards of one run, once each.

    Raises:
        UsageError: says which record does not fit, or which shard is missing.

    """
    first = shards[0]
    for shard in shards[1:]:
        for what, value, expected in _facts(shard, first):
            if value != expected:
                raise UsageError(
                    f"{shard.path} and {first.path} are not of one run: {what} {_text_of(value)}, and "
                    f"{_text_of(expected)}"
                )
    for shard, following in pairwise(shards):
        if shard.section.number == following.section.number:
            name = f"{shard.section.number}/{shard.section.count}"
            raise UsageError(f"shard {name} is there twice: {shard.path} and {following.path}; leave out one")
    count, numbers = first.section.count, {shard.section.number for shard in shards}
    missing = [number for number in range(1, count + 1) if number not in numbers]
    if missing:
        names = ", ".join(f"{number}/{count}" for number in missing[:10])
        more = f" and {len(missing) - 10:,} more" if len(missing) > 10 else ""
        raise UsageError(
            f"{'a shard is' if len(missing) == 1 else 'shards are'} missing: {names}{more}; make the record "
            f"with storepact {_command_of(first)} --shard {missing[0]}/{count}"
        )


def _command_of(shard: ShardRecord) -> str:
    return "verify" if shard.record.exploration is None else "explore"


def _facts(shard: ShardRecord, first: ShardRecord) -> Iterable[tuple[str, object, object]]:
    """(name, value of a shard, value of the first one) of what all shards of a run have in common."""
    record, section = shard.record, shard.section
    base, base_section = first.record, first.section
    yield "storepact", record.storepact, base.storepact
    yield "number of shards", section.count, base_section.count
    yield "target", record.target, base.target
    yield "seed", record.seed, base.seed
    yield "profile", record.profile, base.profile
    yield "digest of the OpenAPI document", section.document, base_section.document
    yield "digest of the pacts", section.contracts, base_section.contracts
    for name in sorted({*section.options, *base_section.options}):
        value, expected = section.options.get(name), base_section.options.get(name)
        yield f"--{name.replace('_', '-')}", value, expected
    yield "digest of the plan", section.plan, base_section.plan
    yield "scope", dict(record.scope), dict(base.scope)
    if record.exploration is not None and base.exploration is not None:
        yield "--cases", record.exploration.budget_cases, base.exploration.budget_cases
        yield "--time", record.exploration.budget_s, base.exploration.budget_s


def _text_of(value: object) -> str:
    return "nothing" if value in (None, "null") else str(value)


def _check_folder(shards: Sequence[ShardRecord], folder: Path) -> None:
    """Refuse to write the merged record over the record of a shard."""
    for shard in shards:
        path = shard.path if shard.path.is_dir() else shard.path.parent
        if path.resolve() == folder.resolve():
            raise UsageError(
                f"--report-dir {folder} holds the record of shard {shard.section.number}/"
                f"{shard.section.count}: choose another folder for the merged record"
            )


def prepare_merge(shards: Sequence[ShardRecord], settings: Settings) -> PreparedRun:
    """Prepare the run that the shards are parts of; nothing is sent.

    Raises:
        UsageError: document or pacts are others than those of the shards.
        RecordUnusable: a record was edited.
        StorepactError: they cannot be used.

    """
    first = shards[0]
    settings = _settings_of(first, settings)
    document = load_document(settings.document_path)
    if file_digest(settings.document_path) != first.section.document:
        raise UsageError(
            f"{settings.document_path} is not the OpenAPI document of the shards "
            f"({first.record.document_path}): name that one with --openapi"
        )
    contracts = load_provider_contracts(settings.contracts_path, settings.provider_name)
    if contracts_digest(contracts) != first.section.contracts:
        raise UsageError(
            f"the pacts in {settings.contracts_path} are not those of the shards: name their folder with "
            "--contracts"
        )
    prepared = PreparedRun(
        settings=settings,
        document=document,
        contracts=contracts,
        options=engine_options(
            settings,
            first.record.base_url,
            operations=selected_operations(settings, document),
            excluded_checks=excluded_checks(settings),
        ),
        credentials=Credentials(),
        acceptances=load_acceptances(settings.accepted_path),
        earlier=load_earlier_runs(settings, os.environ),
        clock=Clock(
            started=min(datetime.fromisoformat(shard.record.started) for shard in shards),
            duration=max(shard.record.duration_s for shard in shards),
        ),
    )
    if plan_digest(prepared.plan) != first.section.plan:
        raise UsageError(
            f"{first.path} has another plan of tests than this installation: merge where it was made"
        )
    return prepared


def _settings_of(shard: ShardRecord, settings: Settings) -> Settings:
    """The settings of the run, with what the user says about files and verdict."""
    texts = {name: text for name, text in shard.section.options.items() if name in OPTIONS}
    try:
        values = msgspec.convert({name: json.loads(text) for name, text in texts.items()}, Settings)
    except (ValueError, RecursionError):
        raise RecordUnusable(shard.path, "is damaged: the options of its shard cannot be read") from None
    chosen: dict[str, Any] = {name: getattr(values, name) for name in texts}
    record = shard.record
    chosen |= {"project": record.scope.get("project"), "environment": record.scope.get("environment")}
    recorded = Path(record.document_path)
    openapi = settings.openapi or (recorded if recorded.is_file() else None)
    return replace(
        settings,
        **chosen,
        target=record.target,
        seed=record.seed,
        profile=record.profile,
        openapi=openapi,
        allow_production=True,  # nothing is sent
    )
