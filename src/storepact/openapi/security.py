"""Security requirements of operations: the alternatives, and what each of them has a request carry."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from storepact.model.errors import DocumentUnusable
from storepact.model.tree import Json
from storepact.model.values import lean_value
from storepact.openapi.document import Document
from storepact.openapi.pointers import escape

_SCHEMES = "/components/securitySchemes"


@lean_value(frozen=True)
class Credential:
    """What a request carries for a security scheme."""

    place: str
    """header, query or cookie."""
    name: str
    pointer: str
    """The security scheme."""
    scheme: str = ""
    """The scheme that an Authorization header begins with, in lower case; empty for any."""


Alternatives = tuple[tuple[Credential, ...], ...]
"""Of each alternative the credentials that it takes, all of them; none if it takes none."""


@lru_cache(maxsize=8_192)
def security_alternatives(document: Document, operation: str) -> Alternatives:
    """The alternatives of the operation at a pointer, or else the document's; none if nothing is required.

    Raises:
        DocumentUnusable: a requirement or a scheme is not as OpenAPI has it; names the line.

    """
    node = document.at(operation)
    holder = operation if "security" in node else ""
    requirements = (node if holder else document.data).get("security")
    if requirements is None:
        return ()
    where = f"{holder}/security"
    if not isinstance(requirements, list):
        raise _unusable(document, where, "`security` is not a list of requirements")
    alternatives = []
    for index, requirement in enumerate(requirements):
        if not isinstance(requirement, Mapping):
            raise _unusable(document, f"{where}/{index}", "a security requirement is not an object")
        alternatives.append(
            tuple(
                credential
                for name in requirement
                for credential in _credentials(document, str(name), f"{where}/{index}/{escape(name)}")
            )
        )
    return tuple(alternatives)


def _credentials(document: Document, name: str, requirement: str) -> tuple[Credential, ...]:
    pointer = f"{_SCHEMES}/{escape(name)}"
    try:
        pointer = document.settle(pointer)
        scheme = document.at(pointer)
    except (KeyError, TypeError, IndexError):
        raise _unusable(document, requirement, f"there is no security scheme {name!r}") from None
    if not isinstance(scheme, Mapping):
        raise _unusable(document, pointer, f"the security scheme {name!r} is not an object")
    return _credentials_of(document, scheme, name, pointer)


def _credentials_of(
    document: Document, scheme: Mapping[str, Json], name: str, pointer: str
) -> tuple[Credential, ...]:
    match scheme.get("type"):
        case "apiKey":
            place, key = scheme.get("in"), scheme.get("name")
            if place not in ("header", "query", "cookie") or not isinstance(key, str):
                problem = f"the security scheme {name!r} needs `name`, and `in`: header, query or cookie"
                raise _unusable(document, pointer, problem)
            return (Credential(place, key, pointer),)
        case "http":
            if not isinstance(scheme.get("scheme"), str):
                raise _unusable(document, pointer, f"the security scheme {name!r} needs `scheme`")
            return (Credential("header", "Authorization", pointer, scheme["scheme"].lower()),)
        case "oauth2" | "openIdConnect":
            return (Credential("header", "Authorization", pointer, "bearer"),)
        case "mutualTLS":
            return ()
    raise _unusable(document, pointer, f"the security scheme {name!r} is of an unknown type")


def _unusable(document: Document, pointer: str, problem: str) -> DocumentUnusable:
    return DocumentUnusable(document.path, problem, line=document.line(pointer))
