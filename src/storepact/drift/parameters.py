"""Comparison of an operation's parameters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from storepact.drift.bodies import compare_media
from storepact.drift.constructs import Omission, Omitted
from storepact.drift.differences import Observation, Place, SchemaPlace, SchemaRoot, change
from storepact.drift.endpoints import IGNORED_HEADERS, Endpoint, Parameter
from storepact.drift.equality import to_json
from storepact.drift.pair import OperationPair, compare_texts
from storepact.model.tree import Json
from storepact.openapi.document import Document
from storepact.openapi.pointers import escape

_DEFAULT_STYLES = {"path": "simple", "header": "simple", "query": "form", "cookie": "form"}

#: The flags of a parameter: the rules where it is set, and where it is no longer.
_FLAGS = (
    ("deprecated", "parameter-deprecated", "parameter-revived"),
    ("allowEmptyValue", "parameter-empty-value-allowed", "parameter-empty-value-forbidden"),
    ("allowReserved", "parameter-reserved-allowed", "parameter-reserved-forbidden"),
)


def compare_parameters(pair: OperationPair) -> Iterator[Observation]:
    """Every difference of the parameters that both documents describe, or only one of them."""
    yield from _compare_ignored_headers(pair)
    matches = list(_match(pair.before, pair.after))
    matched = {id(parameter) for match in matches for parameter in match}
    for before, after in matches:
        yield from _compare_parameter(pair, before, after)
    for parameter in _relevant_parameters(pair.before):
        if id(parameter) not in matched:
            rule = "callback-parameter-removed" if pair.is_received else "parameter-removed"
            place = _place(pair, parameter)
            yield change(rule, place, parameter.place, "", parameter.pointer, pair.after.pointer)
    for parameter in _relevant_parameters(pair.after):
        if id(parameter) not in matched:
            rule = f"parameter-{'required' if parameter.required else 'optional'}-added"
            place = _place(pair, parameter)
            rule = "callback-parameter-added" if pair.is_received else rule
            yield change(rule, place, "", parameter.place, pair.before.pointer, parameter.pointer)


def _place(pair: OperationPair, parameter: Parameter) -> Place:
    return pair.place("response" if pair.is_received else "parameter", member=parameter.name)


def _has_no_effect(parameter: Parameter) -> bool:
    return parameter.place == "header" and parameter.name.lower() in IGNORED_HEADERS


def _relevant_parameters(endpoint: Endpoint) -> list[Parameter]:
    return [parameter for parameter in endpoint.parameters if not _has_no_effect(parameter)]


def _compare_ignored_headers(pair: OperationPair) -> Iterator[Omission]:
    before, after = (
        {
            to_json(parameter.node): parameter.pointer
            for parameter in endpoint.parameters
            if _has_no_effect(parameter)
        }
        for endpoint in (pair.before, pair.after)
    )
    for text in before.keys() ^ after.keys():
        yield Omission(Omitted.IGNORED, before.get(text) or after[text])


def _match(before: Endpoint, after: Endpoint) -> Iterator[tuple[Parameter, Parameter]]:
    """Corresponding parameters: in paths by position, else by name (headers in any letter case)."""
    ours, theirs = (
        {parameter.key: parameter for parameter in _relevant_parameters(endpoint)}
        for endpoint in (before, after)
    )
    names = [endpoint.path_names[::-1] for endpoint in (before, after)]
    by_position = set()
    for our_name, their_name in zip(*names, strict=False):
        mine, counterpart = ours.get(("path", our_name)), theirs.get(("path", their_name))
        if mine is not None and counterpart is not None:
            by_position |= {mine.key, counterpart.key}
            yield mine, counterpart
    for key, mine in ours.items():
        if key in theirs and key not in by_position:
            yield mine, theirs[key]


def _compare_parameter(pair: OperationPair, before: Parameter, after: Parameter) -> Iterator[Observation]:
    place, pointers = _place(pair, before), (before.pointer, after.pointer)
    if before.key != after.key:
        names = {parameter.name for parameter in pair.before.parameters if parameter.place == "path"}
        rule = "parameter-moved" if after.name in names else "parameter-renamed"
        yield change(rule, place, before.name, after.name, *pointers)
    if before.required != after.required:
        need = "required" if after.required else "optional"
        kind = "callback-parameter" if pair.is_received else "parameter"
        yield change(f"{kind}-became-{need}", place, "", "", *pointers)
    yield from _compare_flags(pair, place, before, after)
    yield from compare_texts("parameter", place, (before.node, after.node), pointers)
    yield from _compare_serialization(pair, place, before, after)


def _compare_flags(
    pair: OperationPair, place: Place, before: Parameter, after: Parameter
) -> Iterator[Observation]:
    for word, set_rule, unset_rule in _FLAGS:
        flags = [bool(parameter.node.get(word)) for parameter in (before, after)]
        if flags[0] != flags[1]:
            rule = set_rule if flags[1] else unset_rule
            if pair.is_received and word != "deprecated":
                rule = "callback-parameter-changed"
            texts = [f"{word} is {'set' if flag else 'not set'}" for flag in flags]
            yield change(rule, place, *texts, before.pointer, after.pointer)


def _compare_serialization(
    pair: OperationPair, place: Place, before: Parameter, after: Parameter
) -> Iterator[Observation]:
    kind = "callback-parameter-changed" if pair.is_received else "parameter-style-changed"
    media = [_media_of(parameter.node) for parameter in (before, after)]
    pointers = (before.pointer, after.pointer)
    if media[0] != media[1]:
        rule = kind if pair.is_received else "parameter-media-type-changed"
        yield change(rule, place, media[0] or "by style", media[1] or "by style", *pointers)
    elif not media[0]:
        styles = [_style(parameter.node) for parameter in (before, after)]
        if styles[0] != styles[1]:
            yield change(kind, place, *styles, *pointers)
    hidden = "writeOnly" if pair.is_received else ""
    if media[0] and media[1]:
        contents = (f"{pointers[0]}/content/{escape(media[0])}", f"{pointers[1]}/content/{escape(media[1])}")
        yield from compare_media((pair.ours, pair.theirs), contents, place, hidden, media[0])
        return
    yield SchemaRoot(
        place=place,
        ours=schema_of(pair.ours, before.pointer, before.node),
        theirs=schema_of(pair.theirs, after.pointer, after.node),
        hidden=hidden,
        is_text=True,
    )


def _media_of(node: Mapping[str, Json]) -> str:
    """The media type of a parameter or header with `content`; empty if it has a style."""
    content = node.get("content")
    return next(iter(content), "") if isinstance(content, Mapping) and "schema" not in node else ""


def schema_of(document: Document, pointer: str, node: Mapping[str, Json]) -> SchemaPlace:
    """The schema of a parameter or header: its own, or that of its content."""
    media = _media_of(node)
    return SchemaPlace(
        document, f"{pointer}/content/{escape(media)}/schema" if media else f"{pointer}/schema"
    )


def _style(node: Mapping[str, Json]) -> str:
    style = str(node.get("style", _DEFAULT_STYLES.get(str(node.get("in", "query")), "form")))
    return f"{style}, {'exploded' if node.get('explode', style in ('form', 'cookie')) else 'in one'}"


def header_style(node: Mapping[str, Json]) -> str:
    """How a header is written: its media type, or its style, and whether lists are exploded."""
    style = node.get("style", "simple")
    return _media_of(node) or f"{style}, {'exploded' if node.get('explode') else 'in one'}"
