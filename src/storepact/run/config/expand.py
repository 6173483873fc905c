"""Variables of the environment in values of the configuration file: `${NAME}`, and `$${` for a plain `${`."""

from __future__ import annotations

import re
from collections.abc import Mapping

from storepact.model.errors import ConfigUnusable
from storepact.run.config.secrets import holds_secret, is_secret_name
from storepact.run.options import VARIABLE

_VARIABLE = re.compile(r"\$(\$)?\{([^}]*)\}?")

#: Options whose value may be a secret, or is a command.
_NOT_EXPANDED = frozenset({"header", "token-command", "token-env", "reader-token-env"})


def is_variable(name: str) -> bool:
    """Whether a variable of the environment may have this name."""
    return bool(VARIABLE.fullmatch(name))


def expand(key: str, text: str, environment: Mapping[str, str], where: str) -> str:
    """The text with the values of its variables.

    Raises:
        ConfigUnusable: a variable is not set, its value is a secret, or the option takes none.

    """

    def replace(match: re.Match[str]) -> str:
        if match[1]:
            return match[0][1:]
        return _read(key, match[2], environment, where, has_end=match[0].endswith("}"))

    expanded = _VARIABLE.sub(replace, text)
    if expanded != text and holds_secret(key, expanded):
        raise ConfigUnusable(
            where, f"{key} would hold a secret: set STOREPACT_{key.upper().replace('-', '_')}"
        )
    return expanded


def _read(key: str, name: str, environment: Mapping[str, str], where: str, *, has_end: bool) -> str:
    if not has_end or not is_variable(name):
        raise ConfigUnusable(where, f"{key}: write a variable as ${{NAME}}, and $${{ for a plain ${{")
    if key in _NOT_EXPANDED:
        instead = "token-env takes the name alone" if key.endswith("-env") else f"set STOREPACT_{key.upper()}"
        instead = instead.replace("-", "_") if "STOREPACT" in instead else instead
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
