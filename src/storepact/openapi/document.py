"""The document: an OpenAPI document whose operations, references and lines can be asked for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import takewhile
from pathlib import Path
from typing import Any

from storepact.model.errors import DocumentUnusable
from storepact.openapi.pointers import escape, unescape
from storepact.openapi.references import check_references, reference_target
from storepact.openapi.yaml import line_map, load_yaml

#: References that may follow each other.
_LONGEST_CHAIN = 50

#: Headers that a document cannot declare as parameters: OpenAPI says that such parameters are ignored.
_NO_PARAMETERS = frozenset({"accept", "content-type", "authorization"})

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


@dataclass(frozen=True)
class Parameter:
    """A declared parameter: `place` is path, query, header or cookie."""

    name: str
    place: str
    required: bool
    schema: Mapping[str, Any]
    pointer: str


@dataclass(frozen=True)
class ResponseSpec:
    """What is described for one status of an operation."""

    status: str
    pointer: str
    content: Mapping[str, str]
    """Pointer of the schema, by media type."""
    headers: Mapping[str, Mapping[str, Any]]
    """Header objects, by name."""
    allowed: bool = False
    """A provider may answer so, but need not: marked `x-storepact-allowed`, no row to be reached."""


@dataclass(frozen=True)
class Operation:
    """One verb on one path template."""

    id: str
    method: str
    path: str
    pointer: str
    parameters: tuple[Parameter, ...]
    body_pointer: str | None
    """Pointer of the JSON body's schema, if the operation takes a body."""
    body_required: bool
    responses: Mapping[str, ResponseSpec]
    body_types: tuple[str, ...] = ()
    """Media types of the body."""

    def response(self, status: int) -> ResponseSpec | None:
        """What is described for a status: itself, its class (4XX), or the default."""
        for key in (str(status), f"{status // 100}XX", "default"):
            if key in self.responses:
                return self.responses[key]
        return None

    @cached_property
    def success(self) -> frozenset[int]:
        """The 2xx statuses that are described."""
        return frozenset(int(key) for key in self.responses if re.fullmatch(r"2\d\d", key))

    @cached_property
    def path_pattern(self) -> re.Pattern[str]:
        """Matches concrete paths of this template, parameters as named groups."""
        parts = re.split(r"\{(\w+)\}", self.path)
        pattern = "".join(
            f"(?P<{part}>[^/]+)" if index % 2 else re.escape(part) for index, part in enumerate(parts)
        )
        return re.compile(f"^{pattern}$")

    def parameters_in(self, place: str) -> tuple[Parameter, ...]:
        """The parameters of one place."""
        return tuple(parameter for parameter in self.parameters if parameter.place == place)


