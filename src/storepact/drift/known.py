"""Known disagreements: differences that a decision explains; a file beside our document."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from storepact.drift.documents import Difference
from storepact.model.errors import DocumentUnusable
from storepact.openapi.yaml import load_yaml

FORMAT = 1

#: Where they are kept: beside the document.
FILE = "disagreements.yaml"


@dataclass(frozen=True)
class Known:
    """A kind of difference that is explained by a decision. `*` stands for anything."""

    decision: str
    rule: str
    where: str
    theirs: str = ""
    operations: tuple[str, ...] = ()
    """Only these; none: any."""

    def explains(self, difference: Difference) -> bool:
        """Whether the difference is one of this kind, wherever it shows."""
        texts = (
            (difference.rule.id, self.rule),
            (difference.where, self.where),
            (difference.theirs, self.theirs),
        )
        if not all(
            fnmatch.fnmatchcase(text.replace("[", "("), pattern.replace("[", "(")) for text, pattern in texts
        ):
            return False
        return not self.operations or {place.operation for place in difference.places} <= set(self.operations)


def load_known(path: Path) -> tuple[Known, ...]:
    """The known disagreements of a document; none if there is no such file.

    Raises:
        DocumentUnusable: it is not what it should be.

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
    return tuple(_entries(path, data["known"]))


def _entries(path: Path, known: Mapping[str, Any]) -> Iterator[Known]:
    for decision, entries in known.items():
        if not isinstance(entries, Sequence) or isinstance(entries, str):
            raise DocumentUnusable(path, f"{decision} needs a list")
        for entry in entries:
            if not isinstance(entry, Mapping) or not {"rule", "where"} <= entry.keys() <= {
                "rule",
                "where",
                "theirs",
                "operations",
            }:
                raise DocumentUnusable(
                    path, f"an entry of {decision} needs rule and where, and may have theirs and operations"
                )
            operations = tuple(map(str, entry.get("operations") or ()))
            yield Known(
                str(decision),
                str(entry["rule"]),
                str(entry["where"]),
                str(entry.get("theirs", "")),
                operations,
            )
