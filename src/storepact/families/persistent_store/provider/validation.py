"""The rules for a body, by name. Each refuses bodies that no other rule refuses."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from storepact.families.persistent_store.provider.choices import Choices
from storepact.families.persistent_store.provider.form import FORM, REGIONS, Variable
from storepact.mock.exchange import MockRefusal

#: A rule reads (body, kind, choices) and returns what is wrong, beginning with the member; None if nothing.
Rule = Callable[[Any, str, Choices], str | None]
Rules = Mapping[str, Rule]

_OPTIONAL = ("on", "name", "tags")
_SET_BY_PROVIDER = (
    "_id", "_links", "_status", "_access", "version", "projectKey", "environmentKey", "integrationKey",
)  # fmt: skip
#: By the choice `bounds`: characters of a name, number of tags, characters of a tag, those of a setting.
_BOUNDS = {"wide": (256, 50, 64, 1_000), "narrow": (64, 5, 32, 256), "none": (10**9, 10**9, 10**9, 10**9)}

_PLAIN = re.compile(r"[A-Za-z0-9._-]*")
_INVISIBLE = frozenset({"Cf", "Co", "Cn", "Zl", "Zp"})
_ORDINARY_PASSWORD = re.compile(r"[A-Za-z0-9._~-]{8,32}")


def validate_body(body: Any, kind: str, choices: Choices, rules: Rules) -> dict[str, Any]:
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


def _normalize(body: Any, kind: str, choices: Choices) -> Any:
    """Return the body with numeric ports, nulls, unknown settings and equal tags as chosen."""
    if not isinstance(body, Mapping):
        return body
    body = dict(body)
    if choices.null_members == "absent":
        body = {name: value for name, value in body.items() if value is not None or name not in _OPTIONAL}
    if isinstance(body.get("config"), Mapping):
        body["config"] = dict(_normalize_config(body["config"], kind, choices))
    return merge_tags(body) if choices.duplicate_tags in ("merged", "merged-at-once") else body


def merge_tags(members: dict[str, Any]) -> dict[str, Any]:
    """Return the members with each tag once, at its first place; unchanged where they are not all strings."""
    tags = members.get("tags")
    if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
        return members
    return {**members, "tags": list(dict.fromkeys(tags))}


def _normalize_config(config: Mapping[str, Any], kind: str, choices: Choices) -> Iterator[tuple[str, Any]]:
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


def _config_of(body: Any) -> Mapping[str, Any]:
    config = body.get("config") if isinstance(body, Mapping) else None
    return config if isinstance(config, Mapping) else {}


def _member(body: Any, name: str, default: Any = None) -> Any:
    return body.get(name, default) if isinstance(body, Mapping) else default


def _tags_of(body: Any) -> list[Any]:
    tags = _member(body, "tags")
    return tags if isinstance(tags, list) else []


def _first(matches: Iterable[Any]) -> Any:
    return next(iter(matches), None)


# whole bodies and config


def _body_object(body: Any, kind: str, choices: Choices) -> str | None:
    return None if isinstance(body, Mapping) else "the body must be an object"


def _not_set_by_provider(body: Any, kind: str, choices: Choices) -> str | None:
    if choices.set_by_provider == "ignored" or not isinstance(body, Mapping):
        return None
    name = _first(name for name in _SET_BY_PROVIDER if name in body)
    return None if name is None else f"{name}: is set by the provider"


def _require_config(body: Any, kind: str, choices: Choices) -> str | None:
    return "config: is required" if isinstance(body, Mapping) and "config" not in body else None


def _config_object(body: Any, kind: str, choices: Choices) -> str | None:
    return None if isinstance(_member(body, "config", {}), Mapping) else "config: must be an object"


def _check_config_names(body: Any, kind: str, choices: Choices) -> str | None:
    names = [variable.name for variable in FORM[kind]]
    name = _first(name for name in _config_of(body) if name not in names)
    return (
        None if name is None else f"config.{name[:60]}: {kind} has no such setting; it has {', '.join(names)}"
    )


# one variable of config


def _required_rule(variable: Variable) -> Rule:
    kinds = _kinds_of(variable)

    def rule(body: Any, kind: str, choices: Choices) -> str | None:
        required = variable.required or choices.external_id == "required"
        has_config = isinstance(_member(body, "config"), Mapping)
        missing = kind in kinds and has_config and required and variable.name not in body["config"]
        return f"config.{variable.name}: is required" if missing else None

    return rule


def _type_rule(variable: Variable) -> Rule:
    kinds = _kinds_of(variable)
    type_name = "a boolean" if variable.type is bool else "a string"

    def rule(body: Any, kind: str, choices: Choices) -> str | None:
        config = _config_of(body)
        wrong = kind in kinds and variable.name in config and type(config[variable.name]) is not variable.type
        return f"config.{variable.name}: must be {type_name}" if wrong else None

    return rule


def _not_empty_rule(variable: Variable) -> Rule:
    kinds = _kinds_of(variable)

    def rule(body: Any, kind: str, choices: Choices) -> str | None:
        empty = kind in kinds and _config_of(body).get(variable.name) == ""
        wrong = empty and choices.empty_strings == "refused"
        return f"config.{variable.name}: must not be empty" if wrong else None

    return rule


def _form_rule(variable: Variable, pattern: re.Pattern[str]) -> Rule:
    kinds = _kinds_of(variable)

    def rule(body: Any, kind: str, choices: Choices) -> str | None:
        value = _config_of(body).get(variable.name)
        if choices.contents == "free" or kind not in kinds or not isinstance(value, str) or not value:
            return None
        valid = pattern.fullmatch(value)
        return None if valid else f"config.{variable.name}: must match {pattern.pattern}"

    return rule


def _kinds_of(variable: Variable) -> frozenset[str]:
    return frozenset(kind for kind, variables in FORM.items() if variable in variables)


def _port_in_range(body: Any, kind: str, choices: Choices) -> str | None:
    port = _config_of(body).get("port")
    number = isinstance(port, str) and port.isascii() and port.isdigit() and len(port) <= 5
    too_high = choices.contents == "checked" and kind == "redis" and number and int(str(port)) > 65_535
    return "config.port: must be at most 65535" if too_high else None


def _password_form(body: Any, kind: str, choices: Choices) -> str | None:
    password = _config_of(body).get("password")
    if choices.passwords == "any" or kind != "redis" or not isinstance(password, str) or not password:
        return None
    is_redacted = re.search(r"\*{8}|<redacted>", password)  # it stands for the stored one
    wrong = not is_redacted and _ORDINARY_PASSWORD.fullmatch(password) is None
    return "config.password: must have 8 to 32 letters, digits and . _ ~ -" if wrong else None


def _check_region(body: Any, kind: str, choices: Choices) -> str | None:
    region = _config_of(body).get("region")
    wrong = kind == "dynamodb" and isinstance(region, str) and region not in REGIONS
    return f"config.region: must be one of {', '.join(REGIONS)}" if wrong else None


def _config_length(body: Any, kind: str, choices: Choices) -> str | None:
    longest = _BOUNDS[choices.bounds][3]
    strings = ((name, value) for name, value in _config_of(body).items() if isinstance(value, str))
    name = _first(name for name, value in strings if len(value) > longest)
    return None if name is None else f"config.{name[:60]}: must have at most {longest} characters"


# on, name and tags


def _on_type(body: Any, kind: str, choices: Choices) -> str | None:
    return None if type(_member(body, "on", False)) is bool else "on: must be a boolean"


def _name_type(body: Any, kind: str, choices: Choices) -> str | None:
    return None if isinstance(_member(body, "name", ""), str) else "name: must be a string"


def _name_not_empty(body: Any, kind: str, choices: Choices) -> str | None:
    name = _member(body, "name")
    blank = choices.empty_name == "refused" and isinstance(name, str) and not name.strip()
    return "name: must not be empty" if blank else None


def _name_length(body: Any, kind: str, choices: Choices) -> str | None:
    longest, name = _BOUNDS[choices.bounds][0], _member(body, "name")
    if not isinstance(name, str):
        return None
    size = len(name.encode("utf-8", "replace")) if choices.bounds == "narrow" else len(name)
    return f"name: must have at most {longest} characters" if size > longest else None


def _tags_type(body: Any, kind: str, choices: Choices) -> str | None:
    return None if isinstance(_member(body, "tags", []), list) else "tags: must be an array"


def _tag_type(body: Any, kind: str, choices: Choices) -> str | None:
    index = _first(index for index, tag in enumerate(_tags_of(body)) if not isinstance(tag, str))
    return None if index is None else f"tags.{index}: must be a string"


def _tags_number(body: Any, kind: str, choices: Choices) -> str | None:
    most = _BOUNDS[choices.bounds][1]
    return f"tags: must have at most {most} items" if len(_tags_of(body)) > most else None


def _tag_length(body: Any, kind: str, choices: Choices) -> str | None:
    if choices.bounds == "none":
        return None
    longest = _BOUNDS[choices.bounds][2]
    strings = ((index, tag) for index, tag in enumerate(_tags_of(body)) if isinstance(tag, str))
    index = _first(index for index, tag in strings if not 0 < len(tag) <= longest)
    return None if index is None else f"tags.{index}: must have 1 to {longest} characters"


def _tags_distinct(body: Any, kind: str, choices: Choices) -> str | None:
    tags = [tag for tag in _tags_of(body) if isinstance(tag, str)]
    duplicate = choices.duplicate_tags == "refused" and len(set(tags)) < len(tags)
    return "tags: must not have the same tag twice" if duplicate else None


# characters of any string


def _no_control_characters(body: Any, kind: str, choices: Choices) -> str | None:
    if choices.control_characters == "accepted":
        return None
    member = _first(
        member for member, text in _strings(body) if any(ord(char) < 32 or ord(char) == 127 for char in text)
    )
    return None if member is None else f"{member}: must not have control characters"


def _visible_characters(body: Any, kind: str, choices: Choices) -> str | None:
    if choices.characters == "any":
        return None
    member = _first(
        member
        for member, text in _strings(body)
        if any(unicodedata.category(char) in _INVISIBLE for char in text)
    )
    return None if member is None else f"{member}: must not have invisible characters"


def _plain_characters(body: Any, kind: str, choices: Choices) -> str | None:
    if choices.characters != "plain":
        return None
    texts = [("tags", tag) for tag in _tags_of(body)] + [
        ("config.username", _config_of(body).get("username"))
    ]
    member = _first(member for member, text in texts if isinstance(text, str) and not _PLAIN.fullmatch(text))
    return None if member is None else f"{member}: must have letters, digits and . _ - only"


def _no_lone_surrogates(body: Any, kind: str, choices: Choices) -> str | None:
    if choices.lone_surrogates == "accepted" or "\\ud" not in json.dumps(body):
        return None
    member = _first(
        member for member, text in _strings(body) if any(0xD800 <= ord(char) < 0xE000 for char in text)
    )
    return None if member is None else f"{member}: must not have lone surrogates"


def _strings(body: Any, member: str = "") -> Iterator[tuple[str, str]]:
    """Yield every string of a body, keys included, with the member that it is in."""
    if isinstance(body, str):
        yield member or "the body", body
    elif isinstance(body, Mapping):
        for name, value in body.items():
            yield from _strings(value, f"{member}.{name[:60]}".lstrip("."))
            yield member or "the body", name
    elif isinstance(body, list):
        for index, value in enumerate(body):
            yield from _strings(value, f"{member}.{index}".lstrip("."))


def _variable_rules() -> Iterator[tuple[str, Rule]]:
    for kind, variables in FORM.items():
        for variable in variables:
            name = f"{kind}.{variable.name}"
            if variable.required or variable.name == "externalId":
                yield f"{name}-required", _required_rule(variable)
            yield f"{name}-type", _type_rule(variable)
            if variable.required and variable.contents is not None:
                yield f"{name}-filled", _not_empty_rule(variable)
            if variable.contents is not None:
                yield f"{name}-form", _form_rule(variable, variable.contents)


#: Every rule for a body, in the order in which they are applied.
BODY_RULES: Rules = {
    "body-object": _body_object,
    "provider-set": _not_set_by_provider,
    "config-required": _require_config,
    "config-object": _config_object,
    "config-known": _check_config_names,
    **dict(_variable_rules()),
    "redis.port-range": _port_in_range,
    "redis.password-form": _password_form,
    "dynamodb.region-known": _check_region,
    "on-type": _on_type,
    "name-type": _name_type,
    "tags-type": _tags_type,
    "tag-type": _tag_type,
    "name-filled": _name_not_empty,
    "name-length": _name_length,
    "tags-number": _tags_number,
    "tag-length": _tag_length,
    "tags-distinct": _tags_distinct,
    "config-length": _config_length,
    "control-characters": _no_control_characters,
    "visible-characters": _visible_characters,
    "plain-characters": _plain_characters,
    "lone-surrogates": _no_lone_surrogates,
}
