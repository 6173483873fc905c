"""Pacts from a broker for one run, and the run's results back to it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from storepact import __version__
from storepact.engines.pact import PENDING
from storepact.model.errors import BrokerFailed
from storepact.record.store import usable_folder, write_whole
from storepact.transport.broker import Broker, FetchedPact


def fetch_pacts(
    broker: Broker, provider: str, folder: Path, *, consumer_branch: str | None, branch: str | None
) -> list[FetchedPact]:
    """Put the pacts that a provider has to verify into a folder, which holds nothing else afterwards.

    Without `consumer_branch` these are the pacts of each consumer's main branch, and of what is deployed or released.

    Raises:
        BrokerFailed: it gives none.
        ReportFolderUnusable: the folder cannot be written.

    """
    selectors: list[dict[str, Any]] = [{"mainBranch": True}, {"deployedOrReleased": True}]
    if consumer_branch is not None:
        selectors = [{"branch": consumer_branch}]
    found = list(broker.pacts(provider, selectors, branch))
    if not found:
        which = (
            f"of the branch {consumer_branch!r}"
            if consumer_branch
            else "of a main branch, deployed or released"
        )
        raise BrokerFailed(broker.url, f"it has no pact with {provider!r} {which}: nothing was asked")
    usable_folder(folder)
    for old in folder.glob("*.json"):
        old.unlink()
    named = [
        replace(each, file=f"{number:02}-{_slug(each.consumer)}.json") for number, each in enumerate(found)
    ]
    for each in named:
        write_whole(folder / each.file, json.dumps(_marked(each), indent=1, ensure_ascii=False))
    return named


def _slug(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name)[:80] or "pact"


def _marked(fetched: FetchedPact) -> dict[str, Any]:
    """The pact, each of its interactions called pending if it is; without the broker's links."""
    document = {
        name: value for name, value in fetched.document.items() if name not in ("_links", "createdAt")
    }
    if fetched.pending and isinstance(document.get("interactions"), list):
        document["interactions"] = [
            {**interaction, "pending": True} for interaction in document["interactions"]
        ]
    return document


def results(
    outcomes: Iterable[Mapping[str, Any]], pacts: list[FetchedPact], version: str
) -> Iterator[tuple[FetchedPact, dict[str, Any] | None, str]]:
    """What the outcomes say of each pact, as the broker wants it; None and the reason where it cannot say."""
    asked = [outcome for outcome in outcomes if outcome["suite"] == "pacts"]
    for pact in pacts:
        prefixes = (f"{pact.consumer}: ", f"{pact.consumer} in {pact.file}: ")
        mine = [each for each in asked if each["name"].partition("[")[2].startswith(prefixes)]
        failed = [each for each in mine if each["status"] == "failed" or each["reason"].startswith(PENDING)]
        unknown = [each for each in mine if each["status"] != "passed" and each not in failed]
        if not failed and (unknown or not mine):
            why = (
                f"{len(unknown)} of its {len(mine)} interactions were not verified"
                if mine
                else "none of its interactions was asked"
            )
            yield pact, None, why
            continue
        told = {
            "success": not failed,
            "providerApplicationVersion": version,
            "verifiedBy": {"implementation": "storepact", "version": __version__},
            "testResults": [
                {
                    "interactionDescription": each["name"].partition(": ")[2].removesuffix("]"),
                    "success": each not in failed,
                }
                for each in mine
                if each not in unknown
            ],
        }
        yield pact, told, ""
