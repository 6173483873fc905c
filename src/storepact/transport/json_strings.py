"""The strings of a JSON value, names of members included, in which secrets are searched for and masked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import accumulate

from storepact.model.exchange import MASK
from storepact.model.tree import Json, Path, build_object, walk
from storepact.model.values import lean_value
from storepact.openapi.pointers import escape
from storepact.transport.clean_texts import divide
from storepact.transport.needles import Match, Needles

#: The bytes of the largest body that is searched for secrets that are split over its members.
LONGEST_SPLIT = 20_000

#: The name of a member, or a string, which is the group; in a text without escapes.
_STRINGS = re.compile(r'"[^"]*"\s*:|"([^"]*)"')

Span = tuple[int, int]


@lean_value(frozen=True)
class JsonString:
    """One string: a value, or the name of the member at `path`."""

    path: Path
    text: str
    is_name: bool = False

    @property
    def pointer(self) -> str:
        """The JSON pointer of the value, or of the object that has the member; `*` stands for indexes."""
        path = self.path[:-1] if self.is_name else self.path
        return "".join("/*" if isinstance(token, int) else f"/{escape(token)}" for token in path)


#: Where a secret is in a string of a value.
Place = tuple[JsonString, Match]


def strings_of(value: Json) -> tuple[JsonString, ...]:
    """Every string of a JSON value, in its order."""
    return tuple(_strings(value))


def _strings(value: Json) -> Iterator[JsonString]:
    for path, node in walk(value):
        if path and isinstance(path[-1], str):
            yield JsonString(path, path[-1], is_name=True)
        if isinstance(node, str):
            yield JsonString(path, node)


def joined_strings(text: str, value: Json) -> list[str]:
    """All strings of a value without the names of members, one after the other; `text` is its JSON text.

    The elements of a long list, which recur, begin a new text each.
    """
    if "\\" not in text and "\0" not in text:  # each quote begins or ends a string
        parts = divide(text)
        if not any(part.count('"') % 2 for part in parts):  # else a string was divided
            return list(filter(None, ["".join(_STRINGS.findall(part)) for part in parts]))
    texts: list[str] = []
    _add_texts(value, texts)
    return ["".join(texts)] if texts else []


def _add_texts(value: Json, texts: list[str]) -> None:
    if isinstance(value, str):
        texts.append(value)
        return
    for member in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        if type(member) is str:
            texts.append(member)
        elif isinstance(member, (dict, list, str)):
            _add_texts(member, texts)


def find_in_strings(strings: Iterable[JsonString], needles: Needles) -> Iterator[Place]:
    """Every place where a single string shows a secret."""
    matches: dict[str, list[Match]] = {}  # the texts of a list are often the same
    for string in strings:
        if string.text not in matches:
            matches[string.text] = needles.find(string.text)
        for match in matches[string.text]:
            yield string, match


def find_across_strings(strings: Iterable[JsonString], needles: Needles) -> Iterator[Place]:
    """The pieces of every secret that is split over values which follow one another."""
    values = [string for string in strings if not string.is_name]
    starts = [0, *accumulate(len(string.text) for string in values)]
    for match in needles.find("".join(string.text for string in values)):
        pieces = [
            (
                string,
                Match(max(match.start - start, 0), min(match.end - start, len(string.text)), match.label),
            )
            for string, start in zip(values, starts, strict=False)
            if start < match.end and match.start < start + len(string.text)
        ]
        yield from pieces if len(pieces) > 1 else ()


def find_places(value: Json, needles: Needles, *, occurs: bool, is_split: bool) -> list[Place]:
    """Every place where a value shows a secret, in a string (`occurs`) or over several (`is_split`)."""
    if not occurs and not is_split:
        return []
    strings = strings_of(value)
    whole = find_in_strings(strings, needles) if occurs else ()
    return [*whole, *(find_across_strings(strings, needles) if is_split else ())]


def mask_strings(value: Json, places: Iterable[Place]) -> Json:
    """A copy of the value with these places masked.

    Raises:
        RecursionError: the value is nested too deeply.

    """
    spans: dict[tuple[Path, bool], list[Span]] = {}
    for string, match in places:
        spans.setdefault((string.path, string.is_name), []).append((match.start, match.end))

    def rebuild(node: Json, path: Path) -> Json:
        if isinstance(node, str):
            return replace_spans(node, spans.get((path, False), ()))
        if isinstance(node, Mapping):
            return build_object(
                (replace_spans(name, spans.get(((*path, name), True), ())), rebuild(member, (*path, name)))
                for name, member in node.items()
            )
        if isinstance(node, list):
            return [rebuild(element, (*path, index)) for index, element in enumerate(node)]
        return node

    return rebuild(value, ())


def spans_of(matches: Iterable[Match]) -> list[Span]:
    """Where the matches are."""
    return [(match.start, match.end) for match in matches]


def replace_spans(text: str, spans: Iterable[Span]) -> str:
    """The text with each of these parts replaced by one mask; parts that overlap or touch count as one."""
    pieces: list[str] = []
    position = 0
    for start, end in sorted(spans):
        if start > position or (start == 0 and not pieces):
            pieces += [text[position:start], MASK]
        position = max(position, end)
    return "".join([*pieces, text[position:]])
