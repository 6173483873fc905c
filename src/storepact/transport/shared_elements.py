"""Equal elements of lists as one object: what was worked out of one of them holds for all."""

from __future__ import annotations

import marshal
from dataclasses import dataclass, field

from storepact.model.tree import Json

#: The bytes of all elements together that are cached.
_MOST_CACHED = 4_000_000

#: A list of fewer elements is left as it is.
_FEWEST = 2


@dataclass
class SharedElements:
    """The last objects that were elements of lists."""

    _elements: dict[bytes, Json] = field(default_factory=dict)
    _size: int = 0

    def share(self, value: Json) -> Json:
        """A value whose list, or whose members that are lists, hold known objects in the place of equal ones.

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
