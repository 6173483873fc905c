"""Comparison of an operation's parameters."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from storepact.drift.differences import Change, SchemaPlace, change, compare_schema_places
from storepact.drift.pair import OperationPair
from storepact.openapi.document import Operation, Parameter

_DEFAULT_STYLES = {"path": "simple", "header": "simple", "query": "form", "cookie": "form"}


def compare_parameters(pair: OperationPair) -> Iterator[Change]:
    """Every difference of the parameters that both documents describe, or only one of them."""
    matches = list(_match(pair.before, pair.after))
    matched = {id(parameter) for match in matches for parameter in match}
    for before, after in matches:
        yield from _compare_parameter(pair, before, after)
    for parameter in pair.before.parameters:
        if id(parameter) not in matched:
            place = pair.place("parameter", member=parameter.name)
            yield change("parameter-removed", place, parameter.place, "", parameter.pointer)
    for parameter in pair.after.parameters:
        if id(parameter) not in matched:
            rule = f"parameter-{'required' if parameter.required else 'optional'}-added"
            place = pair.place("parameter", member=parameter.name)
            yield change(rule, place, "", parameter.place, pair.before.pointer)


def _match(before: Operation, after: Operation) -> Iterator[tuple[Parameter, Parameter]]:
    """Corresponding parameters: in paths by position, else by name (headers in any letter case)."""
    names = [re.findall(r"\{([^}]*)\}", operation.path) for operation in (before, after)]
    ours, theirs = (
        {parameter.name: parameter for parameter in operation.parameters_in("path")}
        for operation in (before, after)
    )
    for our_name, their_name in zip(*names, strict=True):
        if our_name in ours and their_name in theirs:
            yield ours[our_name], theirs[their_name]
    for mine in before.parameters:
        for counterpart in after.parameters:
            if mine.place == counterpart.place != "path" and _key(mine) == _key(counterpart):
                yield mine, counterpart


def _key(parameter: Parameter) -> str:
    return parameter.name.lower() if parameter.place == "header" else parameter.name


def _compare_parameter(pair: OperationPair, before: Parameter, after: Parameter) -> Iterator[Change]:
    place = pair.place("parameter", member=before.name)
    if _key(before) != _key(after):
        names = {parameter.name for parameter in pair.before.parameters_in("path")}
        rule = "parameter-moved" if after.name in names else "parameter-renamed"
        yield change(rule, place, before.name, after.name, before.pointer)
    if before.required != after.required:
        rule = f"parameter-became-{'required' if after.required else 'optional'}"
        yield change(rule, place, pointer=before.pointer)
    styles = _style(pair.ours.at(before.pointer)), _style(pair.theirs.at(after.pointer))
    if styles[0] != styles[1]:
        yield change("parameter-style-changed", place, styles[0], styles[1], before.pointer)
    yield from compare_schema_places(
        SchemaPlace(pair.ours, f"{before.pointer}/schema"),
        SchemaPlace(pair.theirs, f"{after.pointer}/schema"),
        place,
    )


def _style(node: Mapping[str, Any]) -> str:
    style = str(node.get("style", _DEFAULT_STYLES[str(node.get("in", "query"))]))
    return f"{style}, {'exploded' if node.get('explode', style == 'form') else 'in one'}"
