"""Pacts from a broker for one run, and the run's results back to it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from storepact.model.errors import BrokerFailed
from storepact.model.outcome import OutcomeKind, Reason, Status
from storepact.model.values import lean_value
from storepact.record.store import usable_folder, write_whole
from storepact.record.values import Outcome
from storepact.transport.broker import Broker, FetchedPact, Verification


def fetch_pacts(
    broker: Broker, provider: str, folder: Path, *, consumer_branch: str | None, branch: str | None
) -> list[FetchedPact]:
    """Put the pacts that a provider has to verify into a folder, which holds nothing else afterwards.

    Without `consumer_branch` these are the pacts of each consumer's main branch, and of what is deployed or
    released.

    Raises:
        BrokerFailed: it has none, or does not respond.
        ReportFolderUnusable: the folder cannot be written.

    """
    selectors: list[dict[str, Any]] = [{"mainBranch": True}, {"deployedOrReleased": True}]
    if consumer_branch is not None:
        selectors = [{"branch": consumer_branch}]
    pacts = list(broker.pacts(provider, selectors, branch))
    if not pacts:
        source = (
            f"of the branch {consumer_branch!r}"
            if consumer_branch
            else "of a main branch, deployed or released"
        )
        raise BrokerFailed(broker.url, f"it has no pact with {provider!r} {source}: nothing was tested")
    usable_folder(folder)
    for old in folder.glob("*.json"):
        old.unlink()
    named = [
        replace(pact, file=f"{number:02}-{_file_name(pact.consumer)}.json")
        for number, pact in enumerate(pacts)
    ]
    for pact in named:
        write_whole(folder / pact.file, json.dumps(_mark_pending(pact), indent=1, ensure_ascii=False))
    return named


def _file_name(consumer: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "-", consumer)[:80] or "pact"


def _mark_pending(fetched: FetchedPact) -> dict[str, Any]:
    """The pact without the broker's links; each of its interactions is marked as pending if the pact is."""
    document = {
        name: value for name, value in fetched.document.items() if name not in ("_links", "createdAt")
    }
    if fetched.pending and isinstance(document.get("interactions"), list):
        document["interactions"] = [
            {**interaction, "pending": True} for interaction in document["interactions"]
        ]
    return document


@lean_value(frozen=True)
class PactResult:
    """The result of one pact; without a `verification` the `problem` says why."""

    pact: FetchedPact
    verification: Verification | None = None
    problem: str = ""


def results(outcomes: Iterable[Outcome], pacts: Iterable[FetchedPact], version: str) -> Iterator[PactResult]:
    """The result of each pact, as the outcomes of its interactions say; `version` is the provider's."""
    verified = [outcome for outcome in outcomes if outcome.kind is OutcomeKind.INTERACTION]
    for pact in pacts:
        yield _result(pact, [outcome for outcome in verified if outcome.file == pact.file], version)


def _result(pact: FetchedPact, outcomes: list[Outcome], version: str) -> PactResult:
    failed = [outcome for outcome in outcomes if _is_failure(outcome)]
    passed = [outcome for outcome in outcomes if outcome.status is Status.PASSED]
    unverified = len(outcomes) - len(failed) - len(passed)
    if not outcomes:
        return PactResult(pact, problem="none of its interactions was tested")
    if unverified and not failed:
        return PactResult(pact, problem=f"{unverified} of its {len(outcomes)} interactions were not verified")
    tests = tuple(
        (outcome.interaction, outcome in passed)
        for outcome in outcomes
        if outcome in failed or outcome in passed
    )
    return PactResult(pact, Verification(version, tests))


def _is_failure(outcome: Outcome) -> bool:
    """Whether the interaction does not hold, be it a failure of the run or only pending."""
    return outcome.status is Status.FAILED or outcome.reason_code is Reason.PENDING
