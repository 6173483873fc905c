"""The paths of `servers`: what stands before the paths of an operation in a request."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping

from storepact.model.tree import Json

#: Scheme and host of a URL; either may be, or hold, a variable.
_ORIGIN = re.compile(r"^(?:[A-Za-z][A-Za-z0-9+.-]*:|\{[^}]+\}:)?//[^/]*")

_VARIABLE = re.compile(r"\{([^}]+)\}")

#: Combinations of values of variables that are read of one server.
_MOST_COMBINATIONS = 64


def base_paths(servers: Json) -> tuple[str, ...]:
    """The paths of some servers, without a slash at the end, each once; `("",)` if there are none.

    A variable without enumerated values may have any: it stays in the path, as `{name}`.
    """
    if not isinstance(servers, list) or not servers:
        return ("",)
    paths = dict.fromkeys(
        path for server in servers if isinstance(server, Mapping) for path in _paths_of(server)
    )
    return tuple(paths) or ("",)


def _paths_of(server: Mapping[str, Json]) -> Iterator[str]:
    url = str(server.get("url", ""))
    declared = server.get("variables")
    variables = declared if isinstance(declared, Mapping) else {}
    names = list(dict.fromkeys(_VARIABLE.findall(url)))
    choices = [_choices(variables.get(name), url.startswith(f"{{{name}}}"), name) for name in names]
    for values in itertools.islice(itertools.product(*choices), _MOST_COMBINATIONS):
        text = url
        for name, value in zip(names, values, strict=True):
            text = text.replace(f"{{{name}}}", value)
        yield _path_of(text)


def _choices(variable: Json, is_first: bool, name: str) -> list[str]:
    node = variable if isinstance(variable, Mapping) else {}
    default = [str(node["default"])] if "default" in node else []
    values = node.get("enum")
    if isinstance(values, list) and values:
        return list(dict.fromkeys([*default, *map(str, values)]))
    return [*default] if is_first and default else list(dict.fromkeys([*default, f"{{{name}}}"]))


def _path_of(url: str) -> str:
    path = _ORIGIN.sub("", url).partition("?")[0].partition("#")[0]
    segments = [segment for segment in path.split("/") if segment not in ("", ".", "..")]
    return "".join(f"/{segment}" for segment in segments)
