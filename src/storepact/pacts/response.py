"""Comparison of the response that an interaction relies on with the document: status, headers, body."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache
from itertools import islice

from storepact.model.tree import Json
from storepact.model.whole_numbers import read_whole_number
from storepact.openapi.directed import directed_schema
from storepact.openapi.directions import Direction
from storepact.openapi.document import Document
from storepact.openapi.media import choose_media, parse_media
from storepact.openapi.members import SchemaView
from storepact.openapi.operation import Operation, ResponseSpec
from storepact.openapi.pointers import escape
from storepact.openapi.serialization import Serialization
from storepact.pacts.bodies import described_media
from storepact.pacts.contract import RESPONSE
from storepact.pacts.disagreement import OF_RESPONSES, Disagreement, Level, Mismatch, description_at
from storepact.pacts.failures import refusals
from storepact.pacts.matchers import EQUALITY, Matcher, Rules
from storepact.pacts.response_body import BodyComparison
from storepact.pacts.values import ReliedValue

#: Classes of statuses, as specification 4 names them.
_STATUS_CLASSES: Mapping[str, range] = {
    "info": range(100, 200),
    "success": range(200, 300),
    "redirect": range(300, 400),
    "clientError": range(400, 500),
    "serverError": range(500, 600),
    "nonError": range(100, 400),
    "error": range(400, 600),
}


def _has_status(described: str, accepted: Collection[int]) -> bool:
    """Whether a described status, a class such as `4XX`, or `default` holds an accepted status."""
    status = read_whole_number(described)
    if status is not None:
        return status in accepted
    if described == "default":
        return bool(accepted)
    return any(str(status)[:1] == described[:1] for status in accepted)


class ResponseComparison(BodyComparison):
    """The response of one interaction compared with the document."""

    def disagreements(self, operation: Operation) -> Iterator[Disagreement]:
        """What is relied on and not promised: the status first, then headers, then the body from its root."""
        status = self.interaction.status
        spec = self._described_status(operation)
        if spec is None:
            mismatch = Mismatch(
                Level.ERROR,
                "status",
                f"relies on {status}, which is not described",
                ", ".join(operation.responses),
                str(status),
            )
            yield self.disagreement(
                self._at(f"{operation.pointer}/responses", str(status), "status"), mismatch
            )
            return
        if spec.allowed or spec.status == "default":
            how = "only allows, and does not promise" if spec.allowed else "describes by `default` only"
            message = f"relies on {status}, which the document {how}"
            yield self.disagreement(
                self._at(spec.pointer, str(status), "status"),
                Mismatch(Level.WARNING, "status", message, "", str(status)),
                description_at(self.document, spec.pointer),
            )
        yield from self._headers(spec)
        yield from self.compare_body(spec)

    def _described_status(self, operation: Operation) -> ResponseSpec | None:
        """The response described for the status; of several, preferably a promised one."""
        rule = next(
            (
                matcher.raw.get("status")
                for matcher in self.interaction.rules(RESPONSE).status
                if matcher.kind == "statusCode"
            ),
            None,
        )
        if rule is None:
            return operation.response(self.interaction.status)
        accepted = _STATUS_CLASSES.get(rule, range(0)) if isinstance(rule, str) else tuple(rule)
        exact = operation.response(self.interaction.status)
        candidates = [spec for spec in operation.responses.values() if _has_status(spec.status, accepted)]
        return min(
            candidates,
            key=lambda spec: (spec.allowed or spec.status == "default", spec is not exact),
            default=None,
        )

    def _headers(self, spec: ResponseSpec) -> Iterator[Disagreement]:
        relied = self.interaction.headers(RESPONSE)
        described = {name.lower(): name for name in spec.headers} if relied else {}
        for name, value in relied.items():
            lower_name = name.lower()
            if lower_name == "content-type":
                yield from self._content_type(spec, name, value)
            elif lower_name in described:
                yield from self._described_header(spec, described[lower_name], name, value)
            elif lower_name not in OF_RESPONSES:
                message = f"relies on the header {name}, which is not described"
                yield self.disagreement(
                    self._at(spec.pointer, name, "headers", name),
                    Mismatch(Level.ERROR, "header", message, "", value),
                )

    def _described_header(
        self, spec: ResponseSpec, described: str, name: str, value: str
    ) -> Iterator[Disagreement]:
        pointer = f"{spec.pointer}/headers/{escape(described)}"
        settled = self.document.settle(pointer)
        required = bool(spec.headers[described].get("required"))
        matchers = self.interaction.rules(RESPONSE).headers.get(name.lower()) or (EQUALITY,)
        has_required_value = self._has_required_value(value, ())
        written = Serialization(self.document, settled, described, "header")
        if written.schema is None or not written.is_comparable:
            schema = SchemaView(self.document, ((settled, True),), required)
            position = self._at(settled, name, "headers", name)
            yield self.omission_note(position, f"the document has no schema of JSON for the header {name}")
        else:
            schema = SchemaView(self.document, ((written.schema, True),), required)
            position = self._at(schema.pointer, name, "headers", name)
            example = written.value([value])
            refused = self._refused_header(name, written.schema, matchers, example)
            yield from (self.disagreement(position, mismatch) for mismatch in refused)
            relied = ReliedValue(f"the header {name}", value, matchers, schema, True, has_required_value)
            if not refused and not isinstance(example, Mapping | list):
                yield from self._value(relied, position)
        if not required:
            message = f"relies on the header {name}, which the document calls optional"
            yield self.disagreement(
                self._at(pointer, name, "headers", name),
                Mismatch(Level.WARNING, "optional", message, "", value),
                description_at(self.document, settled),
            )

    def _refused_header(
        self, name: str, schema: str, matchers: tuple[Matcher, ...], example: Json
    ) -> list[Mismatch]:
        """How the example of a header does not fit its schema."""
        failures = directed_schema(self.document, schema, Direction.RESPONSE).failures(example)
        rules = Rules(body=(((), matchers),))
        return [
            refusal.mismatch(f"the header {name}")
            for refusal in islice(refusals(failures, rules, example), 1)
        ]

    def _content_type(self, spec: ResponseSpec, name: str, value: str) -> Iterator[Disagreement]:
        has_rule = bool(self.interaction.rules(RESPONSE).headers.get(name.lower()))
        mismatch = _media_mismatch(self.document, spec.pointer, value, has_rule)
        if mismatch is not None:
            yield self.disagreement(self._at(spec.pointer, "Content-Type", "headers", name), mismatch)


@lru_cache(maxsize=4_096)
def _media_mismatch(document: Document, response: str, value: str, has_rule: bool) -> Mismatch | None:
    """How a Content-Type that is relied on differs from the described media types of a response."""
    content = described_media(document, response)
    expected, stated = ", ".join(content) or "no body", parse_media(value)
    chosen = choose_media(content, value)
    level, rule, message = Level.ERROR, "header", ""
    if not stated.subtype:
        return None
    if not content:
        level = Level.WARNING
        message = f"relies on a response as {stated.plain} where no body is described"
    elif chosen is None:
        message = f"relies on a response as {stated.plain}, which is not described"
    elif difference := stated.contradicts(parse_media(chosen)):
        parameter, relied, described = difference
        message = f"relies on the {parameter} {relied}, described is {described}"
    elif set(stated.parameters) - set(parse_media(chosen).parameters) and not has_rule:
        level, rule = Level.WARNING, "tighter"
        message = f"relies on the media type being {value}, the document promises no such parameters of it"
    return Mismatch(level, rule, message, expected, value) if message else None
