"""Comparison of the request that an interaction sends with the document, the body by its base class."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from functools import cached_property
from urllib.parse import unquote

from storepact.model.tree import Json
from storepact.openapi.media import accepts
from storepact.openapi.operation import Operation, Parameter
from storepact.openapi.pointers import escape
from storepact.openapi.security import Credential, security_alternatives
from storepact.openapi.serialization import Serialization, serialization_of
from storepact.pacts.bodies import described_media
from storepact.pacts.contract import REQUEST
from storepact.pacts.disagreement import TRANSPORT, Disagreement, Level, Mismatch
from storepact.pacts.request_body import RequestBodyComparison


class RequestComparison(RequestBodyComparison):
    """The request of one interaction compared with the document.

    If the interaction relies on an error, its request may be invalid on purpose: only undescribed parts are
    reported.
    """

    def disagreements(self, operation: Operation) -> Iterator[Disagreement]:
        """What is sent and refused by the document, or not described, or required and not sent."""
        if self.succeeds:
            yield from self._path(operation)
            yield from self._credentials(operation)
        yield from self._query(operation)
        yield from self._headers(operation)
        if self.succeeds:
            yield from self._cookie_parameters(operation)
            yield from self._accept(operation)
            yield from self.compare_body(operation)

    def _path(self, operation: Operation) -> Iterator[Disagreement]:
        if self.route is not None and self.route.lacks_base:
            message = "the path leaves out the path of the servers"
            yield self.disagreement(
                self._at("/servers", "path", "path"),
                Mismatch(Level.NOTE, "path", message, "", self.interaction.path),
            )
        for name, text in self.path_values:
            parameter = next((item for item in operation.parameters_in("path") if item.name == name), None)
            if parameter is not None:
                value = unquote(text)
                yield from self._compare(parameter, [value], f"the path's {name} is {value!r}", name, "path")

    def _query(self, operation: Operation) -> Iterator[Disagreement]:
        parameters = operation.parameters_in("query")
        if not parameters and not self.interaction.query:
            return
        described: set[str] = {
            item.name for item in self._all_credentials(operation) if item.place == "query"
        }
        is_open = False
        for parameter in parameters:
            written = serialization_of(self.document, parameter)
            names = self._names_of(written, {item.name for item in parameters})
            described |= {*names, parameter.name}
            is_open = is_open or (written.is_spread and written.view.is_map)
            if self.succeeds:
                yield from self._query_parameter(parameter, written, names)
        for name, value in {
            name: value for name, value in self.interaction.query if name not in described
        }.items():
            if not is_open:
                message = f"sends the query parameter {name}, which is not described"
                yield self.disagreement(
                    self._at(operation.pointer, f"?{name}", "query", escape(name)),
                    Mismatch(Level.WARNING, "query", message, "", value),
                )

    def _names_of(self, written: Serialization, names: Collection[str]) -> list[str]:
        """The names in the query that a parameter has, in order."""
        members = set(written.view.names) if written.is_spread else set()
        takes_any = written.is_spread and (written.view.is_map or not members)

        def is_own(sent: str) -> bool:
            if written.is_spread:
                return sent in members or (takes_any and sent not in names)
            rest = sent.removeprefix(written.name) if sent.startswith(written.name) else None
            if rest is None or written.style == "deepObject":
                return rest is not None and rest.startswith("[")
            return re.fullmatch(r"(\[\d*\])?", rest) is not None

        return list(dict.fromkeys(sent for sent, _ in self.interaction.query if is_own(sent)))

    def _query_parameter(
        self, parameter: Parameter, written: Serialization, names: list[str]
    ) -> Iterator[Disagreement]:
        pairs = [(name, value) for name, value in self.interaction.query if name in names]
        if not pairs:
            if parameter.required:
                message = f"the required query parameter {parameter.name} is not sent"
                yield self.disagreement(
                    self._at(parameter.pointer, f"?{parameter.name}"), _absent(message, parameter.name)
                )
            return
        texts = [value for _, value in pairs]
        sent = ", ".join(texts) if len(texts) > 1 or not written.is_spread else "&".join(map("=".join, pairs))
        message = f"the query parameter {parameter.name} is {sent!r}"
        locus, part = f"?{parameter.name}", names[0]
        if written.is_spread or written.style == "deepObject":
            value = written.spread_value(pairs) if written.is_spread else written.deep_value(pairs)
            yield from self._compare_value(
                parameter, written, value, sent, message, (locus, "query", escape(part))
            )
        elif not (written.allows_empty and texts == [""]):
            yield from self._compare(parameter, texts, message, locus, "query", escape(part))

    def _compare(
        self, parameter: Parameter, texts: list[str], message: str, locus: str, *parts: str
    ) -> Iterator[Disagreement]:
        """Compare the texts of a parameter with its schema."""
        written = serialization_of(self.document, parameter)
        if written.is_comparable:
            value = written.value(texts)
            yield from self._compare_value(
                parameter, written, value, ", ".join(texts), message, (locus, *parts)
            )
        elif written.media:
            reason = f"{parameter.name} is described as {written.media}"
            yield self.omission_note(self._at(parameter.pointer, locus, *parts), reason)

    def _compare_value(
        self,
        parameter: Parameter,
        written: Serialization,
        value: Json,
        sent: str,
        message: str,
        place: tuple[str, ...],
    ) -> Iterator[Disagreement]:
        if written.schema is not None and not written.request_schema.fits(value):
            why = next((failure.message for failure in written.request_schema.failures(value)), "")
            expected = dict(parameter.schema) or self.document.resolve(self.document.at(written.schema))
            yield self.disagreement(
                self._at(parameter.pointer, place[0], *place[1:]),
                Mismatch(Level.ERROR, "request", f"{message}: {why}" if why else message, expected, sent),
            )

    @cached_property
    def _sent_headers(self) -> dict[str, tuple[str, str]]:
        """By lower-case name: the header's name as it is sent, and its value."""
        return {name.lower(): (name, value) for name, value in self.interaction.headers(REQUEST).items()}

    def _headers(self, operation: Operation) -> Iterator[Disagreement]:
        if not self._sent_headers and not operation.parameters_in("header"):
            return
        parameters = {parameter.name.lower(): parameter for parameter in operation.parameters_in("header")}
        keys = {item.name.lower() for item in self._all_credentials(operation) if item.place == "header"}
        if self.succeeds:
            yield from self._described_headers(parameters)
        described = TRANSPORT | parameters.keys() | keys | {"authorization"}
        for lower_name, (name, value) in self._sent_headers.items():
            if lower_name not in described:
                message = f"sends the header {name}, which is not described"
                yield self.disagreement(
                    self._at(operation.pointer, name, "headers", name),
                    Mismatch(Level.WARNING, "header", message, "", value),
                )

    def _described_headers(self, parameters: Mapping[str, Parameter]) -> Iterator[Disagreement]:
        for lower_name, parameter in parameters.items():
            name = parameter.name
            if lower_name not in self._sent_headers:
                if parameter.required:
                    message = f"the required header {name} is not sent"
                    yield self.disagreement(
                        self._at(parameter.pointer, name, "headers"), _absent(message, name)
                    )
                continue
            written, value = self._sent_headers[lower_name]
            yield from self._compare(
                parameter, [value], f"the header {name} is {value!r}", name, "headers", written
            )

    @cached_property
    def _cookies(self) -> dict[str, str]:
        """The cookies that are sent, by name."""
        _, text = self._sent_headers.get("cookie", ("", ""))
        pairs = [re.split("[=:]", piece.strip(), maxsplit=1) for piece in text.split(";") if piece.strip()]
        return {pair[0].strip(): pair[1].strip() if len(pair) > 1 else "" for pair in pairs}

    def _cookie_parameters(self, operation: Operation) -> Iterator[Disagreement]:
        for parameter in operation.parameters_in("cookie"):
            name = parameter.name
            if name in self._cookies:
                value = unquote(self._cookies[name])
                message = f"the cookie {name} is {value!r}"
                yield from self._compare(parameter, [value], message, f"cookie {name}", "headers", "Cookie")
            elif parameter.required:
                message = f"the required cookie {name} is not sent"
                yield self.disagreement(
                    self._at(parameter.pointer, f"cookie {name}", "headers"), _absent(message, name)
                )

    def _all_credentials(self, operation: Operation) -> list[Credential]:
        return [
            credential
            for alternative in security_alternatives(self.document, operation.pointer)
            for credential in alternative
        ]

    def _credentials(self, operation: Operation) -> Iterator[Disagreement]:
        """No alternative has all its credentials sent: what the closest of them lacks."""
        alternatives = security_alternatives(self.document, operation.pointer)
        missing = [
            [item for item in alternative if not self._has_value(item)] for alternative in alternatives
        ]
        if not missing or not all(missing):
            return
        alternatives_note = " (nor those of any alternative)" if len(missing) > 1 else ""
        for credential in min(missing, key=len):
            name = credential.name
            message = (
                f"the {credential.place} {name} is not sent, and the document requires it{alternatives_note}"
            )
            if credential.scheme and name.lower() in self._sent_headers:
                message = (
                    f"the header {name} does not begin with {credential.scheme.title()}, which is required"
                )
            locus = {"query": f"?{name}", "cookie": f"cookie {name}"}.get(credential.place, name)
            part = "query" if credential.place == "query" else "headers"
            yield self.disagreement(self._at(credential.pointer, locus, part), _absent(message, name))

    def _has_value(self, credential: Credential) -> bool:
        if credential.place == "query":
            return any(name == credential.name for name, _ in self.interaction.query)
        if credential.place == "cookie":
            return credential.name in self._cookies
        _, value = self._sent_headers.get(credential.name.lower(), ("", None))
        if value is None:
            return False
        return not credential.scheme or value.lower().startswith(credential.scheme)

    def _accept(self, operation: Operation) -> Iterator[Disagreement]:
        """The response is accepted in media types only that it does not have."""
        name, value = self._sent_headers.get("accept", ("Accept", ""))
        if not value:
            return
        spec = operation.response(self.interaction.status)
        described = described_media(self.document, spec.pointer) if spec else {}
        if described and spec is not None and not accepts(value, described):
            message = f"accepts {value} only, and the response is {' or '.join(described)}"
            yield self.disagreement(
                self._at(spec.pointer, "Accept", "headers", name),
                Mismatch(Level.ERROR, "request", message, ", ".join(described), value),
            )


def _absent(message: str, name: str) -> Mismatch:
    return Mismatch(Level.ERROR, "request", message, name, "absent")
