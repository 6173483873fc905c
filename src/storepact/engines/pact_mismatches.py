"""Mismatches of pact's verifier: which the documents allow, and the findings that the others are."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from storepact.checks.evidence import Observation
from storepact.checks.judgement import make_finding
from storepact.engines.pact_relay import RelayedExchange
from storepact.engines.reproduction import Reproduction
from storepact.model.api import Api
from storepact.model.errors import SetupFailed
from storepact.model.exchange import MASK, json_text
from storepact.model.finding import Finding
from storepact.model.flaw import FlawKind
from storepact.model.tree import Json
from storepact.model.values import lean_value
from storepact.model.whole_numbers import read_whole_number
from storepact.openapi.document import Document
from storepact.openapi.members import UNKNOWN, SchemaView, schema_view
from storepact.openapi.pointers import escape, pointer_to, unescape
from storepact.pacts import Interaction
from storepact.pacts.contract import NO_BODY, RESPONSE
from storepact.pacts.matchers import EXACT, Path
from storepact.pacts.rules import path_of, tokens_of
from storepact.transport.redaction import Secrets

#: One mismatch, as the verifier reports it.
Mismatch = Mapping[str, Json]

#: Refusals that the documents allow in each other's place are the same to the provider; a success is not.
_REFUSALS = frozenset(range(400, 500))

#: The flaw of a value that breaks a rule of a pact; of those that are not named, it is the type.
_FLAW_OF_RULE = {
    "equality": FlawKind.VALUE,
    "regex": FlawKind.PATTERN,
    "date": FlawKind.PATTERN,
    "time": FlawKind.PATTERN,
    "timestamp": FlawKind.PATTERN,
}

#: Characters of a value that are shown.
_LONGEST = 300


@lean_value(frozen=True)
class MismatchReader:
    """Reads the verifier's mismatches of one interaction."""

    interaction: Interaction
    document: Document
    secrets: Secrets
    relayed: RelayedExchange | None
    """The exchange; None if the verifier sent nothing."""
    api: Api

    def body_mismatches(self) -> list[Mapping[str, Json]]:
        """A mismatch of the body as a whole where its bytes are not JSON as they were sent."""
        response = self.relayed.exchange.response if self.relayed else None
        if response is None or response.flaw is None or self.interaction.body(RESPONSE) in (NO_BODY, None):
            return []
        message = f"the body cannot be read as it was sent ({response.flaw})"
        return [{"type": "BodyMismatch", "path": "$", "mismatch": message, "expected": "JSON in UTF-8"}]

    def divide(self, mismatches: Sequence[Mismatch], *, has_resource: bool) -> tuple[str, list[Mismatch]]:
        """The mismatches that the documents allow, in words, and those that break a promise.

        `has_resource` is whether a provider state gave the id of a resource.

        Raises:
            SetupFailed: the path names a resource, and no provider state says that it exists.

        """
        has_status = any(mismatch.get("type") == "StatusMismatch" for mismatch in mismatches)
        expected = self.interaction.status
        if has_status and self.relayed is not None:
            status = self.relayed.status
            if {status, expected} <= self.relayed.allowed & _REFUSALS:
                return f"the provider answers {status} where the consumer expects {expected}", []
            if status == 404 and expected < 400 and self.relayed.names_resource and not has_resource:
                raise SetupFailed(f"no provider state says that the {self.api.resource} in its path exists")
        optional, broken = self._divide_missing(mismatches)
        return f"the provider leaves out {', '.join(sorted(optional))}" if optional else "", broken

    def _divide_missing(self, mismatches: Sequence[Mismatch]) -> tuple[set[str], list[Mismatch]]:
        """Missing members that the document calls optional, and the other mismatches."""
        schema = schema_of_response(self.document, self.interaction)
        body = self.relayed.exchange.response.json if self.relayed else None
        optional: set[str] = set()
        broken = []
        for mismatch in mismatches:
            missing = self._missing_members(mismatch)
            places = [tuple(map(unescape, pointer.split("/")[1:])) for pointer in missing]
            if schema is not None and missing and is_optional(self.document, schema, body, places):
                optional.update(missing)
            else:
                broken.append(mismatch)
        return optional, broken

    def findings(self, mismatches: Sequence[Mismatch]) -> Iterator[Finding]:
        """A finding for each mismatch; where the status is another one, no other mismatch counts."""
        counted = [mismatch for mismatch in mismatches if mismatch.get("type") == "StatusMismatch"]
        interaction = self.interaction
        operation = self.document.match(interaction.method, interaction.path)
        again = self.relayed.reproduction if self.relayed else Reproduction()
        for mismatch in sorted(counted or mismatches, key=lambda value: json.dumps(value, sort_keys=True)):
            finding = make_finding(
                "SP401",
                self._observation(mismatch),
                source="pacts",
                api=self.api,
                operation=operation.id if operation else f"{interaction.method} {interaction.path}",
                pointer=operation.pointer if operation else "/paths",
                exchange=self.relayed.exchange if self.relayed else None,
            )
            yield finding.with_(
                line=self.document.line(operation.pointer) if operation else None,
                case_source=f"{interaction.file} interaction {interaction.index}",
                curl=again.curl,
                statuses=(interaction.status,),
                requests=again.requests,
                creates=again.creates,
                consumers=(interaction.consumer,),
                pact=(interaction.file, interaction.pointer(RESPONSE, *_pact_members(mismatch))),
            )

    def _observation(self, mismatch: Mismatch) -> Observation:
        """A mismatch as an observation; secrets in it are masked."""
        interaction = self.interaction
        kind = str(mismatch.get("type", "")).removesuffix("Mismatch").lower()
        place = str(mismatch.get("path") or mismatch.get("key") or "")
        message = str(mismatch.get("mismatch", "")).strip() or "it does not match"
        missing = self._missing_members(mismatch)
        flaw = self._flaw(kind, place, missing, mismatch)
        refusal = self._refusal() if kind == "status" else ""
        if refusal:
            message += f" ({refusal})"
        expected, actual = mismatch.get("expected"), mismatch.get("actual")
        if self.document.secret_members & set(path_of(place)):
            message, expected, actual = "a secret has another value than it must; both are masked", MASK, MASK
        touches = self._touches(kind, place, missing)
        member = touches.partition(" ")[2]
        locus_place = re.sub(r"[0-9]+", "*", place)
        return Observation(
            f"{interaction.consumer}/{interaction.description}/{kind} {locus_place}",
            self.secrets.mask_text(f"{interaction}: {' '.join((kind, place)).strip()}: {message}"),
            flaw,
            self._shorten(expected),
            self._shorten(actual),
            member=self.api.within_resource(member) if member.startswith("/") else member.lower(),
            value="" if missing else self._shorten(_canonical(actual)),
            refusal=refusal,
            expected_status=str(interaction.status),
            touches=touches,
        )

    def _missing_members(self, mismatch: Mismatch) -> set[str]:
        """JSON pointers of the members that an object of the response lacks; none for other mismatches."""
        expected, actual = (_value_of(mismatch.get(side)) for side in ("expected", "actual"))
        path = tokens_of(str(mismatch.get("path") or "$"))
        body = self.relayed.exchange.response.json if self.relayed else None
        if not isinstance(expected, list) or not isinstance(actual, list) or not _is_object(body, path):
            return set()  # names of members, as both sides of such a mismatch are, and no array
        place = pointer_to(path_of(str(mismatch.get("path") or "$")))
        return {f"{place}/{name}" for name in expected if isinstance(name, str) and name not in actual}

    def _flaw(self, kind: str, place: str, missing: set[str], mismatch: Mismatch) -> FlawKind:
        """The flaw that a mismatch reports: by the pact's rule for the place, which the value breaks."""
        if kind == "status":
            return FlawKind.STATUS
        if kind == "bodytype" or place.lower() == "content-type" or (kind == "body" and place == "/"):
            return FlawKind.MEDIA
        if missing:
            return FlawKind.MISSING
        expected, actual = _value_of(mismatch.get("expected")), _value_of(mismatch.get("actual"))
        is_other_type = type(expected) is not type(actual)
        if mismatch.get("actual") is None or (is_other_type and isinstance(expected, dict | list)):
            return FlawKind.TYPE
        rules = self.interaction.rules(RESPONSE)
        matchers = rules.headers.get(place.lower(), EXACT) if kind == "header" else rules.at(path_of(place))
        flaws = (_FLAW_OF_RULE[matcher.kind] for matcher in matchers if matcher.kind in _FLAW_OF_RULE)
        return next(flaws, FlawKind.TYPE)

    def _refusal(self) -> str:
        """The error message of the provider, where it refused the request."""
        if self.relayed is None or self.relayed.status < 400:
            return ""
        body = self.relayed.exchange.response.json
        message = body.get("message") if isinstance(body, dict) else None
        return message if isinstance(message, str) else ""

    def _touches(self, kind: str, place: str, missing: set[str]) -> str:
        """The part of the response that a mismatch is about, as a locus begins."""
        status = self.interaction.status
        if missing:
            return f"{status} {min(missing)}"
        if kind == "body":
            return f"{status} {pointer_to(path_of(place)) or '/'}"
        return f"{status} {place}" if kind == "header" and place else ""

    def _shorten(self, value: Json) -> str:
        text = self.secrets.mask_text(str(value))
        return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}…"


