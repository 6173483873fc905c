"""An OpenAPI document: its operations, what its references lead to, and its lines."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from storepact.model.errors import DocumentUnusable
from storepact.model.tree import Json, walk
from storepact.openapi.pointers import escape, pointer_to, unescape
from storepact.openapi.references import check_references, reference_target
from storepact.openapi.routes import Routes
from storepact.openapi.servers import base_paths
from storepact.openapi.source import Excerpt, SourceText
from storepact.openapi.templates import compile_template
from storepact.openapi.yaml import load_yaml

#: A longer chain of references is taken for a circle.
_LONGEST_CHAIN = 50

#: Headers that cannot be declared as parameters: OpenAPI says that such parameters are ignored.
_NO_PARAMETERS = frozenset({"accept", "content-type", "authorization"})

_SCHEMAS = "/components/schemas/"

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")

#: The versions of OpenAPI that are supported, by how they begin.
SUPPORTED_VERSIONS = ("3.0", "3.1", "3.2")


@dataclass(frozen=True)
class Parameter:
    """A declared parameter: `place` is path, query, header or cookie."""

    name: str
    place: str
    required: bool
    schema: Mapping[str, Json]
    pointer: str


@dataclass(frozen=True)
class ResponseSpec:
    """The description of one status of an operation."""

    status: str
    pointer: str
    content: Mapping[str, str]
    """Pointer of the schema, by media type."""
    headers: Mapping[str, Mapping[str, Json]]
    """Header objects, by name."""
    allowed: bool = False
    """Marked `x-storepact-allowed`: a provider may use the status, and `Document.rows` leaves it out."""


@dataclass(frozen=True)
class Operation:
    """One method of one path template."""

    id: str
    method: str
    path: str
    pointer: str
    parameters: tuple[Parameter, ...]
    body_pointer: str | None
    """Pointer of the JSON body's schema; None without a JSON body."""
    body_required: bool
    responses: Mapping[str, ResponseSpec]
    body_types: tuple[str, ...] = ()
    """Media types of the body."""

    def response(self, status: int) -> ResponseSpec | None:
        """The description of a status: its own, that of its class (4XX), or the default."""
        for key in (str(status), f"{status // 100}XX", f"{status // 100}xx", "default"):
            if key in self.responses:
                return self.responses[key]
        return None

    @cached_property
    def success(self) -> frozenset[int]:
        """The 2xx statuses that are described."""
        return frozenset(int(key) for key in self.responses if re.fullmatch(r"2\d\d", key))

    @cached_property
    def path_pattern(self) -> re.Pattern[str]:
        """A pattern for paths of this template, parameters as groups, named where their names allow it."""
        return compile_template(self.path)

    def parameters_in(self, place: str) -> tuple[Parameter, ...]:
        """The parameters of one place."""
        return tuple(parameter for parameter in self.parameters if parameter.place == place)


