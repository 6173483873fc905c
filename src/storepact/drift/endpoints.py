"""Operations as a document writes them: those of its paths, of webhooks, and of callbacks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cached_property

from storepact.drift.malformed import expect_object, invalid_document
from storepact.model.tree import Json
from storepact.model.values import lean_value
from storepact.openapi.document import METHODS, Document
from storepact.openapi.pointers import escape

#: Headers that cannot be declared as parameters: OpenAPI says that such parameters are ignored.
IGNORED_HEADERS = frozenset({"accept", "content-type", "authorization"})


@lean_value(frozen=True)
class Parameter:
    """A declared parameter: `place` is path, query, header, cookie or querystring."""

    name: str
    place: str
    pointer: str
    node: Mapping[str, Json]

    @property
    def required(self) -> bool:
        """Whether it must be sent."""
        return bool(self.node.get("required"))

    @property
    def key(self) -> tuple[str, str]:
        """What it is known by: headers in any letter case."""
        return self.place, self.name.lower() if self.place == "header" else self.name


@lean_value(frozen=True)
class Endpoint:
    """One method of one path, of a webhook or of a callback."""

    document: Document
    method: str
    path: str
    item_pointer: str
    pointer: str

    @cached_property
    def node(self) -> Mapping[str, Json]:
        """The operation."""
        return expect_object(self.document, self.pointer)

    @cached_property
    def path_item(self) -> Mapping[str, Json]:
        """The path item."""
        return expect_object(self.document, self.item_pointer)

    @property
    def title(self) -> str:
        """Method and path."""
        return f"{self.method} {self.path}"

    @property
    def path_names(self) -> list[str]:
        """The names of the parameters in the path, in order."""
        return re.findall(r"\{([^}]*)\}", self.path)

    @property
    def id(self) -> str:
        """The operationId, or the method and path where there is none."""
        return str(self.node.get("operationId") or self.title)

    @cached_property
    def parameters(self) -> tuple[Parameter, ...]:
        """The parameters; those of the operation replace those of the path."""
        parameters: dict[tuple[str, str], Parameter] = {}
        for holder, node in ((self.item_pointer, self.path_item), (self.pointer, self.node)):
            for index in range(len(node.get("parameters") or ())):
                parameter = self._parameter(f"{holder}/parameters/{index}")
                parameters[parameter.key] = parameter
        return tuple(parameters.values())

    def _parameter(self, pointer: str) -> Parameter:
        node = expect_object(self.document, pointer)
        place = self.document.settle(pointer)
        if not {"name", "in"} <= node.keys():
            raise invalid_document(self.document, f"the parameter at {place} needs `name` and `in`", place)
        return Parameter(str(node.get("name", "")), str(node.get("in", "query")), place, node)


def iterate_endpoints(document: Document, group: str) -> Iterator[Endpoint]:
    """The operations of `paths`, or of another object of path items, at a pointer."""
    for name in expect_object(document, group):
        if not str(name).startswith("x-"):
            yield from endpoints_of(document, f"{group}/{escape(name)}", str(name))


def endpoints_of(document: Document, pointer: str, path: str) -> Iterator[Endpoint]:
    """The operations of the path item at a pointer."""
    item = expect_object(document, pointer)
    item_pointer = document.settle(pointer)
    for method in METHODS:
        if method in item:
            expect_object(document, f"{item_pointer}/{method}")
            yield Endpoint(document, method.upper(), path, item_pointer, f"{item_pointer}/{method}")
    for method in item.get("additionalOperations") or ():
        place = f"{item_pointer}/additionalOperations/{escape(method)}"
        yield Endpoint(document, str(method), path, item_pointer, place)
