"""What an interaction relies on, beside what the fragment promises: status, headers, body, member by member."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from storepact.pacts.contract import NO_BODY, REQUEST, RESPONSE
from storepact.pacts.disagreement import TRANSPORT, Beside, Disagreement, Level, described_as, pointer_to, readings
from storepact.pacts.matchers import EQUALITY, Matcher
from storepact.spec.fragment import Operation, ResponseSpec, is_json
from storepact.spec.members import ELEMENT, Described, kind_of
from storepact.spec.validators import compiled
from storepact.spec.yaml import escape

#: What a rule accepts, by its name. Rules that are not here say nothing about the type.
_ACCEPTS: Mapping[str, frozenset[str]] = {
    "integer": frozenset({"integer"}),
    "decimal": frozenset({"number"}),
    "number": frozenset({"integer", "number"}),
    "boolean": frozenset({"boolean"}),
    "null": frozenset({"null"}),
    **dict.fromkeys(("regex", "include", "date", "time", "timestamp", "semver"), frozenset({"string"})),
    **dict.fromkeys(("eachKey", "eachValue", "values"), frozenset({"object"})),
    "arrayContains": frozenset({"array"}),
}

#: What a schema's `format` promises, by the rule that asks for it.
_FORMATS = {"date": "date", "time": "time", "timestamp": "date-time"}


class Relied(Beside):
    """The response of one interaction."""

    # what is relied on

    def disagreements(self, operation: Operation) -> Iterator[Disagreement]:
        """What is relied on and not promised, from the status inwards."""
        each = self.interaction
        described = operation.response(each.status)
        place = each.place(RESPONSE, "status")
        if described is None:
            message = f"relies on {each.status}, which is not described"
            known = ", ".join(operation.responses)
            yield self.said(
                Level.ERROR,
                "status",
                place,
                f"{operation.pointer}/responses",
                message,
                f"response {each.status}",
                known,
                str(each.status),
            )
            return
        if described.allowed or described.status == "default":
            how = "only allows, and does not promise" if described.allowed else "describes by `default` only"
            message = f"relies on {each.status}, which the document {how}"
            yield self.said(
                Level.WARNING, "status", place, described.pointer, message, f"response {each.status}", "", str(each.status),
                described_as(self.fragment, described.pointer),
            )  # fmt: skip
        yield from self._headers_relied(described)
        yield from self._body_relied(described)

    def _headers_relied(self, described: ResponseSpec) -> Iterator[Disagreement]:
        each, rules = self.interaction, self.interaction.rules(RESPONSE)
        known = {name.lower(): name for name in described.headers}
        for name, value in each.headers(RESPONSE).items():
            low, place = name.lower(), each.place(RESPONSE, "headers", name)
            matchers = rules.headers.get(low) or (EQUALITY,)
            if low == "content-type":
                yield from self._media(described, value, place)
            elif low not in known:
                if low not in TRANSPORT:
                    message = f"relies on the header {name}, which is not described"
                    yield self.said(Level.ERROR, "header", place, described.pointer, message, f"response {name}", "", value)
            else:
                pointer = f"{described.pointer}/headers/{escape(known[low])}"
                required = bool(described.headers[known[low]].get("required"))
                place_of = Described(self.fragment, ((f"{self.fragment.settle(pointer)}/schema", True),), required)
                yield from self._value(f"response {name}", f"the header {name}", place, value, matchers, place_of, header=True)
                if not required:
                    message = f"relies on the header {name}, which the document calls optional"
                    reason = described_as(self.fragment, self.fragment.settle(pointer))
                    yield self.said(Level.WARNING, "optional", place, pointer, message, f"response {name}", "", value, reason)

    def _media(self, described: ResponseSpec, value: str, place: str) -> Iterator[Disagreement]:
        plain = value.partition(";")[0].strip().lower()
        medias = self.fragment.at(described.pointer).get("content") or {}
        if plain and plain not in {media.partition(";")[0].strip().lower() for media in medias}:
            message = f"relies on an answer as {plain}, which is not described"
            yield self.said(
                Level.ERROR,
                "header",
                place,
                described.pointer,
                message,
                "response Content-Type",
                ", ".join(medias) or "no body",
                value,
            )

    def _body_relied(self, described: ResponseSpec) -> Iterator[Disagreement]:
        each, body = self.interaction, self.interaction.body(RESPONSE)
        if body is NO_BODY:
            return
        schema = next((pointer for media, pointer in described.content.items() if is_json(media)), None)
        place = each.place(RESPONSE, "body")
        if schema is None:
            if not self.fragment.at(described.pointer).get("content"):
                message = "relies on a body where none is described"
                yield self.said(Level.ERROR, "body", place, described.pointer, message, "response body", "no body", body)
            return
        example = {**self.parameters, **body} if isinstance(body, Mapping) else body
        yield from self._relied(body, Described(self.fragment, ((schema, True),), example=example), ())

    def _relied(self, value: Any, described: Described, path: tuple[str, ...]) -> Iterator[Disagreement]:
        """One place of the answer, then what is below it."""
        generic = tuple(ELEMENT if token.isdigit() else token for token in path)
        matchers = self.interaction.rules(RESPONSE).at(generic)
        place = self.interaction.place(RESPONSE, "body", *map(escape, path))
        what = pointer_to(generic) or "the body"
        found = list(self._value(f"response {pointer_to(generic)}", what, place, value, matchers, described, generic=generic))
        yield from found
        if any(each.level is Level.ERROR for each in found) or any(each.is_opaque for each in matchers):
            return
        if isinstance(value, Mapping):
            for name, member in value.items():
                below = described.member(name, member)
                if below is None:
                    yield from self._undescribed((*path, name), member, described)
                    continue
                yield from self._optional((*path, name), member, below, described)
                yield from self._relied(member, below, (*path, name))
        elif isinstance(value, list):
            yield from self._elements(value, described, path, matchers)

    def _elements(
        self, value: list[Any], described: Described, path: tuple[str, ...], matchers: tuple[Matcher, ...]
    ) -> Iterator[Disagreement]:
        seen: set[str] = set()
        for index, element in enumerate(value):
            below = described.member(ELEMENT, element)
            if below is None:
                return
            if index == 0 and any(each.kind == "equality" or int(each.told.get("min") or 0) > 0 for each in matchers):
                yield from self._optional((*path, "0"), element, below, described)
            for each in self._relied(element, below, (*path, str(index))):
                if each.locus + each.rule not in seen:
                    seen.add(each.locus + each.rule)
                    yield each

    def _undescribed(self, path: tuple[str, ...], value: Any, parent: Described) -> Iterator[Disagreement]:
        generic = pointer_to(tuple(ELEMENT if token.isdigit() else token for token in path))
        place = self.interaction.place(RESPONSE, "body", *map(escape, path))
        message = f"relies on the member {generic}, which is not described"
        level = Level.ERROR
        if parent.is_map or (not parent.names and not parent.closed):
            level, message = Level.WARNING, f"relies on the member {generic}, whose name the document leaves open"
        yield self.said(level, "member", place, parent.pointer, message, f"response {generic}", "", value)

    def _optional(self, path: tuple[str, ...], value: Any, described: Described, parent: Described) -> Iterator[Disagreement]:
        if described.required:
            return
        generic = pointer_to(tuple(ELEMENT if token.isdigit() else token for token in path))
        place = self.interaction.place(RESPONSE, "body", *map(escape, path))
        is_element = path[-1].isdigit()
        what = f"an element of {generic[:-2] or 'the array'}" if is_element else f"the member {generic}"
        message = f"relies on {what}, which the document calls optional"
        reason = described_as(self.fragment, *(pointer for pointer, _ in parent.parts))
        pointer = described.roots[0][0] if described.roots else parent.pointer
        level = Level.WARNING
        if is_element and self.interaction.states:
            level, reason = Level.NOTE, self._arranged()
        yield self.said(level, "optional", place, pointer, message, f"response {generic}", "", value, reason)

    def _arranged(self) -> str:
        return f"the provider state {self.interaction.states[0][0]!r} is there to bring it about"

    def _value(
        self, locus: str, what: str, place: str, value: Any, matchers: tuple[Matcher, ...], described: Described,
        *, header: bool = False, generic: tuple[str, ...] = (),
    ) -> Iterator[Disagreement]:  # fmt: skip
        """What the matchers of one place accept, beside what its schema allows."""

        def said(level: Level, rule: str, message: str, expected: Any, actual: Any) -> Disagreement:
            return self.said(
                level, rule, place, described.pointer, message, locus, expected, actual, reason if level is Level.WARNING else ""
            )

        reason = described_as(self.fragment, *(pointer for pointer, _ in described.parts))
        allowed = described.kinds
        examples = readings(value) if header else [value]
        accepted = _accepted(matchers, next((each for each in examples if allowed is None or kind_of(each) in allowed), value))
        if header and allowed is not None and not allowed & {"string"} and any(each.kind == "regex" for each in matchers):
            accepted = allowed  # a header's text is what a regex is about
        if allowed is not None and not allowed & accepted:
            kinds = _either(allowed)
            yield said(Level.ERROR, "type", f"relies on {what} as {_either(accepted)}, described is {kinds}", kinds, value)
            return
        if not isinstance(value, Mapping | list):
            wrong = [found for each in examples if not (found := self._refused(described, each))]
            if not wrong:
                told = self._refused(described, examples[0])
                yield said(Level.ERROR, "example", f"relies on {what} with {value!r}: {told}", told, value)
                return
        if allowed is None:
            yield said(
                Level.NOTE,
                "tighter",
                f"relies on {what} as {_either(accepted)}, the document leaves its type open",
                "any type",
                value,
            )
        elif extra := allowed - accepted:
            yield said(
                Level.WARNING, "tighter", f"relies on {what} as {_either(accepted)}, the document also allows {_either(extra)}",
                sorted(allowed), value,
            )  # fmt: skip
        else:
            yield from self._narrower(what, value, matchers, described, said, generic)

    def _refused(self, described: Described, value: Any) -> str:
        """Why no value like this fits; empty if it does."""
        told = ""
        uncertain: list[str] = []
        for pointer, certain in described.roots:
            found = compiled(self.fragment, pointer).violations(value)
            if found and certain:
                told = told or found[0].message
            elif not certain:
                uncertain.append(found[0].message if found else "")
        return told or (uncertain[0] if uncertain and all(uncertain) else "")

    def _narrower(
        self, what: str, value: Any, matchers: tuple[Matcher, ...], described: Described, said: Any, generic: tuple[str, ...]
    ) -> Iterator[Disagreement]:
        values = described.values
        for each in matchers:
            if each.kind == "equality":
                if isinstance(value, Mapping | list) and value:
                    continue
                if value == [] and self.interaction.states:
                    continue  # that is what a provider state is for
                if (values is None or len(values) > 1) and not self._is_sent(value, generic):
                    yield said(
                        Level.WARNING,
                        "tighter",
                        f"relies on {what} being {json.dumps(value, ensure_ascii=False)}, the document allows other values",
                        _told(described),
                        value,
                    )
            elif each.kind == "regex":
                yield from _regex(what, str(each.told.get("regex", "")), values, described, said)
            elif each.kind in _FORMATS or each.kind in ("include", "semver"):
                wanted = _FORMATS.get(each.kind)
                if wanted is None or described.rule("format") != wanted:
                    yield said(
                        Level.WARNING,
                        "tighter",
                        f"relies on the form of {what} ({each.kind}), which the document does not promise",
                        _told(described),
                        value,
                    )
            elif each.kind in ("type", "min", "max", "minmax") and (
                values or described.rule("pattern") or described.rule("format")
            ):
                yield said(Level.NOTE, "looser", f"accepts more of {what} than the document allows", _told(described), value)

    def _is_sent(self, value: Any, generic: tuple[str, ...]) -> bool:
        """Whether the request itself says what the answer must be: the same member, a patch of it, or a part of the path."""
        if len(generic) == 1 and self.parameters.get(generic[0]) == value:
            return True
        node = body = self.interaction.body(REQUEST)
        for token in generic:
            node = node.get(token, NO_BODY) if isinstance(node, Mapping) else NO_BODY
        if generic and node is not NO_BODY and node == value:
            return True
        changes = body.get("patch") if isinstance(body, Mapping) else body
        return any(
            isinstance(each, Mapping) and each.get("path") == pointer_to(generic) and each.get("value") == value
            for each in (changes if isinstance(changes, list) else ())
        )


def _regex(what: str, regex: str, values: tuple[Any, ...] | None, described: Described, said: Any) -> Iterator[Disagreement]:
    try:
        pattern = re.compile(regex)
    except re.error:
        yield said(
            Level.NOTE, "tighter", f"relies on the form of {what} by a regex that cannot be read here", _told(described), regex
        )
        return
    if values is not None:
        missed = [each for each in values if not pattern.fullmatch(str(each))]
        if len(missed) == len(values):
            yield said(Level.ERROR, "tighter", f"relies on {what} like {regex}, which no described value is", list(values), regex)
        elif missed:
            yield said(
                Level.WARNING,
                "tighter",
                f"relies on {what} like {regex}, the document also allows {', '.join(map(str, missed))}",
                list(values),
                regex,
            )
    elif described.kinds == frozenset({"string"}) and not _is_anything(regex):
        told = described.rule("pattern")
        if told is None:
            yield said(
                Level.WARNING, "tighter", f"relies on {what} like {regex}, the document promises no form", _told(described), regex
            )
        elif _whole(told) != regex.removeprefix("^").removesuffix("$"):
            yield said(
                Level.NOTE,
                "tighter",
                f"relies on {what} like {regex}, the document promises {told}: compare them by eye",
                told,
                regex,
            )


def _whole(pattern: str) -> str:
    """A schema's pattern, which may match anywhere, as a pact's regex, which must match all of a text."""
    begin = "" if pattern.startswith("^") else ".*"
    end = "" if pattern.endswith("$") else ".*"
    return begin + pattern.removeprefix("^").removesuffix("$") + end


def _is_anything(regex: str) -> bool:
    return regex.strip("^$") in ("", ".*", ".+", r"[\s\S]*", r"[\s\S]+", r"\S+", "(?s).*")


def _either(kinds: frozenset[str]) -> str:
    return " or ".join(sorted(kinds))


def _accepted(matchers: tuple[Matcher, ...], value: Any) -> frozenset[str]:
    """The JSON types that pass all of the rules."""
    found: frozenset[str] | None = None
    for each in matchers:
        kinds = _ACCEPTS.get(each.kind)
        if kinds is None:
            kind = kind_of(value)
            kinds = frozenset({"integer", "number"}) if kind in ("integer", "number") else frozenset({kind})
        found = kinds if found is None else found & kinds
    return found or frozenset({kind_of(value)})


def _told(described: Described) -> Any:
    words = ("const", "enum", "pattern", "format", "type")
    return {word: told for word in words if (told := described.rule(word)) is not None} or "nothing more"
