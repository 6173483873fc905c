"""Contracts without a target: the comparison with the document, and the map of who relies on what, as plain data."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from storepact.model.errors import NothingTested
from storepact.openapi.document import Document
from storepact.openapi.yaml import line_map
from storepact.pacts import (
    Contract,
    Disagreement,
    Impact,
    Interaction,
    Level,
    disagreements,
    load_contract,
    load_contracts,
)
from storepact.pacts.impact import Place

FORMAT = 1
FITS, RISKY, UNFIT = "fits", "fits with warnings", "does not fit"


def collect_contracts(paths: Sequence[Path]) -> tuple[tuple[Contract, Path], ...]:
    """The contracts in these files and folders, each with its file.

    Raises:
        PactUnusable: one of them cannot be read, or is no pact.
        NothingAsked: there is none, or one says nothing.

    """
    found: list[tuple[Contract, Path]] = []
    for path in paths:
        if path.is_dir():
            found += [(each, path / each.file) for each in load_contracts(path)]
        else:
            found.append((load_contract(path), path))
    if not found:
        raise NothingTested(f"there is no pact in {', '.join(map(str, paths))}")
    for contract, path in found:
        if contract.about_messages:
            raise NothingTested(f"{path} is a pact about messages; this API speaks HTTP")
        if not contract.interactions:
            raise NothingTested(
                f"{path} holds no interactions: there is nothing that {contract.consumer!r} relies on"
            )
    return tuple({path.resolve(): (contract, path) for contract, path in found}.values())


def compare_contracts(
    contracts: Sequence[tuple[Contract, Path]], document: Document, provider: str, *, whole: bool
) -> dict[str, Any]:
    """Every contract beside the document, and what the document describes that none of them uses.

    `provider` is what contracts with the provider of the document call it; `whole`: these are all that there are.
    """
    told = [
        {**_contract(contract, path, document), "foreign": contract.provider != provider}
        for contract, path in contracts
    ]
    impact = Impact(tuple(contract for contract, _ in contracts), document)
    return {
        "format": FORMAT,
        "document": _shown(document.path),
        "contracts": told,
        "counts": {level: sum(each["counts"][level] for each in told) for level in map(str, Level)},
        "whole": whole,
        "unused": [_place(each) for each in impact.unused],
        "unused_in_requests": [_place(request) for request in impact.unused_in_requests],
    }


def _shown(path: Path) -> str:
    """A path as it is shortest from here."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def _place(place: Place) -> dict[str, str]:
    return {"operation": place.operation, "status": place.status, "member": place.member}


def _contract(contract: Contract, path: Path, document: Document) -> dict[str, Any]:
    lines = _Lines(path)
    interactions = [_interaction(each, path, document, lines) for each in contract.interactions]
    every = [disagreement for interaction in interactions for disagreement in interaction["disagreements"]]
    return {
        "consumer": contract.consumer,
        "provider": contract.provider,
        "file": _shown(path),
        "specification": contract.version,
        "verdict": verdict_of(each["level"] for each in every),
        "counts": {level: sum(each["level"] == level for each in every) for level in map(str, Level)},
        "interactions": interactions,
    }


def _interaction(interaction: Interaction, path: Path, document: Document, lines: _Lines) -> dict[str, Any]:
    found = sorted(disagreements(interaction, document), key=lambda each: each.level.rank)
    operation = document.match(interaction.method, interaction.path) if interaction.is_http else None
    return {
        "description": interaction.label or interaction.description,
        "states": [name for name, _ in interaction.states],
        "request": f"{interaction.method} {interaction.path}",
        "operation": operation.id if operation else "",
        "status": interaction.status,
        "verdict": verdict_of(each.level for each in found),
        "disagreements": [_disagreement(each, path, document, lines) for each in found],
    }


def _disagreement(each: Disagreement, path: Path, document: Document, lines: _Lines) -> dict[str, Any]:
    return {
        "level": str(each.level),
        "rule": each.rule,
        "operation": each.operation,
        "message": each.message,
        "expected": each.expected,
        "actual": each.actual,
        "reason": each.reason,
        "pact": {"file": _shown(path), "pointer": each.place, "line": lines.at(each.place)},
        "document": {
            "file": _shown(document.path),
            "pointer": each.pointer,
            "line": document.line(each.pointer),
        },
    }


class _Lines:
    """The lines of a pact's file, looked up when the first is asked for."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lines: dict[str, tuple[int, int]] | None = None

    def at(self, pointer: str) -> int | None:
        """The line of a place, or of the nearest above it."""
        if self._lines is None:
            try:
                self._lines = line_map(self._path)
            except (
                Exception
            ):  # JSON that YAML does not take, such as tabs for indentation: then there are no lines
                self._lines = {}
        while pointer and pointer not in self._lines:
            pointer = pointer.rpartition("/")[0]
        place = self._lines.get(pointer)
        return place[0] if place else None


def verdict_of(levels: Iterable[str]) -> str:
    """What the worst level comes to."""
    seen = set(map(str, levels))
    return UNFIT if Level.ERROR in seen else RISKY if Level.WARNING in seen else FITS


def exit_code(told: dict[str, Any], *, strict: bool = False) -> int:
    """0 if every contract fits; `strict` counts warnings, too."""
    counts = told["counts"]
    return 1 if counts["error"] or (strict and counts["warning"]) else 0


def relied_on(
    contracts: Sequence[tuple[Contract, Path]], document: Document, wanted: Sequence[str]
) -> dict[str, Any]:
    """The map member → consumers; only of places that end in one of `wanted`, if any is named.

    Raises:
        NothingAsked: nothing of that name is described or relied on.

    """
    impact = Impact(tuple(contract for contract, _ in contracts), document)
    rows = [
        {**_place(place), "consumers": list(names), "others": list(impact.spared(names))}
        for place, names in impact.by_place.items()
        if place.member != "/" and (not wanted or any(_is_meant(place, word) for word in wanted))
    ]
    unused = [
        place
        for place in (*impact.unused, *impact.unused_in_requests)
        if any(_is_meant(place, word) for word in wanted)
    ]
    every = [*impact.by_place, *impact.unused, *impact.unused_in_requests]
    unknown = [word for word in wanted if not any(_is_meant(place, word) for place in every)]
    if unknown:
        raise NothingTested(
            f"nothing that is described or relied on is called {', '.join(unknown)}; try a member such as /version"
        )
    return {
        "format": FORMAT,
        "consumers": list(impact.consumers),
        "places": rows,
        "unused": [_place(each) for each in unused],
    }


def _is_meant(place: Place, word: str) -> bool:
    """Whether a word names an operation, a status, a member (whole or its end), or a header."""
    member, low = place.member.lower(), word.lower()
    if low in (place.operation.lower(), place.status):
        return True
    return member == low or member.endswith("/" + low.lstrip("/")) or member == f"header {low}"