class Document:
    """An OpenAPI 3.0 or 3.1 document. Nothing is changed after loading."""

    def __init__(self, data: Mapping[str, Any], path: Path) -> None:
        self.data = data
        self.path = path
        self._settled: dict[str, str] = {}

    @cached_property
    def lines(self) -> dict[str, tuple[int, int]]:
        """Line and column by JSON pointer."""
        return line_map(self.path)

    def line(self, pointer: str) -> int | None:
        """The line of a pointer, or of its nearest parent that is in the file."""
        while pointer and pointer not in self.lines:
            pointer = pointer.rpartition("/")[0]
        place = self.lines.get(pointer)
        return place[0] if place else None

    def excerpt(self, pointer: str, most: int = 8) -> tuple[int, int, tuple[str, ...]] | None:
        """Line, column (from 1) and the lines of a pointer, or of its nearest parent that is in the file; None if there is none."""
        while pointer and pointer not in self.lines:
            pointer = pointer.rpartition("/")[0]
        if pointer not in self.lines:
            return None
        line, column = self.lines[pointer]
        first, *others = self._text[line - 1 : line - 1 + most]
        indent = len(first) - len(first.lstrip())
        below = takewhile(lambda each: not each.strip() or len(each) - len(each.lstrip()) > indent, others)
        return line, column, (first, *below)

    @cached_property
    def _text(self) -> tuple[str, ...]:
        return tuple(self.path.read_text(encoding="utf-8", errors="replace").split("\n"))

    @property
    def dialect(self) -> str:
        """The OpenAPI version, such as 3.1.0."""
        return str(self.data["openapi"])

    def at(self, pointer: str) -> Any:
        """The node at a JSON pointer, references on the way followed."""
        node: Any = self.data
        for token in pointer.split("/")[1:]:
            node = self.resolve(node)
            key = unescape(token)
            node = node[int(key)] if isinstance(node, list) else node[key]
        return node

    def resolve(self, node: Any) -> Any:
        """Follow `$ref` until something else stands there."""
        seen = 0
        while isinstance(node, Mapping) and isinstance(node.get("$ref"), str):
            seen += 1
            if seen > _LONGEST_CHAIN:
                raise DocumentUnusable(self.path, f"the reference {node['$ref']!r} goes round in circles")
            node = self.at(reference_target(node["$ref"]))
        return node

    def settle(self, pointer: str, overrides: Mapping[str, str] | None = None) -> str:
        """The pointer of what stands behind the references at `pointer`; `overrides` puts one named schema for another."""
        if not overrides:
            if pointer not in self._settled:
                self._settled[pointer] = self._followed(pointer, {})
            return self._settled[pointer]
        return self._followed(pointer, overrides)

    def _followed(self, pointer: str, overrides: Mapping[str, str]) -> str:
        for _ in range(_LONGEST_CHAIN):
            for name, other in overrides.items():
                if pointer == f"/components/schemas/{name}":
                    pointer = f"/components/schemas/{other}"
                    break
            node = self.at(pointer)
            if not (isinstance(node, Mapping) and isinstance(node.get("$ref"), str)):
                return pointer
            pointer = reference_target(node["$ref"])
        raise DocumentUnusable(self.path, f"the reference at {pointer} goes round in circles")

    def locate(self, pointer: str, schema_path: list[Any], overrides: Mapping[str, str] | None = None) -> str:
        """Where a path inside a schema stands in the file, references followed."""
        for token in schema_path:
            pointer = f"{self.settle(pointer, overrides)}/{escape(token)}"
        return pointer

    @cached_property
    def operations(self) -> dict[str, Operation]:
        """Every operation, by its id (operationId, or `METHOD path` where it has none)."""
        return {operation.id: operation for operation in self.all_operations()}

    def all_operations(self) -> Iterator[Operation]:
        """Every operation in the order of the document; two of them may have one id, though they should not."""
        for path, item in self.data["paths"].items():
            item = self.resolve(item)
            base = f"/paths/{escape(path)}"
            for method in METHODS:
                if isinstance(item.get(method), Mapping):
                    yield self._operation(path, method, item, base)

    def _operation(self, path: str, method: str, item: Mapping[str, Any], base: str) -> Operation:
        node, pointer = item[method], f"{base}/{method}"
        parameters: dict[tuple[str, str], Parameter] = {}
        for holder, where in ((item, base), (node, pointer)):
            for index, raw in enumerate(holder.get("parameters", ())):
                at = self.settle(f"{where}/parameters/{index}")
                each = self.resolve(raw)
                schema = self.resolve(each.get("schema", {}))
                found = Parameter(each["name"], each["in"], bool(each.get("required")), schema, at)
                if found.place != "header" or found.name.lower() not in _NO_PARAMETERS:
                    parameters[found.place, found.name] = found
        body_pointer, body_required, body_types = None, False, ()
        if "requestBody" in node:
            at = self.settle(f"{pointer}/requestBody")
            body = self.at(at)
            body_required, body_types = bool(body.get("required")), tuple(body.get("content", {}))
            media = next((name for name in body.get("content", {}) if is_json(name)), None)
            body_pointer = f"{at}/content/{escape(media)}/schema" if media else None
        return Operation(
            id=node.get("operationId") or f"{method.upper()} {path}",
            method=method.upper(),
            path=path,
            pointer=pointer,
            parameters=tuple(parameters.values()),
            body_pointer=body_pointer,
            body_required=body_required,
            body_types=body_types,
            responses={
                str(status): self._response(f"{pointer}/responses/{status}", str(status))
                for status in node["responses"]
            },
        )

    def _response(self, pointer: str, status: str) -> ResponseSpec:
        at = self.settle(pointer)
        node = self.at(at)
        content = {
            media: f"{at}/content/{escape(media)}/schema"
            for media, described in (node.get("content") or {}).items()
            if "schema" in described
        }
        headers = {name: self.resolve(header) for name, header in (node.get("headers") or {}).items()}
        return ResponseSpec(status, at, content, headers, bool(node.get("x-storepact-allowed")))

    @cached_property
    def rows(self) -> tuple[tuple[str, str], ...]:
        """Every (operation, status) that a provider owes in the right circumstances."""
        return tuple(
            (operation.id, status)
            for operation in self.operations.values()
            for status, response in operation.responses.items()
            if not response.allowed and status.isdigit()
        )

    def match(self, method: str, path: str) -> Operation | None:
        """The operation that a concrete request is for, literal paths before templates."""
        plain = path.partition("?")[0]
        fits = [
            operation
            for operation in self.operations.values()
            if operation.method == method and operation.path_pattern.match(plain)
        ]
        return min(fits, key=lambda each: each.path.count("{")) if fits else None

    def security_headers(self, operation: Operation) -> dict[str, str]:
        """Headers that an operation's security asks for, with where their scheme stands; none if it may be asked without."""
        asked = self.at(operation.pointer).get("security", self.data.get("security") or ())
        if not asked or any(not each for each in asked):
            return {}
        found = {}
        for name in asked[0]:
            pointer = f"/components/securitySchemes/{escape(name)}"
            scheme = self.at(pointer)
            if scheme.get("type") == "apiKey" and scheme.get("in") == "header":
                found[str(scheme["name"])] = pointer
            elif scheme.get("type") in ("http", "oauth2", "openIdConnect"):
                found["Authorization"] = pointer
        return found

    def methods_of(self, path: str) -> frozenset[str]:
        """The verbs that a path template has."""
        return frozenset(operation.method for operation in self.operations.values() if operation.path == path)

    @cached_property
    def secret_members(self) -> frozenset[str]:
        """Names of members that hold secrets: `format: password` or `writeOnly` anywhere in the document."""
        return frozenset(_secret_members(self.data))


