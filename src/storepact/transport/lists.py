"""Lists of many resources: what others have created is read cheaply, and kept for a sample only.

A list of an account with 20,000 resources has some 27 MB. To parse, mask and judge all of them again in every
list would take most of a run's time and memory. Resources that the first list of a process showed without the
mark of a run belong to others: later responses keep a few of them, in turn, and all that is marked or new.
"""

from __future__ import annotations

import re
from math import ceil
from typing import Any

import msgspec

from storepact.model.api import Api
from storepact.model.run_mark import RUN_MARK
from storepact.transport.parsed_lists import ListParser, ParsedList

#: Bytes from which on a list is shortened, and that it may have: what is read of it stays below 400 MB.
LARGE_LIST, LARGEST_LIST = 1024 * 1024, 64 * 1024 * 1024

#: Resources of others that a shortened list keeps, so that all of them are judged in the course of a run.
_SAMPLE = 100

#: Resources that a list may hold; bytes of those that are new and not marked.
_MOST_RESOURCES, _MOST_NEW = 200_000, 8 * 1024 * 1024

#: Bytes of a list beside its resources, and of blanks around one of them.
_MOST_REST, _MOST_BLANKS = 4 * 1024 * 1024, 16

#: What a list may hold of JSON: a value that is set apart without being parsed takes some fifty bytes.
_MOST_OBJECTS, _MOST_COMMAS = 1_500_000, 3_000_000

#: In everything that a run creates on a live target, and in what former runs have left.
_MARK = re.compile(RUN_MARK.encode())


#: Bytes of the lists that the scenarios of a run check, and how many of them there are at most.
_ALLOWANCE, _CHECKS = 128 * 1024 * 1024, 150


class TooManyResources(Exception):
    """A list holds more than can be read within the memory of a run."""

    def __init__(self) -> None:
        super().__init__(f"it lists more than {_MOST_RESOURCES:,} resources, or what is no resource")


class Lists:
    """Shortens the lists that one process reads."""

    def __init__(self, api: Api) -> None:
        """`api` names the members of a list and of its resources."""
        self._member = api.list_member
        self._parser = ListParser(api)
        self._foreign: frozenset[str] | None = None
        self._own_of_reference: list[int] = []
        """Places in the list with which later ones are compared."""
        self._turn = 0
        self.latest = 0
        """Bytes of the last list, without its content codings."""

    @property
    def foreign(self) -> frozenset[str] | None:
        """The ids of others' resources, where lists are large; None where no list was."""
        return self._foreign

    @property
    def stride(self) -> int:
        """How many-th check of a list is sent, so that all of them together stay affordable."""
        return max(1, ceil(self.latest * _CHECKS / _ALLOWANCE)) if self.latest > LARGE_LIST else 1

    def shorten(self, body: bytes, *, is_judged: bool) -> bytes:
        """The body of a list with few resources of others; the same body if it is no large list.

        In a list that is not judged, the others have their ids and places only.

        Raises:
            TooManyResources: it holds more than can be read.

        """
        self.latest = len(body)
        if len(body) <= LARGE_LIST:
            return body
        parsed = self._parser.parse_change(body) or self._parse(body)
        if parsed is None:
            return body
        own = self._find_own(parsed)
        kept = self._keep_sample(parsed.items, own) if is_judged else _look_at(parsed, own)
        return msgspec.json.encode({**parsed.members, self._member: kept})

    def _parse(self, body: bytes) -> ParsedList | None:
        """Parse a whole list; None if it is none.

        Raises:
            TooManyResources: it holds more than can be read.

        """
        if body.count(b"{") > _MOST_OBJECTS or body.count(b",") > _MOST_COMMAS:
            raise TooManyResources
        try:
            parsed = self._parser.parse(body)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return None
        count = len(parsed.items)
        if count > _MOST_RESOURCES or parsed.rest > _MOST_REST + _MOST_BLANKS * count:
            raise TooManyResources
        self._parser.keep(parsed)
        return parsed

    def _keep_sample(self, items: list[msgspec.Raw], own: list[int]) -> list[msgspec.Raw]:
        """The resources at the places `own`, and the next ones of others, all in their order."""
        count = len(items) - len(own)
        turns = range(self._turn, self._turn + min(_SAMPLE, count))
        self._turn += _SAMPLE
        sample = [_place_of(turn % count, own) for turn in turns]
        return [items[place] for place in sorted((*own, *sample))]

    def _find_own(self, parsed: ParsedList) -> list[int]:
        """The places of resources that are not others', or were not there from the beginning."""
        if self._foreign is None:
            pairs = zip(parsed.items, parsed.stubs, strict=True)
            self._foreign = frozenset(stub.identifier for item, stub in pairs if not _has_mark(item))
        if parsed.change is None:
            self._own_of_reference = self._select_own(parsed, 0, len(parsed.items))
            return self._own_of_reference
        first, last, shift = parsed.change
        return [
            *(place for place in self._own_of_reference if place < first),
            *self._select_own(parsed, first, last + shift),
            *(place + shift for place in self._own_of_reference if place >= last),
        ]

    def _select_own(self, parsed: ParsedList, begin: int, end: int) -> list[int]:
        """Those of these places that hold what was not there from the beginning, as far as there is room."""
        foreign, room, own = self._foreign or frozenset(), _MOST_NEW, []
        for place in range(begin, end):
            if parsed.stubs[place].identifier in foreign:
                continue
            item = parsed.items[place]
            if not _has_mark(item):
                room -= len(bytes(item))
                if room < 0:
                    continue
            own.append(place)
        return own


def _look_at(parsed: ParsedList, own: list[int]) -> list[Any]:
    """The resources at the places `own`; of others their ids and places."""
    looked_at = list(parsed.stubs)
    for place in own:
        looked_at[place] = parsed.items[place]
    return looked_at


def _place_of(number: int, own: list[int]) -> int:
    """The place of the resource of others with this number: those at the places `own` do not count."""
    for place in own:
        if place > number:
            break
        number += 1
    return number


def _has_mark(item: msgspec.Raw) -> bool:
    return _MARK.search(bytes(item)) is not None
