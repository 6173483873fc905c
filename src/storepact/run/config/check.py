"""The rules for a configuration file: known keys, types, limits, and no secret in it."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from functools import cache
from typing import Any

from storepact.model.errors import ConfigUnusable
from storepact.model.paths import data_path
from storepact.run.config.file import PROJECT_FILE, ConfigFile, Toml
from storepact.run.config.named_targets import named_targets
from storepact.run.config.secrets import SECRET_KEYS, holds_secret

#: A part of the JSON schema.
Schema = Mapping[str, Any]

#: The schema of the file: committed for editors, and the list of what it may hold.
SCHEMA_NAME = ("docs", "storepact.schema.json")

#: How many digits of a whole number are shown.
_LONGEST_NUMBER = 20

_PAGE = "docs/configuration.md lists the keys"

_WORDS = {
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
    "string": "a text",
    "array": "a list of texts",
    "object": "a table",
}


@cache
def load_schema() -> Schema:
    """The JSON schema of the configuration file."""
    schema: dict[str, Any] = json.loads(data_path(*SCHEMA_NAME).read_bytes())
    return schema


def check_file(file: ConfigFile, schema: Schema | None = None) -> None:
    """Refuse keys that do not exist, values of another type, and secrets.

    Raises:
        ConfigUnusable: with the line of the first of them.

    """
    allowed = schema or load_schema()
    _Check(file, allowed).check_table(file.table, allowed, ())
    for _ in named_targets(file):  # their names are checked, too
        pass


class _Check:
    """The check of one file."""

    def __init__(self, file: ConfigFile, schema: Schema) -> None:
        self._file, self._schema = file, schema

    def check_table(self, table: Mapping[str, Toml], schema: Schema, keys: tuple[str, ...]) -> None:
        """Check the keys and values of a table, and of the tables in it; `keys` lead to it.

        Raises:
            ConfigUnusable: a key is unknown or missing, or a value has another type or is out of its limits.

        """
        allowed: Schema = schema.get("properties", {})
        further = schema.get("additionalProperties")
        for key, value in table.items():
            below = allowed.get(key, further)
            if not isinstance(below, Mapping):
                raise ConfigUnusable(self._file.where(*keys, key), self._unknown(key, value, allowed, keys))
            self._check_value(value, self._resolve(below), (*keys, key))
        for key in schema.get("required", ()):
            if key not in table:
                raise ConfigUnusable(self._file.where(*keys), f"[{'.'.join(keys)}] has no {key}")

    def _resolve(self, schema: Schema) -> Schema:
        """The schema, or the definition that it refers to."""
        part = self._schema
        for name in str(schema.get("$ref", "")).split("/")[1:]:
            part = part[name]
        return part if "$ref" in schema else schema

    def _check_value(self, value: Toml, schema: Schema, keys: tuple[str, ...]) -> None:
        kind, where = schema["type"], self._file.where(*keys)
        key = keys[-1]
        if isinstance(value, str):
            self._refuse_secret(value, keys, where)
            if kind not in {"object", "array"} and "${" in value:
                return
        if not _has_type(value, kind):
            name = ".".join(keys) if kind == "object" else key
            raise ConfigUnusable(where, f"{name} must be {_WORDS[kind]}, not {_describe(value)}")
        if isinstance(value, Mapping):
            self.check_table(value, schema, keys)
        elif isinstance(value, list):
            for index, element in enumerate(value):
                place = self._file.where(*keys, index)
                if not isinstance(element, str):
                    raise ConfigUnusable(
                        place, f"{key} must be a list of texts, and holds {_describe(element)}"
                    )
                self._refuse_secret(element, keys, place)
        else:
            _check_limits(value, schema, key, where)

    def _refuse_secret(self, text: str, keys: tuple[str, ...], where: str) -> None:
        if not holds_secret(keys[-1], text):
            return
        raise ConfigUnusable(
            where, f"{keys[-1]} holds a secret, which does not belong in a file: {instead_of(keys)}"
        )

    def _unknown(self, key: str, value: Toml, allowed: Schema, keys: tuple[str, ...]) -> str:
        """What is wrong with a key that is not known here, and what to write instead."""
        if SECRET_KEYS.fullmatch(key.lower().replace("_", "-")):
            return (
                f"{key}: a secret does not belong in a file; give the name of its environment variable "
                "with token-env (or reader-token-env)"
            )
        commands: Schema = self._schema["properties"]["commands"]["properties"]
        if not keys and key in commands and isinstance(value, Mapping):
            return f"there is no table {key!r}: the options of a command are in [commands.{key}]"
        owners = [owner for owner, table in _tables(commands) if key in table]
        if not keys and owners:
            return f"there is no key {key!r} here: it is an option of a command, in [commands.{owners[0]}]"
        place = f" in [{'.'.join(keys)}]" if keys else ""
        return f"there is no key {key!r}{place}: {self._hint(key, value, allowed, keys)}"

    def _hint(self, key: str, value: Toml, allowed: Schema, keys: tuple[str, ...]) -> str:
        """What to write instead of an unknown key: it in another table, or the nearest key."""
        section = value.get("storepact") if isinstance(value, Mapping) else None
        if (*keys, key) == ("tool",) and isinstance(section, Mapping):
            return f"outside {PROJECT_FILE} the keys stand at the top level, without tool.storepact"
        owner = next((name for name, below in allowed.items() if key in below.get("properties", ())), None)
        if keys and owner is not None:
            return f"it is a key of [{'.'.join((*keys, owner))}]"
        near = get_close_matches(key.lower().replace("_", "-"), allowed, n=1, cutoff=0.5)
        return f"did you mean {near[0]!r}?" if near else _PAGE


def instead_of(keys: Sequence[str]) -> str:
    """What to do instead of writing a secret at a key of the file; `keys` are its tables and itself."""
    key = keys[-1]
    if key in ("token-env", "reader-token-env"):
        return "give the name of its environment variable with token-env"
    of_command = "_".join((*keys[1:-1], key)) if keys[0] == "commands" else ""
    names = known_variables()
    for name in filter(None, (of_command, key)):
        variable = f"STOREPACT_{name.upper().replace('-', '_')}"
        if variable in names:
            return f"set {variable}"
    if key == "url":
        return (
            "write the address without user and password; the token is in the environment, and token-env "
            "names its variable"
        )
    return "leave it out"


def _tables(commands: Schema, group: str = "") -> Iterator[tuple[str, Schema]]:
    """The options of every command, by the name of its table."""
    for name, table in commands.items():
        properties: Schema = table["properties"]
        yield group + name, {key: below for key, below in properties.items() if below.get("type") != "object"}
        groups = {key: below for key, below in properties.items() if below.get("type") == "object"}
        yield from _tables(groups, f"{name}.")


@cache
def known_variables() -> frozenset[str]:
    """The environment variables of all options."""
    properties = load_schema()["properties"]
    names = {key for key, below in properties.items() if below["type"] != "object"}
    for owner, table in _tables(properties["commands"]["properties"]):
        names |= {f"{owner}-{key}" for key, below in table.items() if "$ref" not in below}
    return frozenset(f"STOREPACT_{name.upper().translate(str.maketrans('-.', '__'))}" for name in names)


def _has_type(value: Toml, kind: str) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"
    types: dict[str, type | tuple[type, ...]] = {
        "boolean": bool,
        "integer": int,
        "number": (int, float),
        "string": str,
        "array": list,
        "object": Mapping,
    }
    return isinstance(value, types[kind])


def _describe(value: Toml) -> str:
    """What a value is, without the value: it may be a secret."""
    if isinstance(value, bool):
        return "true or false"
    kinds: tuple[tuple[type, str], ...] = (
        (int, "a whole number"),
        (float, "a decimal number"),
        (str, "a text"),
        (list, "a list"),
        (Mapping, "a table"),
    )
    return next((words for kind, words in kinds if isinstance(value, kind)), "a date or time")


def _check_limits(value: Toml, schema: Schema, key: str, where: str) -> None:
    low, high = schema.get("minimum"), schema.get("maximum")
    if not isinstance(value, int | float) or isinstance(value, bool):
        return
    is_infinite = isinstance(value, float) and not math.isfinite(value)
    if is_infinite or (low is not None and value < low) or (high is not None and value > high):
        limits = f"at least {low:g}" if high is None else f"between {low or 0:g} and {high:g}"
        number = f"{value:g}" if isinstance(value, float) else f"{value!s:.{_LONGEST_NUMBER}}"
        raise ConfigUnusable(where, f"{key} is {number}, and must be {limits}")
