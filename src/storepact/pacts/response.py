"""Comparison of the response that an interaction relies on with the document: status, headers, body."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from storepact.openapi.document import Operation, ResponseSpec
from storepact.openapi.members import SchemaView
from storepact.openapi.pointers import escape
from storepact.pacts.contract import RESPONSE
from storepact.pacts.disagreement import TRANSPORT, Disagreement, Level, Mismatch, description_at
from storepact.pacts.matchers import EQUALITY
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
        candidates = [
            spec
            for spec in operation.responses.values()
            if spec.status.isdigit() and int(spec.status) in accepted
        ]
        exact = operation.response(self.interaction.status)
        return min(candidates, key=lambda spec: (spec.allowed, spec is not exact), default=None)

    def _headers(self, spec: ResponseSpec) -> Iterator[Disagreement]:
        described = {name.lower(): name for name in spec.headers}
        for name, value in self.interaction.headers(RESPONSE).items():
            lower_name = name.lower()
            if lower_name == "content-type":
                yield from self._content_type(spec, name, value)
            elif lower_name in described:
                yield from self._described_header(spec, described[lower_name], name, value)
            elif lower_name not in TRANSPORT:
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
        schema = SchemaView(self.document, ((f"{settled}/schema", True),), required)
        matchers = self.interaction.rules(RESPONSE).headers.get(name.lower()) or (EQUALITY,)
        has_required_value = self._has_required_value(value, ())
        relied = ReliedValue(f"the header {name}", value, matchers, schema, True, has_required_value)
        yield from self._value(relied, self._at(schema.pointer, name, "headers", name))
        if not required:
            message = f"relies on the header {name}, which the document calls optional"
            yield self.disagreement(
                self._at(pointer, name, "headers", name),
                Mismatch(Level.WARNING, "optional", message, "", value),
                description_at(self.document, settled),
            )

    def _content_type(self, spec: ResponseSpec, name: str, value: str) -> Iterator[Disagreement]:
        media, _, parameters = (part.strip().lower() for part in value.partition(";"))
        content = self.document.at(spec.pointer).get("content") or {}
        position = self._at(spec.pointer, "Content-Type", "headers", name)
        expected = ", ".join(content) or "no body"
        if media and media not in {key.partition(";")[0].strip().lower() for key in content}:
            message = f"relies on a response as {media}, which is not described"
            yield self.disagreement(position, Mismatch(Level.ERROR, "header", message, expected, value))
        elif parameters and not self.interaction.rules(RESPONSE).headers.get("content-type"):
            message = f"relies on the media type being {value}, the document promises no parameters of it"
            yield self.disagreement(position, Mismatch(Level.WARNING, "tighter", message, expected, value))
