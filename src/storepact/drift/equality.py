"""Which parts of two documents are the same text, with all that they refer to: not compared any further."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping

from storepact.model.errors import DocumentUnusable
from storepact.model.tree import Json
from storepact.openapi.document import Document
from storepact.openapi.load import NOWHERE, fault_of_reference
from storepact.openapi.references import iterate_references, reference_target

#: Texts that may be references: those of `$ref` and of the mappings of discriminators.
_REFERENCE = re.compile(r'("#/(?:[^"\\]|\\.)*")')

_ANY_REFERENCE = re.compile(r'"\$ref": ("(?:[^"\\]|\\.)*")')

#: What a schema is composed of; each alternative of it lists the parts that it has.
_COMPOSED = frozenset({"allOf", "anyOf", "oneOf", "if", "then", "else", "discriminator"})


class Equality:
    """Two documents, and the references that lead to the same text in both."""

    def __init__(self, ours: Document, theirs: Document, roots: Iterable[str]) -> None:
        """`roots` are the pointers of our document from which references are followed."""
        self.ours, self.theirs = ours, theirs
        self._same: dict[tuple[str, str], bool] = {}
        self._same_text: dict[tuple[str, str], bool] = {}
        self._is_comparable = ours.dialect[:3] == theirs.dialect[:3]  # else a text may have another meaning
        self._equal = self._equal_references(roots) if self._is_comparable else set()

    def same(self, ours: str, theirs: str) -> bool:
        """Whether there is the same text at both pointers, and whatever it refers to is the same as well."""
        key = (ours, theirs)
        if key not in self._same:
            self._same[key] = self._is_comparable and self._compare(ours, theirs)
        return self._same[key]

    def same_text(self, ours: str, theirs: str) -> bool:
        """Whether there is the same text at both pointers, whatever it refers to."""
        key = (ours, theirs)
        if key not in self._same_text:
            try:
                texts = to_json(self.ours.at(ours)), to_json(self.theirs.at(theirs))
            except NOWHERE:
                return False
            self._same_text[key] = self._is_comparable and texts[0] == texts[1]
        return self._same_text[key]

    def same_own_text(self, ours: str, theirs: str) -> bool:
        """Whether there is the same text at both pointers, apart from what the schemas are composed of."""
        if self.same_text(ours, theirs):
            return True
        nodes = self.ours.at(ours), self.theirs.at(theirs)
        if not self._is_comparable or not all(
            isinstance(node, Mapping) and node.keys() & _COMPOSED for node in nodes
        ):
            return False
        before, after = (
            to_json({word: value for word, value in node.items() if word not in _COMPOSED}) for node in nodes
        )
        return before == after

    def _compare(self, ours: str, theirs: str) -> bool:
        try:
            text = to_json(self.ours.at(ours))
            return text == to_json(self.theirs.at(theirs)) and all(
                reference in self._equal for reference in references_in(text)
            )
        except NOWHERE:
            return False

    def _equal_references(self, roots: Iterable[str]) -> set[str]:
        texts = dict(reach(self.ours, roots))
        equal = {reference for reference, text in texts.items() if text == self._their_text(reference)}
        users: dict[str, list[str]] = {}
        for user, text in texts.items():
            for reference in references_in(text):
                users.setdefault(reference, []).append(user)
        different = [reference for reference in texts if reference not in equal]
        while different:
            for user in users.get(different.pop(), ()):
                if user in equal:
                    equal.remove(user)
                    different.append(user)
        return equal

    def _their_text(self, reference: str) -> str | None:
        try:
            return to_json(self.theirs.at(reference_target(reference)))
        except NOWHERE:
            return None


def reach(document: Document, roots: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Every reference that the nodes at these pointers reach, with the JSON text of what it leads to."""
    queue = [
        reference for root in dict.fromkeys(roots) for reference in references_in(to_json(document.at(root)))
    ]
    reached: set[str] = set()
    while queue:
        reference = queue.pop()
        if reference in reached:
            continue
        reached.add(reference)
        try:
            text = to_json(document.at(reference_target(reference)))
        except NOWHERE:
            continue
        yield reference, text
        queue += references_in(text)


def check_places(document: Document, roots: Iterable[str]) -> None:
    """Make sure that every reference that is reached leads to something in the document.

    Raises:
        DocumentUnusable: a reference leads nowhere, leaves the document, or is circular.

    """
    roots = list(dict.fromkeys(roots))
    pointers = [*roots, *(reference_target(reference) for reference, _ in reach(document, roots))]
    for pointer in pointers:
        text = to_json(document.at(pointer))
        if not any(fault_of_reference(document, json.loads(match)) for match in _ANY_REFERENCE.findall(text)):
            continue
        for place, reference in iterate_references(document.at(pointer)):
            fault = fault_of_reference(document, reference)
            if fault:
                place = f"{pointer}{place}"
                problem = f"$ref {reference!r} at {place} {fault}"
                raise DocumentUnusable(document.path, problem, line=document.line(place))


def to_json(node: Json) -> str:
    """A node as JSON text, members sorted."""
    return json.dumps(node, sort_keys=True, default=str)


def references_in(text: str) -> list[str]:
    """The references within the document that JSON text holds."""
    return [json.loads(match) if "\\" in match else match[1:-1] for match in _REFERENCE.findall(text)]
