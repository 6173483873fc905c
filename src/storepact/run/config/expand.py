"""Variables of the environment in values of the configuration file: `${NAME}`, and `$${` for a plain `${`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from storepact.model.errors import ConfigUnusable
from storepact.run.config.check import instead_of
from storepact.run.config.secrets import holds_secret, is_secret_name
from storepact.run.options import VARIABLE

_VARIABLE = re.compile(r"\$(\$)?\{([^}]*)\}?")

#: Options whose value may be a secret, or is a command.
_NOT_EXPANDED = frozenset({"header", "token-command", "token-env", "reader-token-env"})


def is_variable(name: str) -> bool:
    """Whether a variable of the environment may have this name."""
    return bool(VARIABLE.fullmatch(name))


def expand(keys: Sequence[str], text: str, environment: Mapping[str, str], where: str) -> str:
    """The text with the values of its variables; `keys` are the tables of the file, and the key.

    Raises:
        ConfigUnusable: a variable is not set, its value is a secret, or the option takes none.

    """

    def replace(match: re.Match[str]) -> str:
        if match[1]:
            return match[0][1:]
        return _read(keys, match[2], environment, where, has_end=match[0].endswith("}"))

    expanded = _VARIABLE.sub(replace, text)
    if expanded != text and holds_secret(keys[-1], expanded):
        raise ConfigUnusable(where, f"{keys[-1]} would hold a secret: {instead_of(keys)}")
    return expanded


def _read(
    keys: Sequence[str], name: str, environment: Mapping[str, str], where: str, *, has_end: bool
) -> str:
    key = keys[-1]
    if not has_end or not is_variable(name):
        raise ConfigUnusable(where, f"{key}: write a variable as ${{NAME}}, and $${{ for a plain ${{")
    if key in _NOT_EXPANDED:
        instead = "token-env takes the name alone" if key.endswith("-env") else instead_of(keys)
        raise ConfigUnusable(
            where, f"{key} may hold a secret, and variables are not expanded in it: {instead}"
        )
    if is_secret_name(name):
        raise ConfigUnusable(
            where, f"{key}: ${{{name}}} is a secret by its name; name the variable of a token with token-env"
        )
    if name not in environment:
        raise ConfigUnusable(where, f"{key}: the variable {name} is not set")
    return environment[name]
