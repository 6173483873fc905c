"""The rules for a body, by name. Each refuses bodies that no other rule refuses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from storepact.families.persistent_store.provider.body_values import (
    Rule,
    Rules,
    first,
)
from storepact.families.persistent_store.provider.choices import Choices
from storepact.families.persistent_store.provider.config_rules import CONFIG_RULES, KINDS_OF_RULES
from storepact.families.persistent_store.provider.form import FORM
from storepact.families.persistent_store.provider.text_rules import TEXT_RULES
from storepact.mock.exchange import MockRefusal
from storepact.model.tree import Json

#: The rules that were used last with each kind, and those of them that apply to it.
_OF_KINDS: dict[str, tuple[Rules, Sequence[Rule]]] = {}

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
    for rule in _rules_of(kind, rules):
        error = rule(body, kind, choices)
        if error is not None:
            raise MockRefusal(int(choices.bad_body), "invalid_request", error)
    return dict(body) if isinstance(body, dict) else {}


def _rules_of(kind: str, rules: Rules) -> Sequence[Rule]:
    """The rules that may refuse a body of a kind, in their order; those of the last rules are cached."""
    cached = _OF_KINDS.get(kind)
    if cached is None or cached[0] is not rules:
        every = frozenset({kind})
        own = [rule for name, rule in rules.items() if kind in KINDS_OF_RULES.get(name, every)]
        cached = _OF_KINDS[kind] = rules, own
    return cached[1]


def _normalize(body: Json, kind: str, choices: Choices) -> Json:
    """Return the body with numeric ports, nulls, unknown settings and equal tags as chosen."""
    if not isinstance(body, dict):
        return body
    body = dict(body)
    if choices.null_members == "absent":
        body = {name: value for name, value in body.items() if value is not None or name not in _OPTIONAL}
    if isinstance(body.get("config"), dict):
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
    return None if isinstance(body, dict) else "the body must be an object"


def _not_set_by_provider(body: Json, kind: str, choices: Choices) -> str | None:
    if choices.set_by_provider == "ignored" or not isinstance(body, dict):
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
