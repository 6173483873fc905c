"""Documents beside each other: operations, parameters, bodies, answers; every difference once, with all the places that show it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from storepact.drift.alternatives import Alternatives
from storepact.drift.hosts import hosts, start_of
from storepact.drift.rules import RULES, Breaks, Rule
from storepact.drift.schemas import Step, compare_schemas
from storepact.drift.subset import NOTHING, shape_of
from storepact.openapi.document import Document, Operation, Parameter, ResponseSpec, is_json
from storepact.openapi.pointers import escape


@dataclass(frozen=True)
class Place:
    """Where a difference shows. `part` is request, parameter, response or operation; `member` a pointer, header or parameter."""

    operation: str
    part: str
    status: str = ""
    member: str = ""

    def __str__(self) -> str:
        return " ".join(
            each
            for each in (
                self.operation,
                self.status or ("" if self.part == "operation" else self.part),
                self.member,
            )
            if each
        )


@dataclass(frozen=True)
class Found:
    """One difference at one place."""

    rule: Rule
    place: Place
    ours: str = ""
    theirs: str = ""
    pointer: str = ""


@dataclass(frozen=True)
class Difference:
    """One difference, wherever it shows. `where` is its place without operation and status."""

    rule: Rule
    where: str
    ours: str
    theirs: str
    pointer: str
    places: tuple[Place, ...]

    @property
    def breaks(self) -> Breaks:
        """Whom it breaks."""
        return self.rule.breaks


def differences(ours: Document, theirs: Document) -> list[Difference]:
    """Every difference, breaking ones first; what one schema brings about in several operations is one difference."""
    gathered: dict[tuple[str, str, str, str], list[Found]] = {}
    for found in _found(ours, theirs):
        where = (
            found.place.member.removeprefix("/items/*")
            if found.place.part in ("response", "request")
            else found.place.member
        )
        if not found.place.member and found.place.part == "operation" and found.place.operation:
            where = found.place.operation
        if (
            found.place.part == "response"
            and not where
            and found.place.status
            and found.rule.id.startswith(_OF_STATUS)
        ):
            where = found.place.status
        gathered.setdefault((found.rule.id, where, found.ours, found.theirs), []).append(found)
    order = list(Breaks)
    every = [
        Difference(
            each[0].rule,
            where,
            before,
            after,
            each[0].pointer,
            tuple(dict.fromkeys(one.place for one in each)),
        )
        for (_, where, before, after), each in gathered.items()
    ]
    return sorted(
        every, key=lambda each: (order.index(each.breaks), each.rule.id, each.where, each.ours, each.theirs)
    )


_OF_STATUS = ("response-success", "response-error", "response-body", "response-media")


def _found(ours: Document, theirs: Document) -> Iterator[Found]:
    yield from _servers(ours, theirs)
    before, after = (
        {
            _key(all_operation, start_of(document.data)): all_operation
            for all_operation in document.all_operations()
        }
        for document in (ours, theirs)
    )
    for key, operation in before.items():
        if key not in after:
            yield _of(
                "operation-removed",
                Place(operation.id, "operation"),
                f"{operation.method} {operation.path}",
                "",
                operation.pointer,
            )
            continue
        yield from _operations(ours, theirs, operation, after[key])
    for key, operation in after.items():
        if key not in before:
            yield _of(
                "operation-added",
                Place(operation.id, "operation"),
                "",
                f"{operation.method} {operation.path}",
            )


def _key(operation: Operation, start: str) -> tuple[str, str]:
    return operation.method, shape_of(start + operation.path)


def _of(rule: str, place: Place, ours: Any = "", theirs: Any = "", pointer: str = "") -> Found:
    return Found(RULES[rule], place, str(ours), str(theirs), pointer)


def _servers(ours: Document, theirs: Document) -> Iterator[Found]:
    before, after = (hosts(document.data.get("servers")) for document in (ours, theirs))
    yield from _of_hosts(before, after, Place("", "operation"), "/servers")


def _of_hosts(before: frozenset[str], after: frozenset[str], place: Place, pointer: str) -> Iterator[Found]:
    if not before or not after:
        return
    for url in sorted(before - after):
        yield _of("server-removed", Place(place.operation, place.part, member=url), url, "", pointer)
    for url in sorted(after - before):
        yield _of("server-added", Place(place.operation, place.part, member=url), "", url, pointer)


def _operations(ours: Document, theirs: Document, one: Operation, other: Operation) -> Iterator[Found]:
    here = Place(one.id, "operation")
    before, after = ours.at(one.pointer), theirs.at(other.pointer)
    if bool(before.get("deprecated")) != bool(after.get("deprecated")):
        yield _of(
            "operation-deprecated" if after.get("deprecated") else "operation-revived",
            here,
            pointer=one.pointer,
        )
    for rule, words in (
        ("operation-id-changed", ("operationId",)),
        ("operation-text-changed", ("summary", "description")),
        ("operation-tags-changed", ("tags",)),
    ):
        said, says = (
            " ".join(str(each[word]) for word in words if each.get(word)) for each in (before, after)
        )
        if said and says and said != says:
            yield _of(rule, here, said, says, one.pointer)
    mine, others = _own_hosts(ours, one), _own_hosts(theirs, other)
    if mine is not None or others is not None:
        usual = [hosts(document.data.get("servers")) for document in (ours, theirs)]
        yield from _of_hosts(
            usual[0] if mine is None else mine, usual[1] if others is None else others, here, one.pointer
        )
    yield from _security(ours, theirs, one, other)
    yield from _parameters(ours, theirs, one, other)
    yield from _bodies(ours, theirs, one, other)
    yield from _answers(ours, theirs, one, other)


def _own_hosts(document: Document, operation: Operation) -> frozenset[str] | None:
    """The hosts of one operation or path, where it has some of its own."""
    item = document.at(operation.pointer.rpartition("/")[0])
    told = document.at(operation.pointer).get("servers") or document.resolve(item).get("servers")
    return hosts(told) if told else None


def _security(ours: Document, theirs: Document, one: Operation, other: Operation) -> Iterator[Found]:
    before, after = _credentials(ours, one), _credentials(theirs, other)
    if before == after:
        return
    if "" in before:
        change = "security-added" if "" not in after else ""
    elif "" in after:
        change = "security-removed"
    else:
        change = "security-alternative-added" if before < after else "security-changed"
    if change:
        yield _of(change, Place(one.id, "operation"), _any_of(before), _any_of(after), one.pointer)


def _any_of(credentials: frozenset[str]) -> str:
    return " or ".join(sorted(credential or "nothing" for credential in credentials))


def _credentials(document: Document, operation: Operation) -> frozenset[str]:
    """Each alternative of what an operation asks for, in words that do not depend on names; an empty one asks for nothing."""
    asked = document.at(operation.pointer).get("security", document.data.get("security")) or [{}]
    schemes = document.data.get("components", {}).get("securitySchemes") or {}
    return frozenset(
        " and ".join(sorted(_scheme(document.resolve(schemes.get(name) or {})) for name in each))
        for each in asked
    )


def _scheme(scheme: Mapping[str, Any]) -> str:
    words = (
        scheme.get("type"),
        scheme.get("scheme"),
        scheme.get("in"),
        scheme.get("name"),
        scheme.get("openIdConnectUrl"),
    )
    return " ".join(str(word).lower() for word in words if word) or "something undescribed"


def _parameters(ours: Document, theirs: Document, one: Operation, other: Operation) -> Iterator[Found]:
    paired = list(_paired(one, other))
    known = {id(each) for pair in paired for each in pair}
    for before, after in paired:
        place = Place(one.id, "parameter", member=before.name)
        if _named(before) != _named(after):
            change = "moved" if after.name in {each.name for each in one.parameters_in("path")} else "renamed"
            yield _of(f"parameter-{change}", place, before.name, after.name, before.pointer)
        if before.required != after.required:
            yield _of(
                f"parameter-became-{'required' if after.required else 'optional'}",
                place,
                pointer=before.pointer,
            )
        said, says = (
            _style(document.at(each.pointer)) for document, each in ((ours, before), (theirs, after))
        )
        if said != says:
            yield _of("parameter-style-changed", place, said, says, before.pointer)
        for step in compare_schemas(
            _at(ours, f"{before.pointer}/schema"), _at(theirs, f"{after.pointer}/schema")
        ):
            yield _stepped(
                "parameter", step, Place(one.id, "parameter", member=f"{before.name}{step.member}")
            )
    for each in one.parameters:
        if id(each) not in known:
            yield _of(
                "parameter-removed",
                Place(one.id, "parameter", member=each.name),
                each.place,
                "",
                each.pointer,
            )
    for each in other.parameters:
        if id(each) not in known:
            rule = f"parameter-{'required' if each.required else 'optional'}-added"
            yield _of(rule, Place(one.id, "parameter", member=each.name), "", each.place, one.pointer)


def _paired(one: Operation, other: Operation) -> Iterator[tuple[Parameter, Parameter]]:
    """Parameters that are the same one: in paths by their place there, else by name, of headers in any case of letters."""
    order = [re.findall(r"\{([^}]*)\}", each.path) for each in (one, other)]
    mine, others = (
        {each.name: each for each in operation.parameters_in("path")} for operation in (one, other)
    )
    for name, same in zip(*order, strict=True):
        if name in mine and same in others:
            yield mine[name], others[same]
    for before in one.parameters:
        for after in other.parameters:
            if before.place == after.place != "path" and _named(before) == _named(after):
                yield before, after


def _named(parameter: Parameter) -> str:
    return parameter.name.lower() if parameter.place == "header" else parameter.name


def _style(node: Mapping[str, Any]) -> str:
    usual = {"path": "simple", "header": "simple", "query": "form", "cookie": "form"}[
        str(node.get("in", "query"))
    ]
    style = str(node.get("style", usual))
    return f"{style}, {'exploded' if node.get('explode', style == 'form') else 'in one'}"


def _at(document: Document, pointer: str) -> Alternatives:
    try:
        document.at(pointer)
    except (KeyError, IndexError):
        pointer = NOTHING
    return Alternatives.at(document, pointer)


def _bodies(ours: Document, theirs: Document, one: Operation, other: Operation) -> Iterator[Found]:
    here = Place(one.id, "request")
    if not one.body_types or not other.body_types:
        if other.body_types:
            yield _of(
                f"request-body-added-{'required' if other.body_required else 'optional'}",
                here,
                pointer=one.pointer,
            )
        elif one.body_types:
            yield _of("request-body-removed", here, pointer=one.body_pointer or one.pointer)
        return
    if one.body_required != other.body_required:
        yield _of(
            f"request-body-became-{'required' if other.body_required else 'optional'}",
            here,
            pointer=one.pointer,
        )
    yield from _media("request", one.body_types, other.body_types, here, one.pointer)
    if one.body_pointer and other.body_pointer:
        for step in compare_schemas(_at(ours, one.body_pointer), _at(theirs, other.body_pointer), "readOnly"):
            yield _stepped("request", step, Place(one.id, "request", member=step.member))


def _media(
    part: str, before: Iterable[str], after: Iterable[str], place: Place, pointer: str
) -> Iterator[Found]:
    said, says = ({type_.partition(";")[0].strip().lower() for type_ in types} for types in (before, after))
    for each in sorted(said - says):
        if not _is_within(each, says):
            yield _of(f"{part}-media-type-removed", place, each, "", pointer)
    for each in sorted(says - said):
        if not _is_within(each, said):
            yield _of(f"{part}-media-type-added", place, "", each, pointer)


def _is_within(media: str, types: set[str]) -> bool:
    """Whether a range of media types takes one in."""
    return "*/*" in types or f"{media.partition('/')[0]}/*" in types


def _answers(ours: Document, theirs: Document, one: Operation, other: Operation) -> Iterator[Found]:
    for status in dict.fromkeys((*one.responses, *other.responses)):
        place = Place(one.id, "response", status)
        before, after = (_described(operation, status) for operation in (one, other))
        kind = "success" if status.startswith(("1", "2", "3")) else "error"
        if status not in one.responses and _covers(status, one):
            continue  # a range: what it covers is compared one by one
        if before is None:
            yield _of(f"response-{kind}-added", place, "", status, one.pointer)
        elif after is None:
            yield _of(f"response-{kind}-removed", place, status, "", before.pointer)
        else:
            yield from _answer(
                ours, theirs, before, after, place, by_range=kind == "error" and status not in other.responses
            )


def _described(operation: Operation, status: str) -> ResponseSpec | None:
    """A status itself, or the range that covers it."""
    return operation.response(int(status)) if status.isdigit() else operation.responses.get(status)


def _covers(status: str, operation: Operation) -> bool:
    """Whether a range speaks of statuses that an operation has."""
    return status.upper().endswith("XX") and any(
        response.startswith(status[0]) for response in operation.responses
    )


def _answer(
    ours: Document,
    theirs: Document,
    before: ResponseSpec,
    after: ResponseSpec,
    place: Place,
    *,
    by_range: bool,
) -> Iterator[Found]:
    """What is said of one status. A refusal that a range or the default speaks of (`by_range`) may be told in fewer words."""
    if bool(before.content) != bool(after.content):
        if not by_range:
            yield _of(
                f"response-body-{'removed' if before.content else 'added'}", place, pointer=before.pointer
            )
    elif before.content:
        yield from _media("response", before.content, after.content, place, before.pointer)
        schemas = [
            next((pointer for media, pointer in each.content.items() if is_json(media)), None)
            for each in (before, after)
        ]
        if schemas[0] is not None and schemas[1] is not None:
            for step in compare_schemas(_at(ours, schemas[0]), _at(theirs, schemas[1]), "writeOnly"):
                yield _stepped(
                    "response", step, Place(place.operation, "response", place.status, step.member)
                )
    if not by_range or after.headers:
        yield from _headers(ours, theirs, before, after, place)


def _headers(
    ours: Document, theirs: Document, before: ResponseSpec, after: ResponseSpec, place: Place
) -> Iterator[Found]:
    said, says = (
        {name.lower(): (name, node) for name, node in each.headers.items()} for each in (before, after)
    )
    for key, (name, node) in said.items():
        there = Place(place.operation, "response", place.status, f"header {name}")
        if key not in says:
            yield _of("response-header-removed", there, name, "", f"{before.pointer}/headers")
        elif bool(node.get("required")) != bool(says[key][1].get("required")):
            became = "required" if says[key][1].get("required") else "optional"
            yield _of(f"response-header-became-{became}", there, pointer=f"{before.pointer}/headers")
        if key in says:
            schemas = ((ours, before, name), (theirs, after, says[key][0]))
            one, other = (
                _at(document, f"{document.settle(f'{each.pointer}/headers/{escape(told)}')}/schema")
                for document, each, told in schemas
            )
            for step in compare_schemas(one, other):
                yield _stepped("response", step, there)
    for key, (name, _) in says.items():
        if key not in said:
            there = Place(place.operation, "response", place.status, f"header {name}")
            yield _of("response-header-added", there, "", name, f"{before.pointer}/headers")


def _stepped(part: str, step: Step, place: Place) -> Found:
    change = step.change
    if change in ("description-changed", "example-changed"):
        return _of(change, place, step.ours, step.theirs, step.pointer)
    if change == "optional-member-removed" and part != "response":
        change = "member-removed"
    return _of(
        f"{part}-{change}" if f"{part}-{change}" in RULES else f"request-{change}",
        place,
        step.ours,
        step.theirs,
        step.pointer,
    )