def schema_of_response(document: Document, interaction: Interaction) -> str | None:
    """The pointer of the schema that the document has for the response of an interaction."""
    operation = document.match(interaction.method, interaction.path)
    response = operation.response(interaction.status) if operation else None
    return next(iter(response.content.values()), None) if response else None


def is_optional(document: Document, schema: str, body: Json, members: Iterable[Path]) -> bool:
    """Whether the document lets a response with this body lack all these members."""
    return all(_is_optional(schema_view(document, schema).for_example(body), body, path) for path in members)


def _is_optional(view: SchemaView | None, node: Json, member: Path) -> bool:
    for name in member:
        if isinstance(node, list):
            node = node[0] if node else UNKNOWN
        else:
            node = node.get(name, UNKNOWN) if isinstance(node, dict) else UNKNOWN
        view = view.member(name, node) if view is not None else None
    return view is not None and not view.required


def _is_object(body: Json, path: Path) -> bool:
    """Whether the place of a body is an object; a place in an array that no index names is its first one."""
    for name in path:
        if isinstance(body, list):
            index = read_whole_number(name) or 0
            body = body[index] if index < len(body) else None
        else:
            body = body.get(name) if isinstance(body, dict) else None
    return isinstance(body, dict)


def _value_of(text: Json) -> Json:
    """The value of one side of a mismatch; itself where it is no JSON."""
    try:
        return json.loads(str(text))
    except ValueError:
        return text


def _canonical(actual: Json) -> str:
    """The value that the verifier got, as JSON with sorted keys."""
    return json_text(_value_of(actual))


def _pact_members(mismatch: Mismatch) -> tuple[str, ...]:
    """The part of the pact's response that a mismatch is about, as the tokens of a pointer."""
    kind = str(mismatch.get("type", "")).removesuffix("Mismatch").lower()
    if kind == "status":
        return ("status",)
    if kind == "header":
        return ("headers", escape(str(mismatch.get("key") or "")))
    return ("body", *(escape(str(token)) for token in path_of(str(mismatch.get("path") or "$"))))
