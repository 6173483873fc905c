"""Operations of a document: parameters, bodies and described responses."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property

from storepact.model.tree import Json
from storepact.model.values import lean_value
from storepact.openapi.templates import compile_template


@lean_value(frozen=True)
class Parameter:
    """A declared parameter: `place` is path, query, header or cookie."""

    name: str
    place: str
    required: bool
    schema: Mapping[str, Json]
    pointer: str


@lean_value(frozen=True)
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


@lean_value(frozen=True)
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
        if (own := self.responses.get(str(status))) is not None:
            return own
        keys = (f"{status // 100}XX", "default")
        return next((self.responses[key] for key in keys if key in self.responses), None)

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
        return self._parameters_by_place.get(place, ())

    @cached_property
    def _parameters_by_place(self) -> dict[str, tuple[Parameter, ...]]:
        places = dict.fromkeys(parameter.place for parameter in self.parameters)
        return {
            place: tuple(parameter for parameter in self.parameters if parameter.place == place)
            for place in places
        }
