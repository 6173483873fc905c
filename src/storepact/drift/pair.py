"""An operation in both documents."""

from __future__ import annotations

from dataclasses import dataclass

from storepact.drift.differences import Place
from storepact.openapi.document import Document, Operation


@dataclass(frozen=True)
class OperationPair:
    """One operation as our document (`before`) and the published one (`after`) describe it."""

    ours: Document
    theirs: Document
    before: Operation
    after: Operation

    def place(self, part: str, status: str = "", member: str = "") -> Place:
        """A place in this operation, which has the id of ours."""
        return Place(self.before.id, part, status, member)
