"""Equal elements of lists as one object: what was worked out of one of them holds for all."""

from __future__ import annotations

import marshal
import operator
from collections.abc import Sequence
from dataclasses import dataclass, field

from storepact.model.tree import Json
from storepact.transport.secret_members import CONTAINERS, Members, SecretText, mask_and_read

#: Elements whose masked form is remembered.
_MOST_MASKED = 2_000

#: The bytes of all elements together that are cached.
_MOST_CACHED = 4_000_000

#: A list of fewer elements is left as it is.
_FEWEST = 2


@dataclass
class SharedElements:
    """The last objects that were elements of lists."""

    _elements: dict[bytes, Json] = field(default_factory=dict)
    _size: int = 0
    _masked: dict[int, tuple[Json, Json, Sequence[SecretText]]] = field(default_factory=dict)
    """Elements by identity, what they are masked to, and the texts of their secret members."""

    def share(self, value: Json) -> Json:
        """A value whose list, or whose members that are lists, hold one object in the place of equal ones.

        The lists themselves are changed.
        """
        for member in value.values() if type(value) is dict else (value,):
            if type(member) is list and len(member) >= _FEWEST:
                member[:] = map(self._share_element, member)
        return value

    def _share_element(self, element: Json) -> Json:
        if type(element) is not dict:
            return element
        try:
            key = marshal.dumps(element, 2)  # equal bytes are equal values, with names in the same order
        except ValueError:
            return element  # nested too deeply
        shared = self._elements.get(key)
        if shared is None:
            self._size += len(key)
            if self._size > _MOST_CACHED:
                self._elements.clear()
                self._size = len(key)
            shared = self._elements[key] = element
        return shared

    def mask(self, value: Json, members: Members) -> tuple[Json, list[SecretText]]:
        """What `mask_members` makes of a value, and its `secret_texts`; elements of lists are read once."""
        if type(value) is not dict or "path" in value or not members.isdisjoint(value):
            return mask_and_read(value, members)
        texts: list[SecretText] = []
        changes: dict[str, Json] = {}
        for name, member in value.items():
            kind = type(member)
            if kind is list and len(member) >= _FEWEST:
                masked, inner = self._mask_list(member, members, name)
            elif kind in CONTAINERS:
                masked, inner = mask_and_read(member, members, (name,))
            else:
                continue
            texts += inner
            if masked is not member:
                changes[name] = masked
        return {**value, **changes} if changes else value, texts

    def _mask_list(
        self, elements: list[Json], members: Members, name: str
    ) -> tuple[list[Json], list[SecretText]]:
        read = [self._mask(element, members) for element in elements]
        masked = [element for element, _ in read]
        texts = [
            ((name, index, *path), text) for index, (_, inner) in enumerate(read) for path, text in inner
        ]
        return masked if any(map(operator.is_not, masked, elements)) else elements, texts

    def _mask(self, element: Json, members: Members) -> tuple[Json, Sequence[SecretText]]:
        """An element without its secrets, and the texts of its secret members."""
        if type(element) is not dict:
            return mask_and_read(element, members)
        entry = self._masked.get(id(element))
        if entry is None:
            entry = element, *mask_and_read(element, members)
            if len(self._masked) >= _MOST_MASKED:
                self._masked.clear()
            self._masked[id(element)] = entry  # which keeps the element, and so its identity
        return entry[1:]
