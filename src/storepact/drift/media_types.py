"""The media types of a body or response, and which of two documents' types are compared with each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from storepact.drift.malformed import expect_object
from storepact.model.values import lean_value
from storepact.openapi.document import Document, is_json
from storepact.openapi.pointers import escape

#: The parameter that changes nothing: what most media types are without it.
UTF_8 = "charset=utf-8"


@lean_value(frozen=True)
class MediaName:
    """A media type as a document writes it, in lower case, and where."""

    plain: str
    parameters: frozenset[str]
    pointer: str
    name: str
    """What differences call it: with its parameters if another one has the same type."""

    @property
    def full(self) -> str:
        """The type with its parameters."""
        return ";".join((self.plain, *sorted(self.parameters)))


MediaTypes = Mapping[str, MediaName]
"""The media types of a body or response, by type with parameters."""


def media_types(document: Document, pointer: str) -> MediaTypes:
    """The media types at an object with `content`."""
    place = document.settle(pointer)
    content = expect_object(document, place).get("content")
    written = {str(name): _split(str(name)) for name in (content if isinstance(content, Mapping) else ())}
    plains = [plain for plain, _ in written.values()]
    names: dict[str, MediaName] = {}
    for name, (plain, parameters) in written.items():
        full = ";".join((plain, *sorted(parameters)))
        label = plain if plains.count(plain) == 1 else full
        names[full] = MediaName(plain, parameters, f"{place}/content/{escape(name)}", label)
    return names


def _split(name: str) -> tuple[str, frozenset[str]]:
    plain, *parameters = (part.strip() for part in name.lower().split(";"))
    return plain, frozenset("=".join(map(str.strip, part.split("=", 1))) for part in parameters if part)


def rename_alike(ours: MediaTypes, theirs: MediaTypes) -> MediaTypes:
    """Their types by our names, where both have a type and only its parameters differ."""
    renamed = dict(theirs)
    for name, our_type in ours.items():
        alike = [key for key in renamed if key not in ours and renamed[key].plain == our_type.plain]
        if name not in renamed and alike:
            renamed[name] = renamed.pop(alike[0])
    return renamed


def covering(types: MediaTypes, media: str) -> str:
    """The range such as `text/*` among the types that includes a media type; empty if there is none."""
    plain = media.partition(";")[0]
    ranges = (f"{plain.partition('/')[0]}/*", "*/*", plain)
    return next((name for name in ranges if name in types), "")


def match_media(ours: MediaTypes, theirs: MediaTypes) -> Iterator[tuple[str, MediaName, MediaName]]:
    """The media types to compare: the same name, or a name and the range that covers it."""
    for media, our_type in ours.items():
        name = media if media in theirs else covering(theirs, media)
        if name and (name == media or _has_structure(media)):
            yield media, our_type, theirs[name]
    for media, their_type in theirs.items():
        if media not in ours and _has_structure(media) and (name := covering(ours, media)):
            yield media, ours[name], their_type


def _has_structure(media: str) -> bool:
    """Whether a range with a schema of objects can be about a media type; text and files have no members."""
    return is_json(media) or is_xml(media) or "form" in media or "*" in media


def is_range(media: str) -> bool:
    """Whether it stands for several types."""
    return "*" in media


def is_xml(media: str) -> bool:
    """Whether a media type is XML."""
    return media.partition(";")[0].endswith(("/xml", "+xml"))
