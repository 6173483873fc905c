"""Comparison of contracts with the document: what each interaction relies on, with lines in both files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import field
from pathlib import Path

from storepact.model.api import Api
from storepact.model.garbage import without_collection
from storepact.model.values import lean_value
from storepact.openapi.document import Document
from storepact.openapi.pointers import escape
from storepact.pacts.contract import Contract, Interaction
from storepact.pacts.contract_check import (
    CheckedContract,
    CheckedDisagreement,
    CheckedInteraction,
    ContractCheck,
    FileLocation,
    Fit,
    LevelCounts,
    UnusableInteraction,
)
from storepact.pacts.disagreement import Disagreement, InteractionComparison, Level
from storepact.pacts.impact import Impact
from storepact.pacts.interaction import comparison_disagreements
from storepact.pacts.lines import PactLines

#: What the worst level of a contract or an interaction amounts to.
_FITS = {Level.ERROR: Fit.UNFIT, Level.WARNING: Fit.RISKY, Level.NOTE: Fit.FITS}


@lean_value(frozen=True)
class KnownStates:
    """The provider states that a target can be brought into."""

    api: Api
    """Names the parameters that a state may have."""
    has: Callable[[str], bool]
    """Whether there is a state of this name."""


def compare_contracts(
    contracts: Sequence[tuple[Contract, Path]],
    document: Document,
    provider: str,
    *,
    whole: bool,
    states: KnownStates | None = None,
) -> ContractCheck:
    """Compare contracts, each with its file, with the document, and find what none of them uses.

    Args:
        contracts: the contracts.
        document: the OpenAPI document.
        provider: the name that contracts with the document's provider have for it.
        whole: whether these are all contracts.
        states: the provider states that can be set up; None if they are not to be compared.

    """
    with without_collection():
        checked = tuple(
            _check_contract(contract, path, document, foreign=contract.provider != provider, states=states)
            for contract, path in contracts
        )
    impact = Impact(tuple(contract for contract, _ in contracts), document)
    return ContractCheck(
        document=_relative(document.path),
        contracts=checked,
        counts=_count(contract.interactions for contract in checked),
        whole=whole,
        unused=impact.unused_places,
        unused_in_requests=impact.unused_in_requests,
        provider=provider,
    )


def _relative(path: Path) -> str:
    """A path relative to the working directory, if it is below it."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def _check_contract(
    contract: Contract,
    path: Path,
    document: Document,
    *,
    foreign: bool,
    states: KnownStates | None,
) -> CheckedContract:
    lines = _Files(_relative(path), PactLines(path), _relative(document.path))
    if foreign:
        states = None
    interactions = tuple(
        _check_interaction(interaction, document, lines, states)
        for interaction in (*contract.interactions, *contract.ignored)
    )
    counts = _count([interactions])
    messages = f"{contract.messages} messages: the document describes HTTP" if contract.messages else ""
    return CheckedContract(
        consumer=contract.consumer,
        provider=contract.provider,
        file=_relative(path),
        specification=contract.version,
        verdict=_fit(counts),
        counts=counts,
        interactions=interactions,
        foreign=foreign,
        not_compared=messages,
        unusable=tuple(
            UnusableInteraction(item.description, item.problem, lines.location(item.pointer))
            for item in contract.unusable
        ),
    )


@lean_value(frozen=True)
class _Files:
    """The files of a pact and of the document, as they are shown, and the lines of the pact."""

    name: str
    lines: PactLines
    document: str
    _of_document: dict[str, FileLocation] = field(default_factory=dict)

    def location(self, pointer: str) -> FileLocation:
        """The position of a pointer."""
        return FileLocation(self.name, pointer, self.lines.line(pointer))

    def document_location(self, pointer: str, document: Document) -> FileLocation:
        """The position of a pointer in the document; many disagreements share one."""
        if pointer not in self._of_document:
            self._of_document[pointer] = FileLocation(self.document, pointer, document.line(pointer))
        return self._of_document[pointer]


def _check_interaction(
    interaction: Interaction,
    document: Document,
    lines: _Files,
    states: KnownStates | None,
) -> CheckedInteraction:
    comparison = InteractionComparison(interaction, document)
    disagreements = [*comparison_disagreements(comparison), *_unknown_states(interaction, states)]
    if len(disagreements) > 1:
        disagreements.sort(key=lambda disagreement: disagreement.level.rank)
    is_http, operation = interaction.is_http, comparison.operation
    worst = disagreements[0].level if disagreements else Level.NOTE
    return CheckedInteraction(
        description=interaction.label or interaction.description,
        states=tuple(name for name, _ in interaction.states),
        request=f"{interaction.method} {interaction.path}" if is_http else "",
        operation=operation.id if operation else "",
        status=interaction.status if is_http else 0,
        verdict=_FITS[worst] if is_http else Fit.NOT_COMPARED,
        disagreements=tuple(_locate(disagreement, document, lines) for disagreement in disagreements),
    )


def _unknown_states(interaction: Interaction, states: KnownStates | None) -> Iterator[Disagreement]:
    """Yield the provider states of an interaction that no target can be brought into."""
    if states is None or not interaction.is_http:
        return
    for number, (name, parameters) in enumerate(interaction.states):
        place = f"/providerStates/{number}" if "providerStates" in interaction.raw else "/providerState"
        pointer = f"/interactions/{interaction.index}{place}"
        if not states.has(name):
            yield Disagreement(
                interaction,
                Level.ERROR,
                "provider-state-unknown",
                "",
                pointer,
                "",
                f"the provider state {name!r} is unknown: no target can be brought into it",
                expected="a state that storepact contracts check --provider-states lists",
                actual=name,
            )
            continue
        for word in parameters:
            if word not in states.api.state_members and states.api.parameter_of(word) is None:
                yield Disagreement(
                    interaction,
                    Level.ERROR,
                    "provider-state-parameter-unknown",
                    "",
                    f"{pointer}/params/{escape(word)}",
                    "",
                    f"the provider state {name!r} has an unknown parameter: no target can be brought into it",
                    expected=f"one of {', '.join(states.api.state_parameters)}",
                    actual=word,
                )


def _locate(disagreement: Disagreement, document: Document, lines: _Files) -> CheckedDisagreement:
    return CheckedDisagreement(
        level=disagreement.level,
        rule=disagreement.rule,
        operation=disagreement.operation,
        message=disagreement.message,
        expected=disagreement.expected,
        actual=disagreement.actual,
        reason=disagreement.reason,
        pact=lines.location(disagreement.pact_pointer),
        document=lines.document_location(disagreement.pointer, document),
    )


def _fit(counts: LevelCounts) -> Fit:
    """What the worst level amounts to."""
    return _FITS[Level.ERROR if counts.error else Level.WARNING if counts.warning else Level.NOTE]


def _count(contracts: Iterable[Iterable[CheckedInteraction]]) -> LevelCounts:
    counts = Counter(
        disagreement.level.value
        for interactions in contracts
        for interaction in interactions
        for disagreement in interaction.disagreements
    )
    return LevelCounts(**counts)
