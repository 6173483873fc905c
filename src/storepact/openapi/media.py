"""Media types: which of the described ones a Content-Type stands for, and what an Accept takes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from email.message import Message
from functools import lru_cache

from storepact.model.values import lean_value

#: Media types whose bodies are pairs of names and values.
FORM, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"


@lean_value(frozen=True)
class MediaType:
    """A media type or range. Everything is lower case, except the values of parameters but charset."""

    type: str
    subtype: str
    parameters: tuple[tuple[str, str], ...] = ()

    @property
    def plain(self) -> str:
        """Type and subtype, without parameters."""
        return f"{self.type}/{self.subtype}"

    @property
    def is_json(self) -> bool:
        """Whether its bodies are JSON."""
        return self.subtype == "json" or self.subtype.endswith("+json")

    @property
    def is_text(self) -> bool:
        """Whether its bodies are texts without a structure that would be compared."""
        return self.type == "text" and self.subtype not in ("xml",) and not self.subtype.endswith("+xml")

    @property
    def is_range(self) -> bool:
        """Whether it stands for several types."""
        return "*" in (self.type, self.subtype) or self.subtype.startswith("*+")

    def covers(self, media: MediaType) -> bool:
        """Whether a type falls under this type or range, parameters aside."""
        if self.type not in ("*", media.type):
            return False
        if self.subtype.startswith("*+"):
            return media.subtype.endswith(self.subtype[1:])
        return self.subtype in ("*", media.subtype)

    def contradicts(self, media: MediaType) -> tuple[str, str, str] | None:
        """The name and the two values of a parameter that differs; None if there is none."""
        values = dict(media.parameters)
        return next(
            (
                (name, value, values[name])
                for name, value in self.parameters
                if name != "boundary" and values.get(name, value) != value
            ),
            None,
        )


@lru_cache(maxsize=4_096)
def parse_media(text: str) -> MediaType:
    """A media type as it is written in a header; an empty type if it is none."""
    message = Message()
    message["Content-Type"] = " ".join(text.split())
    plain = text.partition(";")[0].strip().lower()
    kind, _, subtype = plain.partition("/")
    pairs = message.get_params(failobj=[])[1:]
    parameters = tuple(
        (name.lower(), value.lower() if name.lower() == "charset" else value) for name, value in pairs
    )
    return MediaType(kind, subtype, parameters)


def choose_media(described: Iterable[str], content_type: str) -> str | None:
    """The described type that a body of a Content-Type has: its own, else the narrowest range; or None.

    Of types that differ in their parameters the one with the most equal parameters is chosen.
    """
    return _choose_media(tuple(described), content_type)


@lru_cache(maxsize=4_096)
def _choose_media(described: tuple[str, ...], content_type: str) -> str | None:
    sent = parse_media(content_type)
    candidates = [
        (not media.is_range, media.type != "*", -_differences(media, sent), name)
        for name, media in ((name, parse_media(name)) for name in described)
        if media.covers(sent)
    ]
    return max(candidates, key=lambda candidate: candidate[:3])[3] if candidates else None


def _differences(media: MediaType, sent: MediaType) -> int:
    return len(set(media.parameters) ^ set(sent.parameters))


def accepts(accept: str, described: Iterable[str]) -> bool:
    """Whether an Accept header takes any of the described types."""
    types = [parse_media(name) for name in described]
    ranges = [parse_media(part) for part in accept.split(",") if part.strip()]
    if not ranges or any(not media.subtype and media.type != "*" for media in ranges):
        return True
    allowed = [media for media in ranges if not _has_weight_zero(media)]
    return any(
        range_.type == "*" or range_.covers(media) or media.covers(range_)
        for range_ in allowed
        for media in types
    )


def _has_weight_zero(media: MediaType) -> bool:
    quality = dict(media.parameters).get("q", "1")
    try:
        return float(quality) == 0
    except ValueError:
        return False


def header(headers: Mapping[str, str], name: str) -> str | None:
    """The value of a header, whatever the case of its name; None if there is none."""
    return next((value for key, value in headers.items() if key.lower() == name), None)
