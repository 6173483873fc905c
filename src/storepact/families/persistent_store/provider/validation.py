"""What a body must be: rules by name, each of which refuses something that no other rule refuses."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from storepact.families.persistent_store.provider.choices import Choices
from storepact.families.persistent_store.provider.form import FORM, REGIONS, Variable
from storepact.mock.call import MockRefusal

#: A rule reads (body, kind, choices) and says what is wrong, beginning with the member; None if nothing is.
Rule = Callable[[Any, str, Choices], str | None]
Rules = Mapping[str, Rule]

_OPTIONAL = ("on", "name", "tags")
_SET_BY_PROVIDER = (
    "_id",
    "_links",
    "_status",
    "_access",
    "version",
    "projectKey",
    "environmentKey",
    "integrationKey",
)
_BOUNDS = {"wide": (256, 50, 64, 1_000), "narrow": (64, 5, 32, 256), "none": (10**9, 10**9, 10**9, 10**9)}


def checked(body: Any, kind: str, choices: Choices, rules: Rules) -> dict[str, Any]:
    """The body of a create, or of what a patch leads to, put into the form in which it is kept.

    Raises:
        Refusal: it breaks a rule; the message names the member and the rule.

    """
    body = _settled(body, kind, choices)
    for rule in rules.values():
        wrong = rule(body, kind, choices)
        if wrong is not None:
            raise MockRefusal(int(choices.bad_body), "invalid_request", wrong)
    return dict(body) if isinstance(body, Mapping) else {}


def _settled(body: Any, kind: str, choices: Choices) -> Any:
    """Numbers for ports, nulls and unknown members of config, as chosen."""
    if not isinstance(body, Mapping):
        return body
    body = dict(body)
    if choices.null_members == "absent":
        body = {name: value for name, value in body.items() if value is not None or name not in _OPTIONAL}
    if isinstance(body.get("config"), Mapping):
        body["config"] = dict(_settled_config(body["config"], kind, choices))
    return body


def _settled_config(config: Mapping[str, Any], kind: str, choices: Choices) -> Iterator[tuple[str, Any]]:
    known = {variable.name: variable for variable in FORM[kind]}
    for name, value in config.items():
        if name not in known and choices.config_unknown == "ignored":
            continue
        if value is None and name in known and not known[name].required and choices.null_members == "absent":
            continue
        if name == "port" and type(value) is int and choices.numeric_port == "stored-as-string":
            value = str(value)
        yield name, value


def _config(body: Any) -> Mapping[str, Any]:
    config = body.get("config") if isinstance(body, Mapping) else None
    return config if isinstance(config, Mapping) else {}


def _get(body: Any, name: str) -> Any:
    return body.get(name) if isinstance(body, Mapping) else None


def _an_object(body: Any, kind: str, choices: Choices) -> str | None:
    return None if isinstance(body, Mapping) else "the body must be an object"


def _config_given(body: Any, kind: str, choices: Choices) -> str | None:
    return "config: is required" if isinstance(body, Mapping) and "config" not in body else None


def _config_object(body: Any, kind: str, choices: Choices) -> str | None:
    present = isinstance(body, Mapping) and "config" in body
    return "config: must be an object" if present and not isinstance(body["config"], Mapping) else None


def _config_known(body: Any, kind: str, choices: Choices) -> str | None:
    known = [variable.name for variable in FORM[kind]]
    unknown = next((name for name in _config(body) if name not in known), None)
    return (
        None
        if unknown is None
        else f"config.{unknown[:60]}: {kind} has no such setting; it has {', '.join(known)}"
    )


def _given(variable: Variable) -> Rule:
    kinds = _kinds_of(variable)

    def rule(body: Any, kind: str, choices: Choices) -> str | None:
        needed = variable.required or choices.external_id == "required"
        asked = isinstance(body, Mapping) and isinstance(body.get("config"), Mapping)
        missing = kind in kinds and asked and needed and variable.name not in body["config"]
        return f"config.{variable.name}: is required" if missing else None

    return rule


def _typed(variable: Variable) -> Rule:
    kinds = _kinds_of(variable)
    what = "a boolean" if variable.type is bool else "a string"

    def rule(body: Any, kind: str, choices: Choices) -> str | None:
        config = _config(body)
        wrong = kind in kinds and variable.name in config and type(config[variable.name]) is not variable.type
        return f"config.{variable.name}: must be {what}" if wrong else None

    return rule


def _filled(variable: Variable) -> Rule:
    kinds = _kinds_of(variable)

    def rule(body: Any, kind: str, choices: Choices) -> str | None:
        empty = (
            choices.empty_strings == "refused" and kind in kinds and _config(body).get(variable.name) == ""
        )
        return f"config.{variable.name}: must not be empty" if empty else None

    return rule


def _formed(variable: Variable) -> Rule:
    kinds = _kinds_of(variable)

    def rule(body: Any, kind: str, choices: Choices) -> str | None:
        value = _config(body).get(variable.name)
        if choices.contents == "free" or kind not in kinds or not isinstance(value, str) or not value:
            return None
        assert variable.contents is not None
        return (
            None
            if variable.contents.fullmatch(value)
            else f"config.{variable.name}: must match {variable.contents.pattern}"
        )

    return rule


def _kinds_of(variable: Variable) -> frozenset[str]:
    return frozenset(kind for kind, variables in FORM.items() if variable in variables)


def _port_in_range(body: Any, kind: str, choices: Choices) -> str | None:
    port = _config(body).get("port")
    number = isinstance(port, str) and port.isascii() and port.isdigit() and len(port) <= 5
    too_high = choices.contents == "checked" and kind == "redis" and number and int(str(port)) > 65_535
    return "config.port: must be at most 65535" if too_high else None


def _region_known(body: Any, kind: str, choices: Choices) -> str | None:
    region = _config(body).get("region")
    wrong = kind == "dynamodb" and isinstance(region, str) and region not in REGIONS
    return f"config.region: must be one of {', '.join(REGIONS)}" if wrong else None


def _on_boolean(body: Any, kind: str, choices: Choices) -> str | None:
    return (
        "on: must be a boolean"
        if isinstance(body, Mapping) and type(body.get("on", False)) is not bool
        else None
    )


def _name_string(body: Any, kind: str, choices: Choices) -> str | None:
    return (
        "name: must be a string"
        if isinstance(body, Mapping) and not isinstance(body.get("name", ""), str)
        else None
    )


def _tags_array(body: Any, kind: str, choices: Choices) -> str | None:
    return (
        "tags: must be an array"
        if isinstance(body, Mapping) and not isinstance(body.get("tags", []), list)
        else None
    )


def _tags(body: Any) -> list[Any]:
    tags = _get(body, "tags")
    return tags if isinstance(tags, list) else []


def _tags_strings(body: Any, kind: str, choices: Choices) -> str | None:
    wrong = next((index for index, tag in enumerate(_tags(body)) if not isinstance(tag, str)), None)
    return None if wrong is None else f"tags.{wrong}: must be a string"


def _name_bounded(body: Any, kind: str, choices: Choices) -> str | None:
    longest, name = _BOUNDS[choices.bounds][0], _get(body, "name")
    if not isinstance(name, str):
        return None
    size = len(name.encode("utf-8", "replace")) if choices.bounds == "narrow" else len(name)
    return f"name: must have at most {longest} characters" if size > longest else None


def _name_filled(body: Any, kind: str, choices: Choices) -> str | None:
    name = _get(body, "name")
    blank = choices.empty_name == "refused" and isinstance(name, str) and not name.strip()
    return "name: must not be empty" if blank else None


def _tags_bounded(body: Any, kind: str, choices: Choices) -> str | None:
    most = _BOUNDS[choices.bounds][1]
    return f"tags: must have at most {most} items" if len(_tags(body)) > most else None


def _tag_bounded(body: Any, kind: str, choices: Choices) -> str | None:
    longest = _BOUNDS[choices.bounds][2]
    wrong = next(
        (
            index
            for index, tag in enumerate(_tags(body))
            if isinstance(tag, str) and not 0 < len(tag) <= longest
        ),
        None,
    )
    return (
        f"tags.{wrong}: must have 1 to {longest} characters"
        if wrong is not None and choices.bounds != "none"
        else None
    )


def _tags_distinct(body: Any, kind: str, choices: Choices) -> str | None:
    tags = [tag for tag in _tags(body) if isinstance(tag, str)]
    twice = choices.duplicate_tags == "refused" and len(set(tags)) < len(tags)
    return "tags: must not hold one tag twice" if twice else None


def _config_bounded(body: Any, kind: str, choices: Choices) -> str | None:
    longest = _BOUNDS[choices.bounds][3]
    wrong = next(
        (name for name, value in _config(body).items() if isinstance(value, str) and len(value) > longest),
        None,
    )
    return None if wrong is None else f"config.{wrong[:60]}: must have at most {longest} characters"


def _without_control(body: Any, kind: str, choices: Choices) -> str | None:
    if choices.control_characters == "accepted":
        return None
    wrong = next(
        (place for place, text in _strings(body) if any(ord(each) < 32 or ord(each) == 127 for each in text)),
        None,
    )
    return None if wrong is None else f"{wrong}: must not hold control characters"


def _without_surrogates(body: Any, kind: str, choices: Choices) -> str | None:
    if choices.lone_surrogates == "accepted" or "\\ud" not in json.dumps(body):
        return None
    wrong = next(
        (place for place, text in _strings(body) if any(0xD800 <= ord(each) < 0xE000 for each in text)), None
    )
    return None if wrong is None else f"{wrong}: must not hold lone surrogates"


def _strings(body: Any, place: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(body, str):
        yield place or "the body", body
    elif isinstance(body, Mapping):
        for name, value in body.items():
            yield from _strings(value, f"{place}.{name[:60]}".lstrip("."))
            yield place or "the body", name
    elif isinstance(body, list):
        for index, value in enumerate(body):
            yield from _strings(value, f"{place}.{index}".lstrip("."))


def _left_to_provider(body: Any, kind: str, choices: Choices) -> str | None:
    if choices.set_by_provider == "ignored" or not isinstance(body, Mapping):
        return None
    wrong = next((name for name in _SET_BY_PROVIDER if name in body), None)
    return None if wrong is None else f"{wrong}: is the provider's to set"


def _per_variable() -> Iterator[tuple[str, Rule]]:
    for kind, variables in FORM.items():
        for variable in variables:
            name = f"{kind}.{variable.name}"
            if variable.required or variable.name == "externalId":
                yield f"{name}-required", _given(variable)
            yield f"{name}-type", _typed(variable)
            if variable.required and variable.contents is not None:
                yield f"{name}-filled", _filled(variable)
            if variable.contents is not None:
                yield f"{name}-form", _formed(variable)


#: Every rule for a body, in the order in which they are asked.
BODY_RULES: Rules = {
    "body-object": _an_object,
    "provider-set": _left_to_provider,
    "config-required": _config_given,
    "config-object": _config_object,
    "config-known": _config_known,
    **dict(_per_variable()),
    "redis.port-range": _port_in_range,
    "dynamodb.region-known": _region_known,
    "on-type": _on_boolean,
    "name-type": _name_string,
    "tags-type": _tags_array,
    "tag-type": _tags_strings,
    "name-filled": _name_filled,
    "name-length": _name_bounded,
    "tags-number": _tags_bounded,
    "tag-length": _tag_bounded,
    "tags-distinct": _tags_distinct,
    "config-length": _config_bounded,
    "control-characters": _without_control,
    "lone-surrogates": _without_surrogates,
}
