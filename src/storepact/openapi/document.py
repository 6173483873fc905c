"""An OpenAPI document: its operations, what its references lead to, and its lines."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path

from storepact.model.errors import DocumentUnusable
from storepact.model.tree import Json, walk
from storepact.openapi.operation import Operation, Parameter, ResponseSpec
from storepact.openapi.pointers import escape, unescape
from storepact.openapi.references import reference_target
from storepact.openapi.routes import Routes
from storepact.openapi.servers import base_paths
from storepact.openapi.source import Excerpt, SourceText

#: A longer chain of references is taken for a circle.
_LONGEST_CHAIN = 50

#: Headers that cannot be declared as parameters: OpenAPI says that such parameters are ignored.
_NO_PARAMETERS = frozenset({"accept", "content-type", "authorization"})

_CLASS = re.compile("[1-5]xx", re.IGNORECASE)

_SCHEMAS = "/components/schemas/"

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")


class Document:
    """An OpenAPI 3.0 or 3.1 document. Nothing is changed after loading."""

    def __init__(self, data: Mapping[str, Json], path: Path, content: bytes | None = None) -> None:
        """`content` is the text that was read, for lines; the file at the path if not given."""
        self.data = data
        self.path = path
        self.source = SourceText(path, content)
        """The text of the file."""
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
        return self.source.line(pointer)

    def excerpt(self, pointer: str, most: int = 8) -> Excerpt | None:
        """At most `most` lines of a pointer, or of its nearest parent in the file; None if there is none."""
        return self.source.excerpt(pointer, most)

    @property
    def dialect(self) -> str:
        """The OpenAPI version, such as 3.1.0."""
        return str(self.data["openapi"])

    def at(self, pointer: str) -> Json:
        """The node at a JSON pointer, references on the way followed."""
        if pointer not in self._nodes:
            above, _, token = pointer.rpartition("/")
            node: Json = self.resolve(self.at(above))
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
                raise DocumentUnusable(self.path, f"the reference {node['$ref']!r} is circular")
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
        problem = f"the reference at {pointer} is circular"
        raise DocumentUnusable(self.path, problem, line=self.line(pointer))

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

    def _operation(self, path: str, method: str, item: Mapping[str, Json]) -> Operation:
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
                (key := _status_key(str(status))): self._response(f"{pointer}/responses/{status}", key)
                for status in node.get("responses") or ()
                if not str(status).startswith("x-")
            },
        )

    def _parameters(self, holders: Mapping[str, Mapping[str, Json]]) -> dict[tuple[str, str], Parameter]:
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


def _status_key(status: str) -> str:
    """A status as OpenAPI writes it: of a class in capitals, as 4XX, though many documents have 4xx."""
    return status.upper() if _CLASS.fullmatch(status) else status


def _secret_members(data: Json) -> Iterator[str]:
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
