"""Results of `storepact contracts check`; fields are named as in the JSON."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from storepact.model.errors import PactUnusable
from storepact.pacts.disagreement import Level
from storepact.pacts.impact import Place

FORMAT = 1


class Fit(StrEnum):
    """Whether a contract, or an interaction, fits the document."""

    FITS = "fits"
    RISKY = "fits with warnings"
    UNFIT = "does not fit"
    NOT_COMPARED = "not compared"


class FileLocation(msgspec.Struct, frozen=True):
    """A position in a file: a JSON pointer, and the line of it or of the nearest pointer above."""

    file: str
    pointer: str
    line: int | None


class CheckedDisagreement(msgspec.Struct, frozen=True):
    """A disagreement of an interaction and the document, with the positions in both files."""

    level: Level
    rule: str
    operation: str
    message: str
    expected: str
    actual: str
    reason: str
    pact: FileLocation
    document: FileLocation


class CheckedInteraction(msgspec.Struct, frozen=True):
    """An interaction with its disagreements, the worst first."""

    description: str
    states: tuple[str, ...]
    request: str
    operation: str
    status: int
    verdict: Fit
    disagreements: tuple[CheckedDisagreement, ...]


class LevelCounts(msgspec.Struct, frozen=True):
    """How many disagreements there are of each level."""

    error: int = 0
    warning: int = 0
    note: int = 0


class UnusableInteraction(msgspec.Struct, frozen=True):
    """An interaction that cannot be read, and why."""

    description: str
    problem: str
    pact: FileLocation


class CheckedContract(msgspec.Struct, frozen=True):
    """A contract compared with the document. `foreign`: it is with another provider than the document's."""

    consumer: str
    provider: str
    file: str
    specification: str
    verdict: Fit
    counts: LevelCounts
    interactions: tuple[CheckedInteraction, ...]
    foreign: bool
    not_compared: str = ""
    """What of the pact is not compared as a whole, and why."""
    unusable: tuple[UnusableInteraction, ...] = ()


class ContractCheck(msgspec.Struct, frozen=True):
    """Contracts compared with a document, and what none of them uses. `whole`: these are all contracts."""

    document: str
    contracts: tuple[CheckedContract, ...]
    counts: LevelCounts
    whole: bool
    unused: tuple[Place, ...]
    unused_in_requests: tuple[Place, ...]
    format: int = FORMAT
    provider: str = ""
    """The name that pacts have for the provider, so that a run tests them."""

    def fits(self, *, strict: bool = False) -> bool:
        """Whether no contract has an error; if `strict`, no warning either."""
        return not self.counts.error and not (strict and self.counts.warning)


def require_readable(check: ContractCheck) -> None:
    """Make sure that every interaction could be read.

    Raises:
        PactUnusable: one of them could not.

    """
    for contract in check.contracts:
        for item in contract.unusable:
            raise PactUnusable(contract.file, f"is not a pact in one interaction: {item.problem}")
