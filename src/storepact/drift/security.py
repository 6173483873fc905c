"""Comparison of the credentials that operations accept: alternatives, each a set of what must be sent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product

from storepact.drift.constructs import Omission
from storepact.drift.differences import Change, Place, change
from storepact.drift.endpoints import Endpoint
from storepact.drift.equality import to_json
from storepact.drift.pair import OperationPair, compare_texts
from storepact.model.tree import Json
from storepact.model.values import lean_value
from storepact.openapi.document import Document
from storepact.openapi.pointers import escape


@lean_value(frozen=True)
class _Credential:
    """Something that is sent: a key, a password, a token of one OAuth flow with these scopes."""

    kind: str
    scopes: frozenset[str]

    def __str__(self) -> str:
        return f"{self.kind} ({', '.join(sorted(self.scopes))})" if self.scopes else self.kind


Alternative = frozenset[_Credential]


def compare_credentials(pair: OperationPair) -> Iterator[Change | Omission]:
    """Every difference of the credentials, and of the schemes that the operation uses."""
    before, after = _alternatives(pair.before), _alternatives(pair.after)
    place, pointers = pair.place("operation"), (pair.before.pointer, pair.after.pointer)
    if before != after:
        yield change(_rule(before, after), place, _text(before), _text(after), *pointers)
    elif (roles := _roles(pair.before)) != _roles(pair.after):
        yield change("security-text-changed", place, roles, _roles(pair.after), *pointers)
    yield from _compare_schemes(pair)


def _rule(before: frozenset[Alternative], after: frozenset[Alternative]) -> str:
    satisfied = [any(_is_enough(sent, needed) for needed in after) for sent in before]
    nothing: Alternative = frozenset()
    if nothing in after and nothing not in before:
        return "security-removed"
    if nothing in before and nothing not in after:
        return "security-added"
    if all(satisfied):
        return "security-alternative-added" if before < after else "security-loosened"
    if any(satisfied):
        return "security-alternative-removed"
    return "security-scope-added" if _kinds(before) == _kinds(after) else "security-changed"


def _is_enough(sent: Alternative, needed: Alternative) -> bool:
    """Whether who sends these credentials sends all that are needed."""
    return all(
        any(credential.kind == need.kind and credential.scopes >= need.scopes for credential in sent)
        for need in needed
    )


def _kinds(alternatives: frozenset[Alternative]) -> set[frozenset[str]]:
    return {frozenset(credential.kind for credential in alternative) for alternative in alternatives}


def _text(alternatives: frozenset[Alternative]) -> str:
    return " or ".join(
        sorted(" and ".join(sorted(map(str, alternative))) or "nothing" for alternative in alternatives)
    )


def _requirements(endpoint: Endpoint) -> list[Mapping[str, Json]]:
    requirements = endpoint.node.get("security", endpoint.document.data.get("security"))
    return requirements if isinstance(requirements, list) and requirements else [{}]


def _roles(endpoint: Endpoint) -> str:
    """What is listed for schemes that have no scopes, which is never sent."""
    return ", ".join(
        f"{name}: {' '.join(map(str, scopes))}"
        for requirement in _requirements(endpoint)
        for name, scopes in requirement.items()
        if scopes and _scheme(endpoint.document, name).get("type") not in ("oauth2", "openIdConnect")
    )


def _alternatives(endpoint: Endpoint) -> frozenset[Alternative]:
    return frozenset(
        frozenset(choice)
        for requirement in _requirements(endpoint)
        for choice in product(
            *(_credentials(endpoint.document, name, scopes) for name, scopes in requirement.items())
        )
    )


def _schemes(document: Document) -> Mapping[str, Json]:
    return (document.data.get("components") or {}).get("securitySchemes") or {}


def _scheme(document: Document, name: str) -> Mapping[str, Json]:
    scheme = document.resolve(_schemes(document).get(name))
    return scheme if isinstance(scheme, Mapping) else {}


def _credentials(document: Document, name: str, scopes: Json) -> list[_Credential]:
    """The ways to satisfy a scheme: one, or one per OAuth flow. Its name in the document does not matter."""
    scheme = _scheme(document, name)
    has_scopes = scheme.get("type") in ("oauth2", "openIdConnect") and isinstance(scopes, list)
    needed = frozenset(map(str, scopes if has_scopes else ()))
    flows = scheme.get("flows")
    if scheme.get("type") == "oauth2" and isinstance(flows, Mapping) and flows:
        return [
            _Credential(f"oauth2 {flow} {_urls(node)}".strip(), needed)
            for flow, node in flows.items()
            if isinstance(node, Mapping) and not str(flow).startswith("x-")
        ] or [_Credential("oauth2", needed)]
    words = [str(scheme[word]).lower() for word in ("type", "scheme", "in") if scheme.get(word)]
    if scheme.get("name"):
        name_ = str(scheme["name"])
        words.append(name_.lower() if scheme.get("in") == "header" else name_)
    if scheme.get("openIdConnectUrl"):
        words.append(str(scheme["openIdConnectUrl"]))
    return [_Credential(" ".join(words) or f"something undescribed ({name})", needed)]


def _urls(flow: Mapping[str, Json]) -> str:
    words = ("authorizationUrl", "tokenUrl", "deviceAuthorizationUrl")
    return " ".join(str(flow[word]) for word in words if flow.get(word))


# how the schemes are described


def _compare_schemes(pair: OperationPair) -> Iterator[Change | Omission]:
    """The schemes that both documents use under one name."""
    used = [{name for item in _requirements(end) for name in item} for end in (pair.before, pair.after)]
    for name in sorted(used[0] & used[1]):
        before, after = _scheme(pair.ours, name), _scheme(pair.theirs, name)
        pointer = f"/components/securitySchemes/{escape(name)}"
        place = Place("", "operation", member=name)
        for item in compare_texts("scheme", place, (before, after), (pointer, pointer)):
            if isinstance(item, Omission):
                yield item
            else:
                yield change("security-text-changed", place, item.ours, item.theirs, pointer, pointer)
        yield from _compare_offers(place, before, after, pointer)


def _compare_offers(
    place: Place, before: Mapping[str, Json], after: Mapping[str, Json], pointer: str
) -> Iterator[Change]:
    """Other scopes, refresh URLs and descriptions of flows; their other URLs are part of credentials."""
    offers = [_offers(scheme) for scheme in (before, after)]
    if offers[0] != offers[1]:
        yield change(
            "security-scheme-changed", place, to_json(offers[0]), to_json(offers[1]), pointer, pointer
        )
    elif to_json(before.get("flows")) != to_json(after.get("flows")):
        texts = (to_json(before.get("flows")), to_json(after.get("flows")))
        yield change("security-text-changed", place, *texts, pointer, pointer)
    if before.get("oauth2MetadataUrl") != after.get("oauth2MetadataUrl"):
        urls = (before.get("oauth2MetadataUrl", ""), after.get("oauth2MetadataUrl", ""))
        yield change("security-scheme-changed", place, *urls, pointer, pointer)


def _offers(scheme: Mapping[str, Json]) -> dict[str, list[str]]:
    flows = scheme.get("flows")
    return {
        str(name): [str(flow.get("refreshUrl", "")), *sorted(flow.get("scopes") or ())]
        for name, flow in (flows.items() if isinstance(flows, Mapping) else ())
        if isinstance(flow, Mapping)
    }
