"""Parts of values with a long array: the violations of 300,000 elements at once would take gigabytes."""

from __future__ import annotations

from collections.abc import Iterator

from storepact.model.tree import Json
from storepact.model.values import lean_value

#: Elements of an array that are examined at once, and violations after which no further ones are.
_PART, ENOUGH = 1_000, 10_000

#: Members and indexes that lead to a place in a value.
Path = tuple[str | int, ...]


@lean_value(frozen=True)
class Part:
    """A value with a part of its longest array, which has this name, and begins at this index there."""

    value: Json
    name: str = ""
    start: int = 0

    def path_in_whole(self, path: Path) -> Path | None:
        """The path in the whole value; None where the first part shows that place, too."""
        if not self.start:
            return path
        if len(path) < 2 or path[0] != self.name:
            return None
        return (self.name, int(path[1]) + self.start, *path[2:])


def parts_of(value: Json) -> Iterator[Part]:
    """The value itself, or the object with a part of its longest array each time."""
    members = value if isinstance(value, dict) else {}
    arrays = {name: member for name, member in members.items() if isinstance(member, list)}
    name = max(arrays, key=lambda name: len(arrays[name]), default="")
    if len(arrays.get(name, ())) <= _PART:
        yield Part(value)
        return
    for start in range(0, len(arrays[name]), _PART):
        yield Part({**members, name: arrays[name][start : start + _PART]}, name, start)