class Document:
    """An OpenAPI 3.0 or 3.1 document. Nothing is changed after loading."""

    def __init__(self, data: Mapping[str, Any], path: Path, content: bytes | None = None) -> None:
        """`content` is the text that was read, for lines; the file at the path if not given."""
        self.data = data
        self.path = path
        self._source = SourceText(path, content)
        self._settled: dict[str, str] = {}
        self._nodes: dict[str, Json] = {"": data}

    @property
    def version(self) -> str:
        """The version that the document gives itself; empty if it gives none."""
        info = self.data.get("info")
        version = info.get("version") if isinstance(info, Mapping) else None
        return version if isinstance(version, str) else ""

    def line(self, pointer: str) -> int | None:
        """The line of a pointer, or of its nearest parent that is in the file; None if there is none."""
        return self._source.line(pointer)

    def excerpt(self, pointer: str, most: int = 8) -> Excerpt | None:
        """At most `most` lines of a pointer, or of its nearest parent in the file; None if there is none."""
        return self._source.excerpt(pointer, most)

    @property
    def dialect(self) -> str:
        """The OpenAPI version, such as 3.1.0."""
        return str(self.data["openapi"])

    def at(self, pointer: str) -> Json:
        """The node at a JSON pointer, references on the way followed."""
        if pointer not in self._nodes:
            above, _, token = pointer.rpartition("/")
            node: Any = self.resolve(self.at(above))
            key = unescape(token)
            self._nodes[pointer] = node[int(key)] if isinstance(node, list) else node[key]
        return self._nodes[pointer]

    def resolve(self, node: Json) -> Json:
        """The node that the `$ref` of a node leads to; the node itself if it has none.

        Raises:
            DocumentUnusable: the references are circular.

        """
        count = 0
        while isinstance(node, Mapping) and isinstance(node.get("$ref"), str):
            count += 1
            if count > _LONGEST_CHAIN:
                raise DocumentUnusable(self.path, f"the reference {node['$ref']!r} goes round in circles")
            node = self.at(reference_target(node["$ref"]))
        return node

    def settle(self, pointer: str, overrides: Mapping[str, str] | None = None) -> str:
        """The pointer of the node that the references at `pointer` lead to.

        `overrides` replaces schemas by others, both by their names among the components.
        """
        if overrides:
            return self._follow(pointer, overrides)
        if pointer not in self._settled:
            self._settled[pointer] = self._follow(pointer, {})
        return self._settled[pointer]

    def _follow(self, pointer: str, overrides: Mapping[str, str]) -> str:
        for _ in range(_LONGEST_CHAIN):
            name = pointer.removeprefix(_SCHEMAS)
            if name != pointer and name in overrides:
                pointer = f"{_SCHEMAS}{overrides[name]}"
            node = self.at(pointer)
            if not (isinstance(node, Mapping) and isinstance(node.get("$ref"), str)):
                return pointer
            pointer = reference_target(node["$ref"])
        raise DocumentUnusable(self.path, f"the reference at {pointer} goes round in circles")

    def locate(self, pointer: str, schema_path: list[Any], overrides: Mapping[str, str] | None = None) -> str:
        """The pointer of a path inside a schema, references followed."""
        for token in schema_path:
            pointer = f"{self.settle(pointer, overrides)}/{escape(token)}"
        return pointer

    @cached_property
    def operations(self) -> dict[str, Operation]:
        """Every operation, by its id (operationId, or `METHOD path` where it has none)."""
        operations: dict[str, Operation] = {}
        for operation in self.all_operations():
            if operation.id in operations:  # not valid, and no reason to lose it
                operation = replace(operation, id=f"{operation.method} {operation.path}")
            operations[operation.id] = operation
        return operations

    def all_operations(self) -> Iterator[Operation]:
        """Every operation in the order of the document, those with the id of another one included."""
        for path, item in self.data["paths"].items():
            item = self.resolve(item)
            for method in METHODS if str(path).startswith("/") and isinstance(item, Mapping) else ():
                if isinstance(item.get(method), Mapping):
                    yield self._operation(path, method, item)

    def _operation(self, path: str, method: str, item: Mapping[str, Any]) -> Operation:
        base = f"/paths/{escape(path)}"
        node, pointer = item[method], f"{base}/{method}"
        body_pointer, body_required, body_types = None, False, ()
        if "requestBody" in node:
            place = self.settle(f"{pointer}/requestBody")
            body = self.at(place)
            body_required, body_types = bool(body.get("required")), tuple(body.get("content", {}))
            media = next((name for name in body.get("content", {}) if is_json(name)), None)
            body_pointer = f"{place}/content/{escape(media)}/schema" if media else None
        return Operation(
            id=node.get("operationId") or f"{method.upper()} {path}",
            method=method.upper(),
            path=path,
            pointer=pointer,
            parameters=tuple(self._parameters({base: item, pointer: node}).values()),
            body_pointer=body_pointer,
            body_required=body_required,
            body_types=body_types,
            responses={
                str(status): self._response(f"{pointer}/responses/{status}", str(status))
                for status in node.get("responses") or ()
                if not str(status).startswith("x-")
            },
        )

    def _parameters(self, holders: Mapping[str, Mapping[str, Any]]) -> dict[tuple[str, str], Parameter]:
        """The parameters by place and name; those of an operation replace those of its path."""
        parameters: dict[tuple[str, str], Parameter] = {}
        for holder_pointer, holder in holders.items():
            for index, node in enumerate(holder.get("parameters", ())):
                pointer = self.settle(f"{holder_pointer}/parameters/{index}")
                declared = self.resolve(node)
                name, place = declared["name"], declared["in"]
                schema = self.resolve(declared.get("schema", {}))
                if place != "header" or name.lower() not in _NO_PARAMETERS:
                    required = bool(declared.get("required"))
                    parameters[place, name] = Parameter(name, place, required, schema, pointer)
        return parameters

    def _response(self, pointer: str, status: str) -> ResponseSpec:
        place = self.settle(pointer)
        node = self.at(place)
        content = {
            media: f"{place}/content/{escape(media)}/schema"
            for media, described in (node.get("content") or {}).items()
            if isinstance(described, Mapping) and "schema" in described
        }
        headers = {name: self.resolve(header) for name, header in (node.get("headers") or {}).items()}
        return ResponseSpec(status, place, content, headers, bool(node.get("x-storepact-allowed")))

    @cached_property
    def rows(self) -> tuple[tuple[str, str], ...]:
        """Every (operation, status) that a provider must be able to produce."""
        return tuple(
            (operation.id, status)
            for operation in self.operations.values()
            for status, response in operation.responses.items()
            if not response.allowed and status.isdigit()
        )

    def match(self, method: str, path: str) -> Operation | None:
        """The operation that a request is for, literal paths before templates; None if there is none."""
        route = self.routes.find(method, path)
        return route.operation if route else None

    @cached_property
    def routes(self) -> Routes:
        """The routes of all operations, below the paths of their servers."""
        return Routes(
            (operation, self._base_paths(operation.pointer)) for operation in self.operations.values()
        )

    def _base_paths(self, pointer: str) -> tuple[str, ...]:
        """The paths of the servers of an operation: its own, else those of its path, else the document's."""
        for holder in (self.at(pointer), self.resolve(self.at(pointer.rpartition("/")[0])), self.data):
            if holder.get("servers"):
                return base_paths(holder["servers"])
        return ("",)

    def methods_of(self, path: str) -> frozenset[str]:
        """The methods that a path template has."""
        return frozenset(operation.method for operation in self.operations.values() if operation.path == path)

    @cached_property
    def secret_members(self) -> frozenset[str]:
        """Names of members that hold secrets: `format: password` or `writeOnly` anywhere in the document."""
        return frozenset(_secret_members(self.data))


