"""Tags of eight digits that are digests of secrets: checksums, and the beginnings of longer digests.

Eight digits turn up by chance where many secrets are compared, so that only those of the last ones count, and
only where a text shows nothing but a tag: between characters that are no letters or digits.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from storepact.transport.encodings import short_digests

#: Tags are compared with the digests of so many secrets, the last ones, of which each has so many.
_RECENT, _DIGESTS = 32, 4

_SHORT_TAG = re.compile(r"(?<![0-9A-Za-z-])[0-9a-f]{8}(?![0-9A-Za-z-])")

#: What may be such a tag, whatever is around it.
_EIGHT_DIGITS = re.compile("[0-9A-Fa-f]{8}")

#: The start and the end of a part of a text.
Span = tuple[int, int]


@dataclass
class ShortTags:
    """The tags of the last secrets."""

    _labels: dict[str, str] = field(default_factory=dict)
    """Each tag, with what it is."""

    def add(self, value: str, label: str) -> None:
        """Register the tags of a value; those of the oldest one are dropped."""
        for tag, name in short_digests(value):
            self._labels[tag] = f"the {name} of {label}"
        while len(self._labels) > _DIGESTS * _RECENT:
            del self._labels[next(iter(self._labels))]

    def find(self, text: str) -> Iterator[tuple[Span, str]]:
        """Every tag in a text: where it is, and what."""
        for match in _SHORT_TAG.finditer(text):
            if match[0] in self._labels:
                yield match.span(), self._labels[match[0]]


def may_have_tag(text: str) -> bool:
    """Whether a text may show such a tag of some secret, registered or not."""
    return _EIGHT_DIGITS.search(text) is not None
