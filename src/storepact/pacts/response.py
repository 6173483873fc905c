"""What an interaction relies on, beside what the document promises: status, headers, body, member by member."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from storepact.openapi.document import Operation, ResponseSpec, is_json
from storepact.openapi.members import ELEMENT, SchemaView, json_type
from storepact.openapi.pointers import escape, pointer_to
from storepact.openapi.validators import compile_schema
from storepact.pacts.contract import NO_BODY, REQUEST, RESPONSE
from storepact.pacts.disagreement import (
    TRANSPORT,
    Disagreement,
    InteractionComparison,
    Level,
    described_as,
    readings,
)
from storepact.pacts.matchers import ENOUGH, EQUALITY, Matcher

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

#: What a regex reads as the text that it is written as.
_AS_TEXT = frozenset({"boolean", "integer", "number", "null"})

#: Classes of statuses, as specification 4 names them.
_CLASSES: Mapping[str, range] = {
    "info": range(100, 200),
    "success": range(200, 300),
    "redirect": range(300, 400),
    "clientError": range(400, 500),
    "serverError": range(500, 600),
    "nonError": range(100, 400),
    "error": range(400, 600),
}

#: Every rule that is known; another one is nothing that a verifier could apply.
_KNOWN = frozenset(
    {
        *_ACCEPTS,
        "equality",
        "type",
        "min",
        "max",
        "minmax",
        "notEmpty",
        "contentType",
        "statusCode",
        "datetime",
    }
)

#: What a schema's `format` promises, by the rule that asks for it.
_FORMATS = {"date": "date", "time": "time", "timestamp": "date-time"}


class ResponseComparison(InteractionComparison):
    """The response of one interaction."""

    # what is relied on

    def disagreements(self, operation: Operation) -> Iterator[Disagreement]:
        """What is relied on and not promised, from the status inwards."""
        each = self.interaction
        described = self._status(operation)
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
            reason = described_as(self.document, described.pointer)
            yield self.said(
                Level.WARNING,
                "status",
                place,
                described.pointer,
                message,
                f"response {each.status}",
                "",
                str(each.status),
                reason,
            )
        yield from self._headers_relied(described)
        yield from self._body_relied(described)

    def _status(self, operation: Operation) -> ResponseSpec | None:
        """What is described for the status relied on; of a class or a list of statuses the best that is promised."""
        told = next(
            (
                one.told.get("status")
                for one in self.interaction.rules(RESPONSE).status
                if one.kind == "statusCode"
            ),
            None,
        )
        if told is None:
            return operation.response(self.interaction.status)
        accepted = _CLASSES.get(told, range(0)) if isinstance(told, str) else tuple(told)
        found = [
            response
            for response in operation.responses.values()
            if response.status.isdigit() and int(response.status) in accepted
        ]
        mine = operation.response(self.interaction.status)
        return min(found, key=lambda one: (one.allowed, one is not mine), default=None)

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
                    yield self.said(
                        Level.ERROR,
                        "header",
                        place,
                        described.pointer,
                        message,
                        f"response {name}",
                        "",
                        value,
                    )
            else:
                pointer = f"{described.pointer}/headers/{escape(known[low])}"
                required = bool(described.headers[known[low]].get("required"))
                place_of = SchemaView(
                    self.document, ((f"{self.document.settle(pointer)}/schema", True),), required
                )
                yield from self._value(
                    f"response {name}", f"the header {name}", place, value, matchers, place_of, header=True
                )
                if not required:
                    message = f"relies on the header {name}, which the document calls optional"
                    reason = described_as(self.document, self.document.settle(pointer))
                    yield self.said(
                        Level.WARNING,
                        "optional",
                        place,
                        pointer,
                        message,
                        f"response {name}",
                        "",
                        value,
                        reason,
                    )

    def _media(self, described: ResponseSpec, value: str, place: str) -> Iterator[Disagreement]:
        plain, _, parameters = (part.strip().lower() for part in value.partition(";"))
        medias = self.document.at(described.pointer).get("content") or {}
        told, locus = ", ".join(medias) or "no body", "response Content-Type"
        if plain and plain not in {media.partition(";")[0].strip().lower() for media in medias}:
            message = f"relies on an answer as {plain}, which is not described"
            yield self.said(Level.ERROR, "header", place, described.pointer, message, locus, told, value)
        elif parameters and not self.interaction.rules(RESPONSE).headers.get("content-type"):
            message = f"relies on the media type being {value}, the document promises no parameters of it"
            yield self.said(Level.WARNING, "tighter", place, described.pointer, message, locus, told, value)

    def _body_relied(self, described: ResponseSpec) -> Iterator[Disagreement]:
        each, body = self.interaction, self.interaction.body(RESPONSE)
        if body is NO_BODY:
            return
        if body is None:
            if described.content:
                message = "relies on an answer without a body where one is described"
                yield self.said(
                    Level.ERROR,
                    "body",
                    each.place(RESPONSE, "body"),
                    described.pointer,
                    message,
                    "response body",
                    "a body",
                    "none",
                )
            return
        schema = next((pointer for media, pointer in described.content.items() if is_json(media)), None)
        place = each.place(RESPONSE, "body")
        if schema is None:
            if not self.document.at(described.pointer).get("content"):
                message = "relies on a body where none is described"
                yield self.said(
                    Level.ERROR, "body", place, described.pointer, message, "response body", "no body", body
                )
            return
        example = {**self.parameters, **body} if isinstance(body, Mapping) else body
        yield from self._relied(body, SchemaView(self.document, ((schema, True),), example=example), ())

    def _relied(self, value: Any, described: SchemaView, path: tuple[str, ...]) -> Iterator[Disagreement]:
        """One place of the answer, then what is below it."""
        generic = _generic(path)
        matchers = self.interaction.rules(RESPONSE).at(generic)
        place = self.interaction.place(RESPONSE, "body", *map(escape, path))
        what = pointer_to(generic) or "the body"
        found = list(
            self._value(
                f"response {pointer_to(generic)}", what, place, value, matchers, described, generic=generic
            )
        )
        yield from found
        if any(each.level is Level.ERROR for each in found) or any(matcher.is_opaque for matcher in matchers):
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
        self, value: list[Any], described: SchemaView, path: tuple[str, ...], matchers: tuple[Matcher, ...]
    ) -> Iterator[Disagreement]:
        generic = _generic(path)
        if self._is_sent(value, generic):
            return
        exact = any(matcher.kind == "equality" for matcher in matchers)
        yield from self._length(value, described, path, matchers)
        if exact and value and not any(isinstance(each, Mapping | list) for each in value):
            return  # it is compared as a whole
        seen: set[str] = set()
        for index, element in enumerate(value[:ENOUGH]):
            below = described.member(ELEMENT, element)
            if below is None:
                return
            for each in self._relied(element, below, (*path, str(index))):
                if each.locus + each.rule not in seen:
                    seen.add(each.locus + each.rule)
                    yield each

    def _length(
        self, value: list[Any], described: SchemaView, path: tuple[str, ...], matchers: tuple[Matcher, ...]
    ) -> Iterator[Disagreement]:
        """How many elements there must be, beside how many are promised."""
        what = pointer_to(_generic(path)) or "the array"
        exact = any(matcher.kind == "equality" for matcher in matchers)
        least = max((int(each.told.get("min") or 0) for each in matchers), default=0)
        most = min(
            (int(each.told["max"]) for each in matchers if each.told.get("max") is not None), default=None
        )
        below = described.member(ELEMENT)
        of_objects = below is not None and below.types == frozenset({"object"})
        level, rule, reason = Level.WARNING, "tighter", ""
        if exact:
            if not value and any(
                re.search(r"\b(no|none|empty|nothing)\b", name.lower()) for name, _ in self.interaction.states
            ):
                return  # that is what such a state is for
            message = f"relies on {what} being {json.dumps(value, ensure_ascii=False)[:80]}, the document allows other values"
            if of_objects and value:
                message = f"relies on exactly {len(value)} element{'s' * (len(value) > 1)} of {what}, the document promises no number"
        elif least > int(described.rule("minItems") or 0):
            message = f"relies on at least {least} elements of {what}, the document promises no number"
            if least == 1:
                rule, message = (
                    "optional",
                    f"relies on an element of {what}, which the document calls optional",
                )
                if of_objects and self.interaction.states:
                    level, reason = (
                        Level.NOTE,
                        f"the provider state {self.interaction.states[0][0]!r} is there to bring it about",
                    )
        elif most is not None:
            message = f"relies on at most {most} elements of {what}, the document promises no number"
        else:
            return
        place = self.interaction.place(RESPONSE, "body", *map(escape, path))
        locus = f"response {pointer_to((*_generic(path), ELEMENT)) if rule == 'optional' else what}"
        yield self.said(
            level, rule, place, described.pointer, message, locus, _told(described), len(value), reason
        )

    def _undescribed(self, path: tuple[str, ...], value: Any, parent: SchemaView) -> Iterator[Disagreement]:
        generic = pointer_to(_generic(path))
        place = self.interaction.place(RESPONSE, "body", *map(escape, path))
        message = f"relies on the member {generic}, which is not described"
        level = Level.ERROR
        if parent.is_map or (not parent.names and not parent.is_closed):
            level, message = (
                Level.WARNING,
                f"relies on the member {generic}, whose name the document leaves open",
            )
        yield self.said(level, "member", place, parent.pointer, message, f"response {generic}", "", value)

    def _optional(
        self, path: tuple[str, ...], value: Any, described: SchemaView, parent: SchemaView
    ) -> Iterator[Disagreement]:
        if described.required:
            return
        generic = pointer_to(_generic(path))
        place = self.interaction.place(RESPONSE, "body", *map(escape, path))
        message = f"relies on the member {generic}, which the document calls optional"
        reason = described_as(self.document, *(pointer for pointer, _ in parent.parts))
        pointer = described.roots[0][0] if described.roots else parent.pointer
        yield self.said(
            Level.WARNING, "optional", place, pointer, message, f"response {generic}", "", value, reason
        )

    def _value(
        self, locus: str, what: str, place: str, value: Any, matchers: tuple[Matcher, ...], described: SchemaView,
        *, header: bool = False, generic: tuple[str, ...] = (),
    ) -> Iterator[Disagreement]:  # fmt: skip
        """What the matchers of one place accept, beside what its schema allows."""

        def said(level: Level, rule: str, message: str, expected: Any, actual: Any) -> Disagreement:
            return self.said(
                level,
                rule,
                place,
                described.pointer,
                message,
                locus,
                expected,
                actual,
                reason if level is Level.WARNING else "",
            )

        reason = described_as(self.document, *(pointer for pointer, _ in described.parts))
        allowed = described.types
        examples = readings(value) if header else [value]
        accepted = _accepted(
            matchers,
            next((each for each in examples if allowed is None or json_type(each) in allowed), value),
        )
        if allowed is not None and allowed <= _AS_TEXT and any(each.kind == "regex" for each in matchers):
            accepted = allowed  # a regex is about the text of whatever it is
        for matcher in matchers:
            if matcher.kind not in _KNOWN:
                yield said(
                    Level.ERROR,
                    "matcher",
                    f"relies on {what} by the rule {matcher.kind}, which nobody knows",
                    "",
                    matcher.kind,
                )
                return
        if allowed is not None and not allowed & accepted:
            kinds = _either(allowed)
            yield said(
                Level.ERROR,
                "type",
                f"relies on {what} as {_either(accepted)}, described is {kinds}",
                kinds,
                value,
            )
            return
        if not isinstance(value, Mapping | list):
            wrong = [found for example in examples if not (found := self._refused(described, example))]
            if not wrong:
                told = self._refused(described, examples[-1])
                if any(each.kind == "equality" for each in matchers):
                    yield said(
                        Level.ERROR, "example", f"relies on {what} being {value!r}: {told}", told, value
                    )
                else:
                    yield said(
                        Level.WARNING,
                        "example",
                        f"has an example of {what} that will never come, {value!r}: {told}",
                        told,
                        value,
                    )
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

    def _refused(self, described: SchemaView, value: Any) -> str:
        """Why no value like this fits; empty if it does."""
        told = ""
        uncertain: list[str] = []
        for pointer, certain in described.roots:
            found = compile_schema(self.document, pointer).violations(value)
            if found and certain:
                told = told or found[0].message
            elif not certain:
                uncertain.append(found[0].message if found else "")
        return told or (uncertain[0] if uncertain and all(uncertain) else "")

    def _narrower(
        self,
        what: str,
        value: Any,
        matchers: tuple[Matcher, ...],
        described: SchemaView,
        said: Any,
        generic: tuple[str, ...],
    ) -> Iterator[Disagreement]:
        values = described.values
        for matcher in matchers:
            if matcher.kind == "equality":
                if isinstance(value, Mapping | list):
                    continue  # any object passes for an empty one; of arrays the length is told
                if (values is None or len(values) > 1) and not self._is_sent(value, generic):
                    yield said(
                        Level.WARNING,
                        "tighter",
                        f"relies on {what} being {json.dumps(value, ensure_ascii=False)}, the document allows other values",
                        _told(described),
                        value,
                    )
            elif matcher.kind == "regex":
                yield from _regex(what, str(matcher.told.get("regex", "")), values, described, said)
            elif (
                matcher.kind == "notEmpty"
                and not described.rule("minLength")
                and not described.rule("minItems")
                and values is None
            ):
                yield said(
                    Level.WARNING,
                    "tighter",
                    f"relies on {what} not being empty, which the document does not promise",
                    "",
                    value,
                )
            elif matcher.kind in _FORMATS or matcher.kind in ("include", "semver"):
                wanted = _FORMATS.get(matcher.kind)
                if wanted is None or described.rule("format") != wanted:
                    yield said(
                        Level.WARNING,
                        "tighter",
                        f"relies on the form of {what} ({matcher.kind}), which the document does not promise",
                        _told(described),
                        value,
                    )
            elif matcher.kind in ("type", "min", "max", "minmax") and (
                values or described.rule("pattern") or described.rule("format")
            ):
                yield said(
                    Level.NOTE,
                    "looser",
                    f"accepts more of {what} than the document allows",
                    _told(described),
                    value,
                )

    def _is_sent(self, value: Any, generic: tuple[str, ...]) -> bool:
        """Whether request or state say what the answer must be: the same member, a patch of it, a part of the path, a parameter."""
        if len(generic) == 1 and self.parameters.get(generic[0]) == value:
            return True
        if any(_at(params, generic) == value for _, params in self.interaction.states if generic):
            return True
        body = self.interaction.body(REQUEST)
        if generic and _at(body, generic) == value:
            return True
        changes = body.get("patch") if isinstance(body, Mapping) else body
        return any(
            isinstance(change, Mapping)
            and change.get("path") == pointer_to(generic)
            and change.get("value") == value
            for change in (changes if isinstance(changes, list) else ())
        )


def _generic(path: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(ELEMENT if token.isdigit() else token for token in path)


def _at(node: Any, path: tuple[str, ...]) -> Any:
    for token in path:
        node = node.get(token, NO_BODY) if isinstance(node, Mapping) else NO_BODY
    return node


def _regex(
    what: str, regex: str, values: tuple[Any, ...] | None, described: SchemaView, said: Any
) -> Iterator[Disagreement]:
    try:
        pattern = re.compile(regex)
    except re.error:
        yield said(
            Level.NOTE,
            "tighter",
            f"relies on the form of {what} by a regex that cannot be read here",
            _told(described),
            regex,
        )
        return
    if values is not None:
        missed = [value for value in values if not pattern.fullmatch(str(value))]
        if len(missed) == len(values):
            yield said(
                Level.ERROR,
                "tighter",
                f"relies on {what} like {regex}, which no described value is",
                list(values),
                regex,
            )
        elif missed:
            yield said(
                Level.WARNING,
                "tighter",
                f"relies on {what} like {regex}, the document also allows {', '.join(map(str, missed))}",
                list(values),
                regex,
            )
    elif described.types == frozenset({"string"}) and not _is_anything(regex):
        told = described.rule("pattern")
        if told is None:
            yield said(
                Level.WARNING,
                "tighter",
                f"relies on {what} like {regex}, the document promises no form",
                _told(described),
                regex,
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
    for matcher in matchers:
        kinds = _ACCEPTS.get(matcher.kind)
        if kinds is None:
            kind = json_type(value)
            kinds = frozenset({"integer", "number"}) if kind in ("integer", "number") else frozenset({kind})
        found = kinds if found is None else found & kinds
    return found or frozenset({json_type(value)})


def _told(described: SchemaView) -> Any:
    words = ("const", "enum", "pattern", "format", "type")
    return {word: told for word in words if (told := described.rule(word)) is not None} or "nothing more"
