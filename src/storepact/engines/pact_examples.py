"""The examples of a pact, moved to where the target was set up.

Generators of a pact fill in paths themselves; for other pacts the example ids and keys in paths and
bodies are replaced here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from urllib.parse import quote

from storepact.engines.provider_states import Setup, path_values
from storepact.engines.workspace import Workspace
from storepact.model.tree import Json
from storepact.model.values import lean_value
from storepact.pacts import NO_BODY, Interaction
from storepact.pacts.rules import path_of

#: A text of this length does not occur by chance.
_LONG = 8


@lean_value(frozen=True)
class Move:
    """The values of path parameters and the path, before and after; `id_parameter` names a resource."""

    old: Mapping[str, str]
    new: Mapping[str, str]
    old_path: str
    new_path: str
    id_parameter: str

    def apply(self, node: Json) -> Json:
        """A JSON value with the examples replaced that repeat a key, the id or the path of the request."""
        if isinstance(node, dict):
            return {name: self._member(name, value) for name, value in node.items()}
        if isinstance(node, list):
            return [self.apply(item) for item in node]
        return self._text(node) if isinstance(node, str) else node

    def _member(self, name: str, value: Json) -> Json:
        if name in self.old and value == self.old[name]:
            return self.new.get(name, value)
        return self.apply(value)

    def _text(self, text: str) -> str:
        identifier, replacement = self.old.get(self.id_parameter, ""), self.new.get(self.id_parameter)
        if replacement is not None and identifier:
            if text == identifier:
                return replacement
            if len(identifier) >= _LONG:
                text = text.replace(identifier, replacement)
        text = text.replace(self.old_path, self.new_path)
        if not text.startswith("/"):
            return text
        keys = {self.old[name]: self.new[name] for name in self.new if name != self.id_parameter}
        return "/".join(keys.get(segment, segment) for segment in text.split("/"))


def move_examples(workspace: Workspace, interaction: Interaction, setup: Setup) -> Mapping[str, Json]:
    """The interaction as the verifier takes it, with the values of its states in paths and bodies."""
    raw = fill_expected_body(interaction, setup.values)
    operation = workspace.document.match(interaction.method, interaction.path)
    if operation is None or not setup.is_placed:
        return raw
    api = workspace.family.api
    old = path_values(workspace, interaction)
    new = {name: setup.values[name] for name in old if name in setup.values and name != api.kind_parameter}
    path = operation.path
    for name, value in {**old, **new}.items():
        path = path.replace(f"{{{name}}}", quote(value, safe=""))
    move = Move(old, new, interaction.path, path, api.id_parameter)
    moved: dict[str, Json] = json.loads(json.dumps(raw))
    if "path" not in (raw.get("request", {}).get("generators") or {}):
        moved["request"]["path"] = path
    for side in (moved["request"], moved["response"]):
        if "body" in side:
            side["body"] = move.apply(side["body"])
    return moved


def fill_expected_body(interaction: Interaction, values: Mapping[str, str]) -> Mapping[str, Json]:
    """The interaction with the values of its states in the expected body; the verifier leaves them out."""
    generators = (interaction.raw.get("response", {}).get("generators") or {}).get("body") or {}
    expressions = {
        path_of(place): str(generator.get("expression", ""))
        for place, generator in generators.items()
        if generator.get("type") == "ProviderState"
    }
    body = interaction.body("response")
    if not expressions or body is NO_BODY:
        return interaction.raw
    texts = {place: _fill(expression, values) for place, expression in expressions.items()}
    filled = _replace_at(body, (), texts)
    raw: dict[str, Json] = json.loads(json.dumps(interaction.raw))
    raw["response"]["body"] = (
        {**raw["response"]["body"], "content": filled} if interaction.version.startswith("4") else filled
    )
    return raw


def _fill(expression: str, values: Mapping[str, str]) -> str:
    """An expression with its placeholders filled; a bare name stands for its value."""
    if expression in values:
        return values[expression]
    return re.sub(r"\$\{(\w+)\}", lambda match: values[match.group(1)], expression)


def _replace_at(node: Json, path: tuple[str, ...], texts: Mapping[tuple[str, ...], str]) -> Json:
    """A JSON value with these texts at their paths, in which `*` is any element."""
    if path in texts:
        return texts[path]
    if isinstance(node, dict):
        return {name: _replace_at(value, (*path, name), texts) for name, value in node.items()}
    return [_replace_at(value, (*path, "*"), texts) for value in node] if isinstance(node, list) else node
