"""What a corpus adopts of an exploration: values, and their description for a terminal."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from storepact.engines.corpus.reach import Item, describe_item
from storepact.model.counts import many
from storepact.model.values import lean_value

#: How much of what an entry adds is printed.
_MOST_WORDS = 3


@lean_value(frozen=True)
class Addition:
    """A case or a journey that a corpus adopts, in words, and what it adds."""

    entry: str
    adds: tuple[str, ...]

    def __str__(self) -> str:
        more = len(self.adds) - _MOST_WORDS
        adds = ", ".join(self.adds[:_MOST_WORDS]) + (f" and {more} more" if more > 0 else "")
        return f"added: {self.entry}: {adds}"


@dataclass
class Adoption:
    """What became of the cases and journeys that a record offers."""

    additions: list[Addition] = field(default_factory=list)
    offered: int = 0
    present: int = 0
    """Offered entries that the corpus has already."""
    files: dict[str, str] = field(default_factory=dict)
    """The texts of the files that change, by name."""

    def add(self, entry: str, items: Iterable[Item]) -> None:
        """Note an entry that is adopted, and what it adds."""
        self.additions.append(Addition(entry, tuple(sorted({describe_item(item) for item in items}))))


def describe_adoption(adoption: Adoption, folder: Path, *, written: bool) -> str:
    """What became of the offered cases and journeys, for a terminal."""
    lines = [str(addition) for addition in adoption.additions]
    useless = adoption.offered - adoption.present - len(adoption.additions)
    verb = "added to" if written else "would be added to"
    lines.append(
        f"{len(adoption.additions):,} of {many(adoption.offered, 'offered case')} {verb} {folder}; "
        f"{useless:,} add nothing, {adoption.present:,} are there already"
    )
    return "".join(f"{line}\n" for line in lines)