def _secret_members(node: Any) -> Iterator[str]:
    if isinstance(node, Mapping):
        for name, member in (
            (node.get("properties") or {}).items() if isinstance(node.get("properties"), Mapping) else ()
        ):
            if isinstance(member, Mapping) and (
                member.get("format") == "password" or member.get("writeOnly")
            ):
                yield name
        for value in node.values():
            yield from _secret_members(value)
    elif isinstance(node, list):
        for value in node:
            yield from _secret_members(value)


def is_json(media: str) -> bool:
    """Whether a media type is JSON, parameters ignored."""
    plain = media.partition(";")[0].strip().lower()
    return plain == "application/json" or plain.endswith("+json")


def load_document(path: Path) -> Document:
    """Read an OpenAPI document and make sure that it can be worked with; one that has not changed is not read again.

    Raises:
        DocumentUnusable: not a file, not YAML or JSON, not OpenAPI 3, or a reference leads nowhere; the line is named.

    """
    try:
        state = path.stat()
    except OSError as error:
        raise DocumentUnusable(path, f"cannot be read: {error.strerror or error}") from None
    return _loaded(path, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=16)
def _loaded(path: Path, changed: int, size: int) -> Document:
    data = load_yaml(path)
    if not isinstance(data, dict) or "openapi" not in data:
        raise DocumentUnusable(path, "is not an OpenAPI document: it has no member `openapi`")
    if not str(data["openapi"]).startswith("3."):
        raise DocumentUnusable(path, f"is OpenAPI {data['openapi']}; versions 3.0 and 3.1 are understood")
    document = Document(data, path)
    if not isinstance(data.get("paths"), dict) or not data["paths"]:
        raise DocumentUnusable(path, "describes no paths", line=document.line("/paths"))
    check_references(document, document.line)
    try:
        if not document.operations:
            raise DocumentUnusable(path, "describes no operations")
    except (KeyError, TypeError, AttributeError) as error:
        raise DocumentUnusable(
            path, f"is not a valid OpenAPI document: {type(error).__name__} at {error}"
        ) from None
    return document
