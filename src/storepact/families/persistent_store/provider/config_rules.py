"""The rules for the config of a body: one for each form of each setting."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from storepact.families.persistent_store.provider.body_values import (
    Rule,
    Rules,
    config_of,
    first,
    member_of,
)
from storepact.families.persistent_store.provider.choices import Choices
from storepact.families.persistent_store.provider.form import FORM, REGIONS, Variable

_ORDINARY_PASSWORD = re.compile(r"[A-Za-z0-9._~-]{8,32}")


def _require_config(body: Any, kind: str, choices: Choices) -> str | None:
    return "config: is required" if isinstance(body, dict) and "config" not in body else None


def _config_object(body: Any, kind: str, choices: Choices) -> str | None:
    return None if isinstance(member_of(body, "config", {}), dict) else "config: must be an object"


def _check_config_names(body: Any, kind: str, choices: Choices) -> str | None:
    names = [variable.name for variable in FORM[kind]]
    name = first(name for name in config_of(body) if name not in names)
    return (
        None if name is None else f"config.{name[:60]}: {kind} has no such setting; it has {', '.join(names)}"
    )


def _required_rule(variable: Variable) -> Rule:
    kinds = _kinds_of(variable)

    def rule(body: Any, kind: str, choices: Choices) -> str | None:
        required = variable.required or choices.external_id == "required"
        has_config = isinstance(member_of(body, "config"), dict)
        missing = kind in kinds and has_config and required and variable.name not in body["config"]
        return f"config.{variable.name}: is required" if missing else None

    return rule


def _type_rule(variable: Variable) -> Rule:
    kinds = _kinds_of(variable)
    type_name = "a boolean" if variable.type is bool else "a string"

    def rule(body: Any, kind: str, choices: Choices) -> str | None:
        config = config_of(body)
        wrong = kind in kinds and variable.name in config and type(config[variable.name]) is not variable.type
        return f"config.{variable.name}: must be {type_name}" if wrong else None

    return rule


def _not_empty_rule(variable: Variable) -> Rule:
    kinds = _kinds_of(variable)

    def rule(body: Any, kind: str, choices: Choices) -> str | None:
        empty = kind in kinds and config_of(body).get(variable.name) == ""
        wrong = empty and choices.empty_strings == "refused"
        return f"config.{variable.name}: must not be empty" if wrong else None

    return rule


def _form_rule(variable: Variable, pattern: re.Pattern[str]) -> Rule:
    kinds = _kinds_of(variable)

    def rule(body: Any, kind: str, choices: Choices) -> str | None:
        value = config_of(body).get(variable.name)
        if choices.contents == "free" or kind not in kinds or not isinstance(value, str) or not value:
            return None
        valid = pattern.fullmatch(value)
        return None if valid else f"config.{variable.name}: must match {pattern.pattern}"

    return rule


def _kinds_of(variable: Variable) -> frozenset[str]:
    return frozenset(kind for kind, variables in FORM.items() if variable in variables)


def _port_in_range(body: Any, kind: str, choices: Choices) -> str | None:
    port = config_of(body).get("port")
    number = isinstance(port, str) and port.isascii() and port.isdigit() and len(port) <= 5
    too_high = choices.contents == "checked" and kind == "redis" and number and int(str(port)) > 65_535
    return "config.port: must be at most 65535" if too_high else None


def _password_form(body: Any, kind: str, choices: Choices) -> str | None:
    password = config_of(body).get("password")
    if choices.passwords == "any" or kind != "redis" or not isinstance(password, str) or not password:
        return None
    is_redacted = re.search(r"\*{8}|<redacted>", password)  # it stands for the stored one
    wrong = not is_redacted and _ORDINARY_PASSWORD.fullmatch(password) is None
    return "config.password: must have 8 to 32 letters, digits and . _ ~ -" if wrong else None


def _check_region(body: Any, kind: str, choices: Choices) -> str | None:
    region = config_of(body).get("region")
    wrong = kind == "dynamodb" and isinstance(region, str) and region not in REGIONS
    return f"config.region: must be one of {', '.join(REGIONS)}" if wrong else None


#: Of each rule for a setting, by its name: the kinds of which it refuses bodies.
KINDS_OF_RULES: Mapping[str, frozenset[str]] = {
    f"{kind}.{variable.name}-{what}": _kinds_of(variable)
    for kind, variables in FORM.items()
    for variable in variables
    for what in ("required", "type", "filled", "form")
}


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


#: The rules for the config, in the order in which they are applied.
CONFIG_RULES: Rules = {
    "config-required": _require_config,
    "config-object": _config_object,
    "config-known": _check_config_names,
    **dict(_variable_rules()),
    "redis.port-range": _port_in_range,
    "redis.password-form": _password_form,
    "dynamodb.region-known": _check_region,
}
