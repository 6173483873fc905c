"""Equal elements of lists as one object: what was worked out of one of them holds for all."""

from __future__ import annotations

import marshal
import operator
from collections.abc import Iterator
from dataclasses import dataclass, field

from storepact.model.tree import Json, Path
from storepact.transport.secret_members import CONTAINERS, Members, mask_members, secret_texts

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
    _masked: dict[int, tuple[Json, Json, tuple[tuple[Path, str], ...]]] = field(default_factory=dict)
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

    def mask(self, value: Json, members: Members) -> Json:
        """What `mask_members` makes of a value; the elements of its lists are masked once."""
        if type(value) is not dict or "path" in value or not members.isdisjoint(value):
            return mask_members(value, members)
        changes: dict[str, Json] = {}
        for name, member in value.items():
            if type(member) is list and len(member) >= _FEWEST:
                masked = [self._mask(element, members)[0] for element in member]
                if any(map(operator.is_not, masked, member)):
                    changes[name] = masked
            elif type(member) in CONTAINERS:
                changes[name] = mask_members(member, members)
        return {**value, **changes} if any(value[name] is not new for name, new in changes.items()) else value

    def secret_texts(self, value: Json, members: Members) -> Iterator[tuple[Path, str]]:
        """The path and the text of every secret member of a value, as `secret_members.secret_texts`."""
        if type(value) is not dict:
            yield from secret_texts(value, members) if type(value) in CONTAINERS else ()
            return
        for name, member in value.items():
            if type(member) is list and len(member) >= _FEWEST:
                for index, element in enumerate(member):
                    for path, text in self._mask(element, members)[1]:
                        yield (name, index, *path), text
            else:
                yield from secret_texts({name: member}, members)

    def _mask(self, element: Json, members: Members) -> tuple[Json, tuple[tuple[Path, str], ...]]:
        """An element without its secrets, and the texts of its secret members."""
        if type(element) is not dict:
            is_container = type(element) in CONTAINERS
            return mask_members(element, members), tuple(
                secret_texts(element, members)
            ) if is_container else ()
        entry = self._masked.get(id(element))
        if entry is None:
            entry = element, mask_members(element, members), tuple(secret_texts(element, members))
            if len(self._masked) >= _MOST_MASKED:
                self._masked.clear()
            self._masked[id(element)] = entry  # which keeps the element, and so its identity
        return entry[1:]