def _secret_members(data: Any) -> Iterator[str]:
    for _, node in walk(data):
        properties = node.get("properties") if isinstance(node, Mapping) else None
        for name, member in properties.items() if isinstance(properties, Mapping) else ():
            if isinstance(member, Mapping) and (
                member.get("format") == "password" or member.get("writeOnly")
            ):
                yield name


def is_json(media: str) -> bool:
    """Whether a media type is JSON, parameters ignored."""
    plain = media.partition(";")[0].strip().lower()
    return plain == "application/json" or plain.endswith("+json")


def load_document(path: Path) -> Document:
    """Read an OpenAPI document and check that it can be used; a file that has not changed is read once.

    Raises:
        DocumentUnusable: not a file, not YAML or JSON, not OpenAPI 3, or a reference leads nowhere; names
        the line.

    """
    try:
        state = path.stat()
    except OSError as error:
        raise DocumentUnusable(path, f"cannot be read: {error.strerror or error}") from None
    return _load(path, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=16)
def _load(path: Path, modified: int, size: int) -> Document:
    data = load_yaml(path)
    if isinstance(data, dict) and "swagger" in data and "openapi" not in data:
        raise DocumentUnusable(
            path,
            f"is Swagger {data['swagger']}; OpenAPI 3.0 to 3.2 is supported: convert it first, for example "
            "with `npx swagger2openapi`",
        )
    if not isinstance(data, dict) or "openapi" not in data:
        raise DocumentUnusable(path, "is not an OpenAPI document: it has no member `openapi`")
    if not str(data["openapi"]).startswith(SUPPORTED_VERSIONS):
        raise DocumentUnusable(path, f"is OpenAPI {data['openapi']}; versions 3.0 to 3.2 are supported")
    document = Document(data, path)
    if not isinstance(data.get("paths"), dict) or not data["paths"]:
        raise DocumentUnusable(path, "describes no paths", line=document.line("/paths"))
    for name, item in data["paths"].items():
        if str(name).startswith("/") and not isinstance(item, dict | None):
            problem = f"is not a valid OpenAPI document: the path {name} is not an object"
            raise DocumentUnusable(path, problem, line=document.line(pointer_to(("paths", name))))
    check_references(document, document.line)
    try:
        if not document.operations:
            raise DocumentUnusable(path, "describes no operations")
    except (KeyError, TypeError, AttributeError) as error:
        raise DocumentUnusable(
            path, f"is not a valid OpenAPI document: {type(error).__name__} at {error}"
        ) from None
    return document
