"""Known differences: those that a decision explains, listed in a file beside our document."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from storepact.drift.differences import Difference, where_of
from storepact.model.errors import DocumentUnusable
from storepact.model.tree import Json
from storepact.model.values import lean_value
from storepact.openapi.yaml import load_yaml

FORMAT = 1

#: The list's file name, in the folder of the document.
FILE = "disagreements.yaml"

_REQUIRED = frozenset({"rule", "where"})
_OPTIONAL = frozenset({"theirs", "operations"})


@lean_value(frozen=True)
class KnownDifference:
    """Differences that a decision explains. In `rule`, `where` and `theirs` a `*` stands for any text."""

    decision: str
    rule: str
    where: str
    theirs: str = ""
    operations: tuple[str, ...] = ()
    """The only operations that may show it; none: any."""

    def explains(self, difference: Difference) -> bool:
        """Whether a difference is one of these, in all of its operations."""
        return self._matches(difference, [difference.where])

    def applies_to(self, difference: Difference) -> bool:
        """Whether a difference is one of these at one of its places, which is not always the shortest one."""
        places = (where_of(difference.rule, place) for place in difference.places)
        return self._matches(difference, [difference.where, *places])

    def _matches(self, difference: Difference, places: Iterable[str]) -> bool:
        if not (_fits(difference.rule.id, self.rule) and _fits(difference.theirs, self.theirs)):
            return False
        if not any(_fits(where, self.where) for where in places):
            return False
        return not self.operations or {place.operation for place in difference.places} <= set(self.operations)

    def __str__(self) -> str:
        return f"{self.decision}: {self.rule} {self.where}".strip()


def _fits(text: str, pattern: str) -> bool:
    """Whether a text fits a pattern; brackets are special in file name patterns, and plain text here."""
    return fnmatchcase(text.replace("[", "("), pattern.replace("[", "("))


def load_known_differences(path: Path) -> tuple[KnownDifference, ...]:
    """Read the known differences; none if there is no such file.

    Raises:
        DocumentUnusable: the file does not have the form `format: 1` and `known: {D1: [{rule, where, …}]}`.

    """
    if not path.is_file():
        return ()
    data = load_yaml(path)
    if (
        not isinstance(data, Mapping)
        or data.get("format") != FORMAT
        or not isinstance(data.get("known"), Mapping)
    ):
        raise DocumentUnusable(path, f"is no list of disagreements: it needs `format: {FORMAT}` and `known`")
    return tuple(_parse_entries(path, data["known"]))


def _parse_entries(path: Path, decisions: Mapping[str, Json]) -> Iterator[KnownDifference]:
    for decision, entries in decisions.items():
        if not isinstance(entries, Sequence) or isinstance(entries, str):
            raise DocumentUnusable(path, f"{decision} needs a list")
        for entry in entries:
            if not isinstance(entry, Mapping) or not _REQUIRED <= entry.keys() <= _REQUIRED | _OPTIONAL:
                raise DocumentUnusable(
                    path, f"an entry of {decision} needs rule and where, and may have theirs and operations"
                )
            yield KnownDifference(
                str(decision),
                str(entry["rule"]),
                str(entry["where"]),
                str(entry.get("theirs", "")),
                tuple(map(str, entry.get("operations") or ())),
            )
