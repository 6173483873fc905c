"""The rules for a body, by name. Each refuses bodies that no other rule refuses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from storepact.families.persistent_store.provider.body_values import (
    Rules,
    first,
)
from storepact.families.persistent_store.provider.choices import Choices
from storepact.families.persistent_store.provider.config_rules import CONFIG_RULES
from storepact.families.persistent_store.provider.form import FORM
from storepact.families.persistent_store.provider.text_rules import TEXT_RULES
from storepact.mock.exchange import MockRefusal
from storepact.model.tree import Json

_OPTIONAL = ("on", "name", "tags")
_SET_BY_PROVIDER = (
    "_id", "_links", "_status", "_access", "version", "projectKey", "environmentKey", "integrationKey",
)  # fmt: skip


def validate_body(body: Json, kind: str, choices: Choices, rules: Rules) -> dict[str, Json]:
    """Return the body of a create, or the members after a patch, in the form in which they are stored.

    Raises:
        MockRefusal: it breaks a rule; the message names the member and the rule.

    """
    body = _normalize(body, kind, choices)
    for rule in rules.values():
        error = rule(body, kind, choices)
        if error is not None:
            raise MockRefusal(int(choices.bad_body), "invalid_request", error)
    return dict(body) if isinstance(body, Mapping) else {}


def _normalize(body: Json, kind: str, choices: Choices) -> Json:
    """Return the body with numeric ports, nulls, unknown settings and equal tags as chosen."""
    if not isinstance(body, Mapping):
        return body
    body = dict(body)
    if choices.null_members == "absent":
        body = {name: value for name, value in body.items() if value is not None or name not in _OPTIONAL}
    if isinstance(body.get("config"), Mapping):
        body["config"] = dict(_normalize_config(body["config"], kind, choices))
    return merge_tags(body) if choices.duplicate_tags in ("merged", "merged-at-once") else body


def merge_tags(members: dict[str, Json]) -> dict[str, Json]:
    """Return the members with each tag once, at its first place; unchanged where they are not all strings."""
    tags = members.get("tags")
    if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
        return members
    return {**members, "tags": list(dict.fromkeys(tags))}


def _normalize_config(config: Mapping[str, Json], kind: str, choices: Choices) -> Iterator[tuple[str, Json]]:
    variables = {variable.name: variable for variable in FORM[kind]}
    for name, value in config.items():
        variable = variables.get(name)
        if variable is None and choices.config_unknown == "ignored":
            continue
        if value is None and variable and not variable.required and choices.null_members == "absent":
            continue
        if name == "port" and type(value) is int and choices.numeric_port == "stored-as-string":
            value = str(value)
        yield name, value


# whole bodies


def _body_object(body: Json, kind: str, choices: Choices) -> str | None:
    return None if isinstance(body, Mapping) else "the body must be an object"


def _not_set_by_provider(body: Json, kind: str, choices: Choices) -> str | None:
    if choices.set_by_provider == "ignored" or not isinstance(body, Mapping):
        return None
    name = first(name for name in _SET_BY_PROVIDER if name in body)
    return None if name is None else f"{name}: is set by the provider"


#: Every rule for a body, in the order in which they are applied.
BODY_RULES: Rules = {
    "body-object": _body_object,
    "provider-set": _not_set_by_provider,
    **CONFIG_RULES,
    **TEXT_RULES,
}
